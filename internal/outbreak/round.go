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
			o.Because = "nothing was reported for " + s.cfg.Quiet.String()
			list = append(list, decision{KindEnded, o})
		}
	}
	return list
}

// over is when the outbreak ends unless something is reported: both by the
// telemetry's clock and by the hub's, since telemetry may come late, and old
// telemetry may be played back.
func (s *State) over(rec *record) time.Time {
	return later(rec.live.LastSeen, rec.heard).Add(s.cfg.Quiet)
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
		if c, ok := s.cfg.judge(ev, limit); ok {
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

// join gives each candidate to the outbreak it belongs to, or raises a new one.
// Neither changes the state: outbreaks that grow are copies.
func (s *State) join(found []candidate, growing map[string]*record) (raised []*record) {
	known := s.inOrder()
	for _, c := range found {
		if i := slices.IndexFunc(raised, func(r *record) bool { return s.fits(&r.live, c) }); i >= 0 {
			raised[i].add(c)
			continue
		}
		i := slices.IndexFunc(known, func(r *record) bool {
			if copied := growing[r.live.ID]; copied != nil {
				r = copied
			}
			return s.fits(&r.live, c)
		})
		if i < 0 && c.alone {
			raised = append(raised, c.raise())
		}
		if i < 0 {
			continue
		}
		if len(known[i].live.About) >= maxAbout {
			delete(s.dirty, c.about) // its outbreak is full, and it is no other's
			continue
		}
		id := known[i].live.ID
		if growing[id] == nil {
			growing[id] = known[i].copy()
		}
		growing[id].add(c)
	}
	return raised
}

// fits says whether the candidate is part of the outbreak: near in time, and
// either the same port, value or campaign, or the same partners for the greater
// part and not the scan of another port. A surge that does not ring by itself may
// be chance, and joins by what it is about only.
func (s *State) fits(o *Outbreak, c candidate) bool {
	if !s.near(o, c.run[0].At, c.run[len(c.run)-1].At) {
		return false
	}
	if s.linked(o, c.about) {
		return true
	}
	if c.about.Kind == Surge && !c.alone {
		return false
	}
	return s.telling(o) && !c.about.contradicts(o.Port) && o.overlap(c.run)
}

// near says that what was seen from one time to another touches the outbreak.
func (s *State) near(o *Outbreak, from, to time.Time) bool {
	return later(from, o.FirstSeen).Sub(earlier(to, o.LastSeen)) <= s.cfg.Window
}

// linked says whether the subject has its port, value or campaign in common
// with the outbreak.
func (s *State) linked(o *Outbreak, about Subject) bool {
	if about.Port != 0 {
		return about.Port == o.Port
	}
	thread := s.thread(about)
	return thread != "" && slices.ContainsFunc(o.About, func(other Subject) bool { return s.thread(other) == thread })
}
