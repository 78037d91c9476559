package demo

import (
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// measure watches the ledger: every entry passes when it is on disk and folded,
// which for a report is when the hub acknowledges it.
type measure struct {
	mu       sync.Mutex
	reports  map[string]time.Time       // report id -> when it was acknowledged; edges choose random ones
	decided  map[string]time.Time       // block -> when what it rests on was acknowledged
	holding  map[string]map[string]bool // block -> partners whose receipt says that it is in force
	count    uint64                     // of decisions
	receipts int
	samples  []time.Duration
	err      error
}

func (m *measure) entry(e ledger.Entry) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reports == nil {
		m.reports, m.decided, m.holding = map[string]time.Time{}, map[string]time.Time{}, map[string]map[string]bool{}
	}
	var err error
	switch e.Kind {
	case sighting.KindReported:
		var r sighting.Report
		if err = json.Unmarshal(e.Body, &r); err == nil {
			m.reports[r.ID] = now
		}
	case protect.KindDecided:
		m.count++
		var p protect.Protection
		if err = json.Unmarshal(e.Body, &p); err == nil {
			m.decide(p)
		}
	case protect.KindReceipt:
		err = protect.EachReceipt(e, func(r protect.Receipt) {
			if !r.InForce {
				return
			}
			m.receipts++
			if of := m.holding[r.Protection]; of != nil {
				of[e.Actor] = true
			}
			if since, ok := m.decided[r.Protection]; ok {
				m.samples = append(m.samples, now.Sub(since))
			}
		})
	}
	if err != nil && m.err == nil {
		m.err = err
	}
}

// decide notes since when a block could have been in force: since the last of
// the reports that it rests on. What is only observed hinders nothing, and a
// coordinator's decision rests on no report: neither is measured.
func (m *measure) decide(p protect.Protection) {
	var last time.Time
	for _, id := range p.Evidence {
		if at := m.reports[id]; at.After(last) {
			last = at
		}
	}
	if p.Status == protect.Active && p.Polarity == protect.Block && !last.IsZero() {
		m.decided[p.ID] = last
		m.holding[p.ID] = map[string]bool{}
	}
}

// protected counts the partners that have every measured block in force, by
// their receipts on the ledger.
func (m *measure) protected(partners []*partner) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	count := 0
	for _, p := range partners {
		all := len(m.holding) > 0
		for _, of := range m.holding {
			all = all && of[string(p.id)]
		}
		if all {
			count++
		}
	}
	return count
}

func (m *measure) decisions() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count
}

// latency gives the percentiles by nearest rank.
func (m *measure) latency() Latency {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.samples) == 0 {
		return Latency{}
	}
	sorted := slices.Sorted(slices.Values(m.samples))
	rank := func(percent int) float64 {
		i := (len(sorted)*percent+99)/100 - 1
		return float64(sorted[i]) / float64(time.Millisecond)
	}
	return Latency{P50: rank(50), P99: rank(99), Max: rank(100), Samples: len(sorted)}
}
