package protect

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// State is the view of all protections, and the decider that asks for them.
// It changes by Apply alone; everything else reads. Its methods may be called
// from many goroutines at once.
type State struct {
	mu      sync.RWMutex
	cfg     Config
	applied ledger.Seq

	values map[observable.Value]*record
	ids    map[string]*slot // every protection ever decided, by id
	lives  lifetimes
	due    []dueRecord // in the order of the ledger; those no longer due are skipped
	added  []time.Time // when automation added, for the cap

	kill     mustResolve
	doubtful map[*slot]struct{} // blocks in force that may have to go
	reports  reportIDs
	refusals []PartnerRefusal
	receipts map[string]map[receiptKey]PartnerReceipt
}

// dueRecord is a record that became due with an entry; it still is if the
// record says the same.
type dueRecord struct {
	*record
	since ledger.Seq
}

// NewState is the state of an empty ledger.
func NewState(cfg Config) *State {
	cfg = cfg.withDefaults()
	return &State{
		cfg: cfg, values: map[observable.Value]*record{}, ids: map[string]*slot{},
		kill: newMustResolve(cfg.Sinkhole), doubtful: map[*slot]struct{}{},
		receipts: map[string]map[receiptKey]PartnerReceipt{},
	}
}

// Apply folds an entry; kinds that are not its own it leaves alone, and an
// entry that it has folded already as well. Entries have to come in the order
// of the ledger.
func (s *State) Apply(e ledger.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Seq <= s.applied {
		return nil
	}
	var err error
	switch e.Kind {
	case sighting.KindReported:
		err = fold(e, s.applyReport)
	case KindDecided:
		err = fold(e, s.applyDecision)
	case KindRefused:
		err = fold(e, s.applyRefusal)
	case KindReceipt:
		err = fold(e, s.applyReceipt)
	}
	if err != nil {
		return err
	}
	s.applied = e.Seq
	return nil
}

func fold[T any](e ledger.Entry, apply func(ledger.Entry, T)) error {
	var body T
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return fmt.Errorf("read %s: %w", e.Kind, err)
	}
	apply(e, body)
	return nil
}

func (s *State) record(v observable.Value) *record {
	r, ok := s.values[v]
	if !ok {
		r = &record{value: v}
		s.values[v] = r
	}
	return r
}

func (s *State) applyReport(e ledger.Entry, report sighting.Report) {
	partner := access.PartnerID(e.Actor)
	if !s.reports.first(report.ID, e.Time) {
		return
	}
	audience, err := access.ParseAudience(e.Audience)
	open := err == nil && (audience.TLP == access.Clear || audience.TLP != access.Red && audience.Community == access.DefaultCommunity)
	for _, sight := range report.Sightings {
		v, err := observable.New(sight.Type, sight.Text)
		if err != nil {
			continue // nothing can match it; intake says so to the sender
		}
		r := s.record(v)
		r.tellSighting(e, sight)
		if sight.Unresolved && r.unresolved == 0 && !(r.current.holds() && r.current.Polarity == Block) {
			r.unresolved = e.Seq
		}
		if sight.Basis != sighting.Suspect || partner == "" || partner == access.Hub {
			continue
		}
		from, to := sight.FirstSeen, sight.LastSeen
		if to.Before(from) {
			from, to = to, from
		}
		r.evidence.add(partner, span{from, to, report.ID, open}, s.cfg.Window)
		s.consider(r, e.Seq)
	}
}

// consider notes that automation has something to answer about the value.
func (s *State) consider(r *record, at ledger.Seq) {
	if r.due != 0 || r.current.holds() || !automatable(r.value) || r.evidence.corroborating(s.cfg.Corroboration, s.cfg.Window) == nil {
		return
	}
	r.due = at
	s.due = append(s.due, dueRecord{r, at})
}

// settle notes that automation has its answer.
func (s *State) settle(r *record) {
	r.due = 0
	gone := 0
	for gone < len(s.due) && s.due[gone].due != s.due[gone].since {
		gone++
	}
	clear(s.due[:gone])
	s.due = s.due[gone:]
}

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
		r.evidence.answer()
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

func (s *State) applyRefusal(e ledger.Entry, refusal Refusal) {
	audience, _ := access.ParseAudience(e.Audience) // unreadable: nobody's
	s.refusals = append(s.refusals, PartnerRefusal{Partner: access.PartnerID(e.Actor), Seq: e.Seq, Refusal: refusal, audience: audience})
	r := s.record(refusal.Value)
	if e.Actor == access.Hub && refusal.Asked == askedByRule {
		r.evidence.answer()
		s.settle(r)
	}
	r.tell(e, Event{Refusal: &refusal})
}

// List gives every value's latest decision, ended ones included, and the open
// proposals, in the order of their entries.
func (s *State) List() []Protection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var slots []*slot
	for _, r := range s.values {
		if r.current != nil {
			slots = append(slots, r.current)
		}
		slots = append(slots, r.proposals...)
	}
	return inOrder(slots)
}

// Get gives the latest decision about a value, also one that has ended; an
// open proposal only if there is nothing else.
func (s *State) Get(v observable.Value) (Protection, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.values[v]
	switch {
	case r == nil:
		return Protection{}, false
	case r.current != nil:
		return r.current.Protection, true
	case len(r.proposals) > 0:
		return r.proposals[len(r.proposals)-1].Protection, true
	}
	return Protection{}, false
}

// Effective gives what engines should act on, in the order of the decisions.
// It asks the guards again: what one refuses is not among it, whatever the
// ledger holds. A block of a name above a must-resolve name that was there
// first stays; outlets except the must-resolve name from it.
func (s *State) Effective(now time.Time) []Protection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var slots []*slot
	for _, held := range s.lives {
		if !held.holds() || !held.Expires.After(now) {
			continue
		}
		if _, _, bad := s.refuses(held); !bad {
			slots = append(slots, held)
		}
	}
	return inOrder(slots)
}

func inOrder(slots []*slot) []Protection {
	slices.SortFunc(slots, func(a, b *slot) int { return cmp.Compare(a.seq, b.seq) })
	list := make([]Protection, 0, len(slots))
	for _, s := range slots {
		list = append(list, s.Protection)
	}
	return list
}
