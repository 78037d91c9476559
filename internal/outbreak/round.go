package outbreak

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// decision is one entry that is asked for.
type decision struct {
	kind     ledger.Kind
	outbreak Outbreak
}

// round finds what is to be decided next: what rings or grows; if nothing does,
// what is to be merged; if nothing is, what has ended.
func (s *State) round(now time.Time) []decision {
	s.crowds = make(map[string]crowd)
	if list := s.ring(now); len(list) > 0 {
		return list
	}
	if list := s.merge(); len(list) > 0 {
		return list
	}
	var list []decision
	for _, rec := range s.inOrder() {
		if s.quiet(rec, now) {
			o := rec.live.clone()
			o.Status, o.Ended, o.By = Ended, s.over(rec), access.Hub
			o.Because = "no two partners, and no new one, reported anything of it for " + s.cfg.Quiet.String()
			list = append(list, decision{KindEnded, o})
		}
	}
	return list
}

// over is when the outbreak ends unless a second voice, or a new one, reports
// something by then: by the telemetry's clock and by the hub's, since telemetry
// may come late, and old telemetry may be played back.
func (s *State) over(rec *record) time.Time {
	return later(rec.seen.until, rec.heard.until).Add(s.cfg.Quiet)
}

func (s *State) quiet(rec *record, now time.Time) bool {
	return rec.live.Status == Open && now.After(s.over(rec))
}

// inOrder is the open outbreaks, the first raised first.
func (s *State) inOrder() []*record {
	list := make([]*record, 0, len(s.outbreaks))
	for _, rec := range s.outbreaks {
		if rec.live.Status == Open {
			list = append(list, rec)
		}
	}
	slices.SortFunc(list, func(a, b *record) int { return compareRaised(a.live, b.live) })
	return list
}

// ring finds what rings and what grows, and forgets the subjects of which there
// is nothing to decide.
func (s *State) ring(now time.Time) []decision {
	var found []candidate
	limit := now.Add(s.cfg.Skew)
	for about := range s.dirty {
		ev := s.subjects[about]
		if ev == nil || ev.outbreak != "" {
			delete(s.dirty, about)
			continue
		}
		if c, ok := s.verdict(ev, limit); ok {
			found = append(found, c)
		} else if !ev.waits(limit) {
			delete(s.dirty, about)
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(after(a.alone, b.alone), a.run[len(a.run)-1].At.Compare(b.run[len(b.run)-1].At), compareSubjects(a.about, b.about))
	})
	growing := make(map[string]*record)
	for id := range s.touched {
		if rec := s.outbreaks[id]; rec.doubled() { // perhaps by a subject that it has lost since
			growing[id] = rec.copy()
		}
	}
	s.weighed += len(found)
	raised := s.join(found, growing)
	var list []decision
	for _, r := range raised {
		r.weighHosts()
		list = append(list, decision{KindRaised, r.live})
	}
	grown := slices.SortedFunc(maps.Values(growing), func(a, b *record) int { return compareRaised(a.live, b.live) })
	for _, r := range grown {
		r.weighHosts()
		list = append(list, decision{KindGrown, r.live})
	}
	return list
}
