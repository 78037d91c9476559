package protect

import (
	"cmp"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// Query is which protections are asked for; zero members do not narrow.
type Query struct {
	Status Status
	Value  observable.Value
	After  ledger.Seq // the place after which the page begins
	Limit  int        // 0: no limit
}

// Page gives every value's latest decision, ended ones included, and the open
// proposals that the principal may see, in the order of their entries, and the
// place after which the next page begins; 0 if there is no more.
func (s *State) Page(by access.Principal, q Query) (page []Protection, next ledger.Seq) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	page = []Protection{}
	from := s.acts.order
	if q.Value != (observable.Value{}) {
		from = nil
		if r := s.values[q.Value]; r != nil {
			from = slices.Clone(r.proposals)
			if r.current != nil {
				from = append(from, r.current)
			}
			bySeq(from)
		}
	}
	at, _ := slices.BinarySearchFunc(from, q.After+1, func(one *slot, seq ledger.Seq) int { return cmp.Compare(one.seq, seq) })
	var last ledger.Seq
	for _, one := range from[at:] {
		if !one.listed() || q.Status != "" && one.Status != q.Status || !one.shownTo(by) {
			continue
		}
		if q.Limit > 0 && len(page) == q.Limit {
			return page, last
		}
		page, last = append(page, one.Protection), one.seq
	}
	return page, 0
}

// listed says whether the slot is its value's latest decision, or a proposal
// that is open.
func (s *slot) listed() bool { return s.rec.current == s || slices.Contains(s.rec.proposals, s) }

// enlist adds a decision to the list. What is no longer listed is forgotten
// whenever the list has doubled, which costs each decision the same.
func (a *acts) enlist(one *slot) {
	if len(a.order) > 1024 && len(a.order) > 2*a.live {
		a.order = slices.DeleteFunc(a.order, func(old *slot) bool { return !old.listed() })
		a.live = len(a.order)
	}
	a.order = append(a.order, one)
}
