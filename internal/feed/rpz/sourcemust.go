package rpz

import (
	"net/netip"
	"net/url"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// resolve puts in force what is to be said of a name that must resolve, or no
// longer. Of one that is too long nothing can be said: so names above it are not
// blocked. more is by how much reasons to resolve it have grown.
func (s *source) resolve(n name, c changes, at func(name) kind, more int) {
	a, named := s.named[n]
	musts := named || s.hosts[n] > 0
	if reason := s.unfit(n); reason != "" {
		v := observable.Value{Type: observable.Domain, Text: string(n)}
		if musts {
			s.leave(v, protect.MustResolve, reason)
		} else {
			delete(s.left, v)
		}
		for up, ok := n.above(); ok && more != 0; up, ok = up.above() {
			s.withhold(up, more, c, at)
		}
		return
	}
	switch {
	case musts:
		c.names[n] = fact[name]{key: n, kind: must, answer: s.place(a.addr)}
	case c.kind(n, at) == must:
		c.names[n] = fact[name]{key: n}
	}
}

// withhold keeps a name from being blocked, or lets it be again.
func (s *source) withhold(n name, more int, c changes, at func(name) kind) {
	if s.unsaid[n] += more; s.unsaid[n] <= 0 {
		delete(s.unsaid, n)
		if k, held := s.held[n]; held {
			delete(s.held, n)
			delete(s.left, observable.Value{Type: observable.Domain, Text: string(n)})
			c.names[n] = fact[name]{key: n, kind: k}
		}
		return
	}
	if k := c.kind(n, at); k == wide {
		s.hold(n, k)
		c.names[n] = fact[name]{key: n}
	}
}

func (s *source) hold(n name, k kind) {
	s.held[n] = k
	s.leave(observable.Value{Type: observable.Domain, Text: string(n)}, protect.Block, "a name beneath it must resolve and is too long for the zone")
}

// place is that of an address among the answers, 0 for none.
func (s *source) place(a netip.Addr) uint32 {
	if !a.IsValid() {
		return 0
	}
	if _, known := s.places[a]; !known {
		s.answers = append(s.answers, a)
		s.places[a] = uint32(len(s.answers))
	}
	return s.places[a]
}

// hostOf is a URL's host, if that is a name.
func hostOf(link string) (name, bool) {
	u, err := url.Parse(link)
	if err != nil {
		return "", false
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return "", false
	}
	v, err := observable.New(observable.Domain, u.Hostname())
	return name(v.Text), err == nil
}
