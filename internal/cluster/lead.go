package cluster

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Run takes part in the cluster until the context ends.
func (m *Member) Run(ctx context.Context) error {
	if err := m.cfg.Engine.Hear(beatTopic, m.hear); err != nil {
		return err
	}
	ticks := time.NewTicker(beatEvery)
	defer ticks.Stop()
	alone := time.Now() // since when no leader was heard
	for {
		m.tell(false)
		select {
		case <-ticks.C:
		case <-m.Changed():
		case <-ctx.Done():
			m.leave()
			return ctx.Err()
		}
		m.countVoices()
		m.notice()
		if _, led := m.Leader(); led {
			alone = time.Now()
			m.filled()
		} else if time.Since(alone) > m.patience() && m.majority() {
			if m.takeLead(ctx) {
				continue
			}
			alone = time.Now().Add(turn - m.patience()) // again after a turn: another may have been faster
		}
	}
}

// leave tells the others that this node goes, so that one of them leads at once.
func (m *Member) leave() {
	m.tell(true)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.term != 0 {
		m.end("it stops")
	}
}

// patience is how long this node is without a leader before it tries to lead: each a
// turn longer than the one before it, so that as a rule one tries.
func (m *Member) patience() time.Duration {
	wait := time.Duration(slices.Index(m.cfg.Nodes, m.cfg.Name)) * turn
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.vacant {
		return wait
	}
	return silence + wait
}

// filled notes that there is a leader.
func (m *Member) filled() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.vacant = false
}

// takeLead tries to lead, and says whether this node has the lead. It begins once
// the views have folded everything before it.
func (m *Member) takeLead(ctx context.Context) bool {
	draft, err := ledger.NewDraft(KindLeads, access.Hub, "", Leads{m.cfg.Name})
	if err != nil {
		return false
	}
	trying, cancel := context.WithTimeout(ctx, leadTime)
	defer cancel()
	e, err := m.cfg.Engine.Lead(trying, draft)
	switch {
	case errors.Is(err, ledger.ErrConflict) || ctx.Err() != nil:
		return false
	case err != nil:
		m.cfg.Logger.Warn("this node tried to lead, and does not", "error", err)
		return false
	}
	m.mu.Lock()
	m.coming = e.Seq
	m.mu.Unlock()
	go m.begin(ctx, e.Seq)
	return true
}

// begin begins the lead when its entry is folded here.
func (m *Member) begin(ctx context.Context, term ledger.Seq) {
	err := m.cfg.Folded(ctx, term)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.coming = 0
	if err != nil || m.newest > term {
		return
	}
	m.term = term
	m.change()
	m.cfg.Logger.Info("this node leads", "node", m.cfg.Name, "term", uint64(term))
}
