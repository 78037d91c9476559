package outbreak

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// verdict is what judge said of evidence. In a rehearsal nothing is reported, so
// that it holds for as long as an outbreak's end takes none of it away.
type verdict struct {
	after time.Time
	found candidate
	ok    bool
}

// verdict judges evidence, once for all rounds of a rehearsal.
func (s *State) verdict(ev *evidence, limit time.Time) (candidate, bool) {
	v, known := s.verdicts[ev.about]
	if !known || !v.after.Equal(ev.after) {
		v.after = ev.after
		v.found, v.ok = s.cfg.judge(ev, limit)
		s.verdicts[ev.about] = v
	}
	return v.found, v.ok
}

// manyParked is how many subjects of each partner may be asked again whenever an
// outbreak changes at all. Who has more of them put aside has them asked only when
// one that it has a part in gains a partner or a subject, or an hour.
const manyParked = 256

// parked is what is put aside: by partner, and of surges, which may be linked to
// an outbreak by what is learned of their campaign, as many as can be asked often.
type parked struct {
	by     map[access.PartnerID]*contributor
	surges map[Subject]struct{}
}

// park puts aside subjects that can only join an outbreak, and have none to
// join. They are asked again when their own evidence changes, or an outbreak
// that some of their partners have a part in: whoever names thousands of them
// makes nobody weigh them at every report.
func (s *State) park(unfit []Subject, limit time.Time) {
	for _, about := range unfit {
		ev := s.subjects[about]
		if ev == nil || ev.waits(limit) {
			continue
		}
		delete(s.dirty, about)
		if about.Kind == Surge && len(s.parked.surges) < manyParked {
			s.parked.surges[about] = struct{}{}
		}
		for _, a := range ev.weighing {
			if a.from.parked == nil {
				a.from.parked = make(map[Subject]struct{})
			}
			a.from.parked[about], a.from.voice = struct{}{}, a.voice
			s.parked.by[a.partner] = a.from
		}
	}
}

// stir has those asked again that were put aside and that may be part of the
// outbreaks that have changed since. A rehearsal borrows them from the state that
// it rehearses for.
func (s *State) stir(from *State) {
	for id, much := range s.stirred {
		delete(s.stirred, id)
		rec := s.outbreaks[id]
		if rec == nil || rec.live.Status != Open {
			continue
		}
		for p, c := range from.parked.by {
			_, part := rec.voices[c.voice]
			if len(c.parked) > manyParked && !(much && part) {
				continue
			}
			for about := range c.parked {
				s.again(from, about)
			}
			if !s.rehearses {
				clear(c.parked)
				delete(s.parked.by, p)
			}
		}
		for _, about := range rec.live.About {
			s.again(from, Subject{Kind: Scans, Port: about.Port})
			s.again(from, Subject{Kind: Surge, Value: about.Value})
			s.again(from, Subject{Kind: Surge, Name: s.thread(about)})
		}
		for about := range from.parked.surges {
			s.again(from, about)
		}
		if !s.rehearses {
			clear(s.parked.surges)
		}
	}
}

func (s *State) again(from *State, about Subject) {
	if ev := from.subjects[about]; ev != nil && ev.outbreak == "" {
		s.dirty[about] = struct{}{}
		if s.rehearses {
			s.borrow(from, about)
		}
	}
}
