package cluster

import "time"

// Status is the cluster as this node sees it.
type Status struct {
	Leader string   // "": none that this node has heard of
	Away   []string // nodes that were not heard lately
}

// Status says how the cluster is.
func (m *Member) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	var s Status
	if best, known := m.leader(); known {
		s.Leader = best.Node
	}
	for _, name := range m.cfg.Nodes {
		if name != m.cfg.Name && time.Since(m.known[name].heard) >= silence {
			s.Away = append(s.Away, name)
		}
	}
	return s
}

// notice says in the log which nodes come and go.
func (m *Member) notice() {
	away := map[string]bool{}
	for _, name := range m.Status().Away {
		away[name] = true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.begun) < 2*silence {
		return // not everybody can be heard at once
	}
	for _, name := range m.cfg.Nodes {
		switch {
		case away[name] && !m.missing[name]:
			m.cfg.Logger.Warn("a node is not heard of", "node", name)
		case !away[name] && m.missing[name]:
			m.cfg.Logger.Info("a node is heard of again", "node", name)
		}
	}
	m.missing = away
}
