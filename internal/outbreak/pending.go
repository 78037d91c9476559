package outbreak

import (
	"fmt"
	"maps"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// maxRounds and maxWeighed bound what is decided at once, in rounds and in
// candidates over all rounds. What is left is decided when it is asked again.
const (
	maxRounds  = 256
	maxWeighed = 1 << 16
)

// Pending is what the rule asks for and the ledger does not have yet: entries
// of new outbreaks, of those that grew, merged or were quiet for too long, for
// the default community, each marked as narrowly as its evidence. Evidence dated
// later than now is not weighed. Asking again before the drafts were appended and
// applied gives the same; afterwards, nothing.
func (s *State) Pending(now time.Time) []ledger.Draft {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.due(now) {
		return nil
	}
	// What is decided may call for more: evidence that an outbreak takes in makes
	// it double, evidence that it leaves out is of another. So it is rehearsed.
	trial := s.rehearsal()
	trial.now = later(trial.now, now) // when its entries will be heard of
	var list []ledger.Draft
	for range maxRounds {
		changed := false
		for _, d := range trial.round(now) {
			if trial.decided(d.outbreak) { // an entry that changes nothing is none
				list = append(list, draft(d))
				changed = true
			}
		}
		if !changed || trial.weighed > maxWeighed {
			break
		}
		trial.stir(s)
	}
	if len(list) == 0 {
		s.dirty, s.touched = trial.dirty, trial.touched // only what waits for its time to come
		s.park(trial.unfit, now.Add(s.cfg.Skew))
	}
	return list
}

// due says whether anything is to be decided, at the price of what was touched
// since it was asked last. It forgets what is not.
func (s *State) due(now time.Time) bool {
	due := false
	limit := now.Add(s.cfg.Skew)
	s.crowds = make(map[string]crowd)
	s.stir(s)
	for about := range s.dirty {
		ev := s.subjects[about]
		if ev == nil || ev.outbreak != "" {
			delete(s.dirty, about)
			continue
		}
		// One that is due is enough: the others are asked in the rehearsal.
		if due {
			break
		}
		if _, ok := s.cfg.judge(ev, limit); ok {
			due = true
		} else if !ev.waits(limit) {
			delete(s.dirty, about)
		}
	}
	for id := range s.touched {
		rec := s.outbreaks[id]
		switch {
		case rec.doubled(), s.twin(rec) != nil:
			due = true
		default:
			delete(s.touched, id)
		}
	}
	for _, rec := range s.outbreaks {
		due = due || s.quiet(rec, now)
	}
	return due
}

// rehearsal is a copy of what a decision changes. Records it shares: decided
// makes copies of them.
func (s *State) rehearsal() *State {
	trial := &State{
		cfg: s.cfg, subjects: make(map[Subject]*evidence), threads: s.threads,
		dirty: maps.Clone(s.dirty), touched: maps.Clone(s.touched), stirred: make(map[string]bool), outbreaks: maps.Clone(s.outbreaks), open: maps.Clone(s.open),
		now: s.now, latest: s.latest, partners: s.partners, rehearses: true,
		verdicts: make(map[Subject]verdict),
	}
	for about := range s.dirty {
		trial.borrow(s, about)
	}
	// A decision touches every subject of its outbreak, also one that the
	// outbreak lost by a long quiet and that nobody has reported since.
	for _, rec := range s.outbreaks {
		if rec.live.Status == Open {
			for _, about := range rec.live.About {
				trial.borrow(s, about)
			}
		}
	}
	return trial
}

// borrow copies the evidence of one subject into a rehearsal.
func (s *State) borrow(from *State, about Subject) {
	if ev := from.subjects[about]; ev != nil && s.subjects[about] == nil {
		copied := *ev
		s.subjects[about] = &copied
	}
}

func draft(d decision) ledger.Draft {
	written, err := ledger.NewDraft(d.kind, access.Hub, d.outbreak.Audience().String(), d.outbreak)
	if err != nil {
		// Only strings, numbers and times of years that JSON can write are in it.
		panic(fmt.Sprintf("outbreak %s: %v", d.outbreak.ID, err))
	}
	return written
}
