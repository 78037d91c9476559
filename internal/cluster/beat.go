package cluster

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// The times by which nodes find out that one of them is gone. They are for how soon
// another takes over, not for whether two could decide: see the package comment.
const (
	beatEvery = 300 * time.Millisecond
	silence   = 1500 * time.Millisecond // without a leader, after which a node tries to lead
	turn      = 400 * time.Millisecond  // that each node waits longer than the one before it in the list
	leadTime  = 10 * time.Second        // that one try may take: longer than the nodes need to choose where the ledger is led
)

const beatTopic = "beat"

// maxBeat is how many bytes a beat may have.
const maxBeat = 1 << 10

// beat is what each node tells the others.
type beat struct {
	Node   string     `json:"node"`
	Listen string     `json:"listen"`        // where its hub serves the other nodes
	Term   ledger.Seq `json:"term,omitzero"` // of its lead, if it leads or is about to
	Going  bool       `json:"going,omitzero"`
}

// readBeat reads a beat; one of nobody in the cluster is none.
func readBeat(word []byte, nodes []string) (beat, error) {
	var b beat
	if len(word) > maxBeat {
		return b, fmt.Errorf("a node's word has %d bytes, at most %d are allowed", len(word), maxBeat)
	}
	if err := json.Unmarshal(word, &b); err != nil {
		return b, fmt.Errorf("read a node's word: %w", err)
	}
	if !slices.Contains(nodes, b.Node) {
		return b, fmt.Errorf("a node's word is of %.100q, which is none of this cluster", b.Node)
	}
	return b, nil
}

// hear notes what another node tells.
func (m *Member) hear(word []byte) {
	b, err := readBeat(word, m.cfg.Nodes)
	if err != nil {
		m.cfg.Logger.Warn("a node is not understood", "error", err)
		return
	}
	if b.Node == m.cfg.Name {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.known[b.Node]
	if m.known[b.Node] = (peer{b, time.Now()}); b.Going {
		delete(m.known, b.Node)
	}
	if b.Going && b.Term != 0 {
		m.vacant = true
	}
	if before.Term != b.Term || before.Listen != b.Listen || b.Going {
		m.change()
	}
}

// tell says to the others that this node is there, or that it goes.
func (m *Member) tell(going bool) {
	m.mu.Lock()
	b := beat{Node: m.cfg.Name, Listen: m.cfg.Listen, Term: max(m.term, m.coming), Going: going}
	m.mu.Unlock()
	word, err := json.Marshal(b)
	if err == nil {
		err = m.cfg.Engine.Tell(beatTopic, word)
	}
	if err != nil {
		m.cfg.Logger.Warn("the other nodes are not told that this one is there", "error", err)
	}
}

// voices is how many nodes were heard lately, this one included. The caller holds
// the lock.
func (m *Member) voices() int {
	n := 1
	for _, p := range m.known {
		if time.Since(p.heard) < silence {
			n++
		}
	}
	return n
}

func (m *Member) majority() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.voices() > len(m.cfg.Nodes)/2
}

// countVoices ends the lead of a node that could not append.
func (m *Member) countVoices() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.term != 0 && m.voices() <= len(m.cfg.Nodes)/2 {
		m.end("it hears fewer than half of the others")
	}
}

// Leader is the node that leads as far as this one knows, which may be itself.
func (m *Member) Leader() (node string, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, known := m.leader()
	return p.Node, known
}

// leader is who told of the newest lead. The caller holds the lock.
func (m *Member) leader() (best beat, known bool) {
	best = beat{Node: m.cfg.Name, Listen: m.cfg.Listen, Term: max(m.term, m.coming)}
	for _, p := range m.known {
		if time.Since(p.heard) < silence && p.Term > best.Term {
			best = p.beat
		}
	}
	return best, best.Term != 0 && best.Term >= m.newest
}
