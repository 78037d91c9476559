package response

import (
	"container/heap"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// deadlines is a heap of what will be overdue, the earliest first. What no longer
// will is left in and found out at the top.
type deadlines []deadline

type deadline struct {
	at   time.Time
	a    *record
	part *part // nil: the action's own
}

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].at.Before(d[j].at) }
func (d deadlines) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *deadlines) Push(one any)      { *d = append(*d, one.(deadline)) }

func (d *deadlines) Pop() any {
	last := len(*d) - 1
	one := (*d)[last]
	(*d)[last] = deadline{}
	*d = (*d)[:last]
	return one
}

// stands says whether it still is a deadline that the ledger has to tell of.
func (d deadline) stands() bool {
	if d.part == nil {
		return d.a.runs() && d.a.deadline.Equal(d.at) && !d.a.said.Equal(d.at)
	}
	return d.a.parts[d.part.Partner] == d.part && d.a.binds(d.part) && d.part.Deadline.Equal(d.at) && !d.part.said.Equal(d.at)
}

// watch puts the deadlines of an action and of one of its commitments, unless it
// is nil, among those that are watched.
func (s *State) watch(a *record, c *part) {
	if !a.queued && !a.deadline.IsZero() && !a.said.Equal(a.deadline) && a.runs() {
		a.queued = true
		heap.Push(&s.deadlines, deadline{at: a.deadline, a: a})
	}
	if c != nil && a.binds(c) {
		heap.Push(&s.deadlines, deadline{c.Deadline, a, c})
	}
}

// watchAll is watch for all commitments, after their deadlines may have changed.
func (s *State) watchAll(a *record) {
	for _, c := range a.order {
		s.watch(a, c)
	}
}

// maxOverdue is how many deadlines one round tells of; the next tells of more.
const maxOverdue = 1000

// overdue are the drafts of the deadlines that have passed. They stay in the heap
// until the entries are folded: an append may fail.
func (s *State) overdue(now time.Time) []ledger.Draft {
	s.mu.RLock()
	idle := len(s.deadlines) == 0 || !now.After(s.deadlines[0].at)
	s.mu.RUnlock()
	if idle {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var passed []deadline
	for len(s.deadlines) > 0 && now.After(s.deadlines[0].at) && len(passed) < maxOverdue {
		one := heap.Pop(&s.deadlines).(deadline)
		switch {
		case one.stands():
			passed = append(passed, one)
		case one.part == nil && one.a.deadline.Equal(one.at):
			one.a.queued = false // it may come to mean something again: what was done can be rolled back
		}
	}
	drafts := make([]ledger.Draft, 0, len(passed))
	seen := make(map[deadline]bool, len(passed))
	for _, one := range passed {
		if seen[one] { // a deadline that was moved away and back is there twice
			continue
		}
		seen[one] = true
		heap.Push(&s.deadlines, one)
		body := Overdue{Action: one.a.ID, Deadline: one.at}
		if one.part != nil {
			body.Partner = one.part.Partner
		}
		if d, err := ledger.NewDraft(KindOverdue, access.Hub, one.a.audienceOf(access.Hub).String(), body); err == nil {
			drafts = append(drafts, d)
		}
	}
	return drafts
}

// overdue is the step that the hub takes when a deadline has passed.
type overdue Overdue

func (o overdue) event() (ActionID, Event) {
	return o.Action, Event{About: o.Partner, Deadline: o.Deadline}
}

func (o overdue) moot(a *record, _ access.PartnerID) string {
	if o.Partner == "" {
		if !(deadline{at: o.Deadline, a: a}).stands() {
			return "the deadline was moved, or met"
		}
		return ""
	}
	c := a.parts[o.Partner]
	if c == nil || !(deadline{o.Deadline, a, c}).stands() {
		return "the deadline was moved, or met"
	}
	return ""
}

func (o overdue) apply(_ *State, a *record, e ledger.Entry) {
	if o.Partner == "" {
		a.said = o.Deadline
		return
	}
	c := a.parts[o.Partner]
	c.said, c.Overdue = o.Deadline, e.Time
}
