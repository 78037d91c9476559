package protect

import (
	"container/heap"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// applyDecision folds a decision, by the rule of Protection.Yields.
func (s *State) applyDecision(e ledger.Entry, p Protection) {
	r := s.record(p.Value)
	r.decisions++
	event := Event{Protection: &p}
	next := &slot{Protection: p, rec: r, seq: e.Seq, index: -1}
	var current Protection
	if r.current != nil {
		current = r.current.Protection
	}
	switch {
	case p.Status == Proposed:
		s.dropProposals(r, func(old *slot) bool { return old.By == p.By && old.Polarity == p.Polarity })
		r.proposals = append(r.proposals, next)
		s.arrive(next)
	case current.Yields(p) && p.inForce():
		s.drop(r.current)
		s.dropProposals(r, func(*slot) bool { return true }) // answered
		r.current = next
		s.settle(r)
		s.count(next)
		s.arrive(next)
		s.enforce(next)
	case current.Yields(p):
		s.end(r, next)
	case !p.inForce() && s.dropProposals(r, func(old *slot) bool { return old.ID == p.ID }):
		s.ids[p.ID] = next
	case p.inForce():
		event.Note = "without effect: the name must resolve"
	default:
		event.Note = "without effect: it is not in force"
	}
	r.tell(e, event)
}

func (s *State) arrive(next *slot) {
	s.ids[next.ID] = next
	heap.Push(&s.lives, next)
}

// end puts a revoked or expired decision in the place of what it ends. After
// an expiry fresh reports count like the first ones; after a recall, or when a
// name no longer has to resolve, the same partners' word does not count again.
func (s *State) end(r *record, end *slot) {
	s.drop(r.current)
	r.current = end
	s.ids[end.ID] = end
	if end.Status == Expired && end.Polarity != MustResolve {
		r.evidence.renew()
	} else {
		r.evidence.answer(s.heard)
	}
	s.settle(r)
}

// count notes an addition by the rule, for the cap.
func (s *State) count(next *slot) {
	if !next.automatic() {
		return
	}
	s.added = slices.DeleteFunc(s.added, func(at time.Time) bool { return next.Decided.Sub(at) >= time.Hour })
	s.added = append(s.added, next.Decided)
}

// dropProposals drops those that match and says whether there were any.
func (s *State) dropProposals(r *record, match func(*slot) bool) bool {
	before := len(r.proposals)
	r.proposals = slices.DeleteFunc(r.proposals, func(old *slot) bool {
		if !match(old) {
			return false
		}
		s.drop(old)
		return true
	})
	return len(r.proposals) < before
}

// drop takes a slot out of everything that is in force.
func (s *State) drop(old *slot) {
	if old == nil {
		return
	}
	if old.index >= 0 {
		heap.Remove(&s.lives, old.index)
	}
	delete(s.doubtful, old)
	if old.Polarity == MustResolve && old.Status != Proposed {
		s.kill.remove(old)
	}
}

// enforce brings a new decision and the guards together.
func (s *State) enforce(next *slot) {
	switch next.Polarity {
	case Block:
		next.barred, next.why = s.guarded(next.Value)
		if _, _, bad := s.refuses(next); bad || s.hasty(next) {
			s.doubtful[next] = struct{}{}
		}
	case MustResolve:
		s.kill.add(next)
		for _, other := range s.lives { // a coordinator's act and a rare one: a scan will do
			if _, _, bad := s.refuses(other); bad {
				s.doubtful[other] = struct{}{}
			}
		}
	}
}

// guarded asks the configured guards.
func (s *State) guarded(v observable.Value) (guard, reason string) {
	for _, g := range s.cfg.Guards {
		if reason, bad := g.Check(v); bad {
			return g.Name(), reason
		}
	}
	return "", ""
}

// refuses asks whether a guard speaks against a block that holds. A
// must-resolve passed the guards when a coordinator asked for it; after that
// only a coordinator takes it away.
func (s *State) refuses(held *slot) (guard, reason string, bad bool) {
	if !held.holds() || held.Polarity != Block {
		return "", "", false
	}
	if reason, bad := s.kill.outranks(held.Value); bad {
		return s.kill.Name(), reason, true
	}
	return held.barred, held.why, held.barred != ""
}

// hasty says that the rule blocked a name while a report that it does not
// resolve was on its way to the ledger.
func (s *State) hasty(held *slot) bool {
	return held.holds() && held.Polarity == Block && held.automatic() && held.Type == observable.Domain && held.rec.unresolved != 0
}
