// Package cluster makes the hubs of several nodes one. Each node follows the same
// ledger and answers from views of its own. One node leads: what is decided is
// decided there, as on a single hub, and the others hand on to it what they are
// asked to change.
//
// # Who leads
//
// That a node leads is an entry of the ledger, KindLeads, and its place is the term
// of the lead. The leader alone appends, and only as long as nobody else has since
// (see package ledger/jetstream): a leader that was stopped, cut off or slow, and
// does not know of the next one, appends nothing more. No clock is needed for that.
//
// Clocks decide only when a node tries to lead: when it has heard no leader for a
// while. All nodes tell the others every [beatEvery] that they are there. A leader
// that hears fewer than a majority stops leading, since it could append nothing.
//
// # What a client is promised
//
// Any node takes what changes something: one that does not lead hands it on, and
// answers when its own views show it. Every answer names a position, also one to a
// reader; a request that brings one is answered, at any node, by views that have come so
// far. So who sends the last one along reads its own writes, and never goes back in time.
package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// KindLeads says that a node leads from here on; its body is Leads, its actor the
// hub, its audience nobody.
const KindLeads ledger.Kind = "cluster.leads"

// Leads is the body of KindLeads.
type Leads struct {
	Node string `json:"node"` // its name: the address at which nodes reach each other
}

// Engine is what the shared ledger offers to a node; [ledger/jetstream.Ledger] is one.
type Engine interface {
	// Lead appends the draft behind whatever is last, and begins a term: the Seq of
	// the entry. It fails with [ledger.ErrConflict] if another was faster.
	Lead(ctx context.Context, d ledger.Draft) (ledger.Entry, error)
	// Tell reaches all nodes that Hear of the topic, or some, or none.
	Tell(topic string, word []byte) error
	Hear(topic string, fn func(word []byte)) error
}

// ErrNoLeader says that no node leads that this one could reach.
var ErrNoLeader = errors.New("no node leads now")

// Config is a node's part in its cluster.
type Config struct {
	Name   string        // of this node
	Nodes  []string      // all names, this one's included, in the same order at every node
	Listen string        // where this node's hub serves the other nodes, as they reach it: HOST:PORT
	TLS    *tls.Config   // with which nodes identify themselves to each other
	Engine Engine        // of the shared ledger
	Local  ledger.Ledger // this node's copy of it, which appends as Led does
	// Folded returns when the node's memory views have folded the entry; Settled
	// when all its views have.
	Folded, Settled func(context.Context, ledger.Seq) error
	Key             [32]byte // the hub's secret that positions are sealed with
	Logger          *slog.Logger
}

// Member is a node's part in its cluster. Hand Entry to whoever tells of folded
// entries, and have Run run.
type Member struct {
	begun     time.Time
	cfg       Config
	ways      *http.Transport // to the other nodes
	positions positions
	words     map[string]func(word []byte) // of other nodes, by topic

	mu      sync.Mutex
	term    ledger.Seq // of this node's lead; 0: it does not lead
	coming  ledger.Seq // of a lead that begins once its entry is folded here; 0: none
	newest  ledger.Seq // of the entries that say who leads
	known   map[string]peer
	vacant  bool            // who led said that it goes
	missing map[string]bool // nodes of which the log says that they are not heard
	changed chan struct{}   // closed and replaced when term does, or who leads
}

// peer is another node as this one has heard of it.
type peer struct {
	beat
	heard time.Time
}

// New makes a member that has not heard of anybody.
func New(cfg Config) *Member {
	m := &Member{cfg: cfg, begun: time.Now(), known: map[string]peer{}, missing: map[string]bool{}, changed: make(chan struct{})}
	m.ways, m.positions, m.words = newWays(cfg.TLS), newPositions(cfg.Key), map[string]func([]byte){}
	return m
}

// Leads says whether this node leads.
func (m *Member) Leads() bool { return m.lead() != 0 }

func (m *Member) lead() ledger.Seq {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.term
}

// Changed is closed at the next change of who leads.
func (m *Member) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

// change has everybody who waits look again. The caller holds the lock.
func (m *Member) change() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// Entry hears of an entry that the node's views have folded. Another node's lead
// ends this one's.
func (m *Member) Entry(e ledger.Entry) {
	if e.Kind != KindLeads {
		return
	}
	_ = ledger.Fold(e, func(e ledger.Entry, l Leads) { // one that cannot be read is nobody's
		m.mu.Lock()
		defer m.mu.Unlock()
		m.newest = max(m.newest, e.Seq)
		if l.Node != m.cfg.Name && m.term != 0 && m.term < e.Seq {
			m.end("another node leads", "node", l.Node)
		}
	})
}

// fenced ends a lead under which the ledger takes nothing more.
func (m *Member) fenced(term ledger.Seq) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.term == term {
		m.end("another node has appended")
	}
}

// end ends this node's lead. The caller holds the lock.
func (m *Member) end(why string, args ...any) {
	m.term = 0
	m.change()
	m.cfg.Logger.Warn("this node leads no longer: "+why, args...)
}
