package outbreak

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// candidate is a subject whose evidence satisfies the rule.
type candidate struct {
	about subject
	run   []Observation
	alone bool // it may raise an outbreak of its own; otherwise it can only join one
}

// after sorts what is false behind what is true.
func after(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// Pending is what the rule asks for and the ledger does not have yet: entries
// of new outbreaks and of those that grew, for the default community at
// TLP:GREEN. Evidence dated later than now is not weighed. Asking again before
// the drafts were appended and applied gives the same; afterwards, nothing.
func (s *State) Pending(now time.Time) []ledger.Draft {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.dirty) == 0 {
		return nil
	}
	// What is decided may call for more: evidence that an outbreak takes in makes
	// it double, evidence that it leaves out is of another. So it is rehearsed.
	trial := s.rehearsal()
	var list []ledger.Draft
	for {
		raised, grown := trial.round(now)
		if len(raised)+len(grown) == 0 {
			break
		}
		for _, o := range raised {
			list = append(list, draft(KindRaised, o))
			trial.decided(o)
		}
		for _, o := range grown {
			list = append(list, draft(KindGrown, o))
			trial.decided(o)
		}
	}
	if len(list) == 0 {
		s.dirty = trial.dirty // only what waits for its time to come
	}
	return list
}

// rehearsal is a copy of what a decision changes.
func (s *State) rehearsal() *State {
	trial := &State{
		cfg: s.cfg, subjects: newGenerations[subject, *evidence](math.MaxInt),
		dirty: maps.Clone(s.dirty), outbreaks: maps.Clone(s.outbreaks), open: maps.Clone(s.open),
	}
	for about := range s.dirty {
		trial.borrow(s, about)
	}
	// A decision touches every subject of its outbreak, also one that the
	// outbreak lost by a long quiet and that nobody has reported since.
	for _, rec := range s.outbreaks {
		for _, about := range rec.live.subjects() {
			trial.borrow(s, about)
		}
	}
	return trial
}

// borrow copies the evidence of one subject into a rehearsal.
func (s *State) borrow(from *State, about subject) {
	// Not get: what is evicted must depend on the ledger alone.
	if ev, ok := from.subjects.peek(about); ok {
		copied := *ev
		s.subjects.put(about, &copied)
	}
}

// round finds what is to be decided next, and forgets the subjects of which
// there is nothing to decide.
func (s *State) round(now time.Time) (raised, grown []Outbreak) {
	var found []candidate
	growing := make(map[string]*record)
	for id, rec := range s.outbreaks {
		if rec.doubled() { // perhaps by a subject that it has lost since
			growing[id] = rec
		}
	}
	for about := range s.dirty {
		ev, ok := s.subjects.peek(about)
		switch {
		case !ok || ev.outbreak != "":
			delete(s.dirty, about)
		default:
			all := ev.observations(time.Time{})
			weighed := ev.observations(now.Add(s.cfg.Skew))
			if run, alone, ok := s.cfg.weigh(about, weighed); ok {
				found = append(found, candidate{about, run, alone})
			} else if len(weighed) == len(all) {
				delete(s.dirty, about)
			}
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(after(a.alone, b.alone), a.run[len(a.run)-1].At.Compare(b.run[len(b.run)-1].At), compareSubjects(a.about, b.about))
	})
	for _, r := range s.join(found, growing) {
		raised = append(raised, r.live)
	}
	for _, r := range growing {
		grown = append(grown, r.live)
	}
	slices.SortFunc(grown, compareOutbreaks)
	return raised, grown
}

// join gives each candidate to the outbreak it belongs to, or raises a new one.
// Neither changes the state: outbreaks that grow are copies.
func (s *State) join(found []candidate, grown map[string]*record) (raised []*record) {
	known := make([]Outbreak, 0, len(s.outbreaks))
	for _, rec := range s.outbreaks {
		known = append(known, rec.live)
	}
	slices.SortFunc(known, compareOutbreaks)
	for _, c := range found {
		if i := slices.IndexFunc(raised, func(r *record) bool { return s.fits(r.live, c) }); i >= 0 {
			raised[i].add(c)
			continue
		}
		i := slices.IndexFunc(known, func(o Outbreak) bool {
			if copied := grown[o.ID]; copied != nil {
				o = copied.live
			}
			return s.fits(o, c)
		})
		if i < 0 && c.alone {
			raised = append(raised, s.cfg.raise(c.about, c.run))
		}
		if i < 0 {
			continue
		}
		id := known[i].ID
		if grown[id] == nil || grown[id] == s.outbreaks[id] {
			grown[id] = s.outbreaks[id].copy()
		}
		grown[id].add(c)
	}
	return raised
}

// fits says whether the candidate is part of the outbreak: the same partners
// for the greater part, near in time, and not the scan of another port.
func (s *State) fits(o Outbreak, c candidate) bool {
	if c.about.port != 0 && o.Port != 0 {
		return false
	}
	apart := later(c.run[0].At, o.FirstSeen).Sub(earlier(c.run[len(c.run)-1].At, o.LastSeen))
	return apart <= s.cfg.Window && o.overlap(c.run)
}

// add makes the candidate part of the outbreak.
func (r *record) add(c candidate) {
	r.live.take(c.about)
	for _, o := range c.run {
		r.absorb(o)
		r.live.addEvidence(o.Report)
	}
}

func (r *record) copy() *record {
	c := &record{entry: r.entry, live: r.live.clone(), sources: make(map[access.PartnerID]int)}
	for p, n := range r.sources {
		c.sources[p] = n
	}
	return c
}

func draft(kind ledger.Kind, o Outbreak) ledger.Draft {
	d, err := ledger.NewDraft(kind, access.Hub, access.ToCommunity(access.Green).String(), o)
	if err != nil {
		// Only strings, numbers and times of years that JSON can write are in it.
		panic(fmt.Sprintf("outbreak %s: %v", o.ID, err))
	}
	return d
}
