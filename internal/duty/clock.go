package duty

import (
	"cmp"
	"container/heap"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// span is from when a stage's time counts and when it ends; zero: it has none yet.
type span struct{ start, end time.Time }

// deadline is a stage's time as the record stands. One that was put off counts anew
// from when the incident was handled, and has no end before that.
func (r *record) deadline(at int) span {
	stage := r.Template.Stages[at]
	if stage.Defers != "" {
		return r.regular(r.place(stage.Defers))
	}
	for i, other := range r.Template.Stages {
		if other.Defers == stage.Key && len(r.stages[i].sent) > 0 {
			if r.handled.IsZero() {
				return span{}
			}
			return span{r.handled, stage.Within.From(r.handled)}
		}
	}
	return r.regular(at)
}

// regular is a stage's time where nothing put it off.
func (r *record) regular(at int) span {
	stage := r.Template.Stages[at]
	var start time.Time
	switch {
	case stage.After == FromAware:
		start = r.Aware
	case stage.After != "":
		if sent := r.stages[r.place(stage.After)].sent; len(sent) > 0 {
			start = sent[0].at // a correction moves no deadline
		}
	}
	if start.IsZero() {
		return span{}
	}
	return span{start, stage.Within.From(start)}
}

// moments are when a deadline is warned of, in rising order.
func (s span) moments() []time.Time {
	soon, hour := s.start.Add(s.end.Sub(s.start)/4*3), s.end.Add(-time.Hour)
	if !hour.After(soon) {
		return []time.Time{soon, s.end}
	}
	return []time.Time{soon, hour, s.end}
}

// next is the first moment of a stage that was not warned of; zero: none.
func (r *record) next(at int) time.Time {
	state, stage := r.stages[at], r.Template.Stages[at]
	counted := r.deadline(at)
	if !r.closed.IsZero() || counted.end.IsZero() || stage.Defers != "" || len(state.sent) > 0 || state.waived != nil {
		return time.Time{}
	}
	for _, m := range counted.moments() {
		if !state.warned.deadline.Equal(counted.end) || m.After(state.warned.due) {
			return m
		}
	}
	return time.Time{}
}

// clock holds the next moment of every stage of which there is one. Moments that no
// longer are, it finds out when they come.
type clock []alarm

type alarm struct {
	at    time.Time
	duty  *record
	stage int
}

// Len, Less, Swap, Push and Pop are the heap's.
func (c clock) Len() int { return len(c) }

// Less is a total order, so that warnings come in the same order everywhere.
func (c clock) Less(i, j int) bool {
	a, b := c[i], c[j]
	return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.duty.seq, b.duty.seq), cmp.Compare(a.stage, b.stage)) < 0
}
func (c clock) Swap(i, j int) { c[i], c[j] = c[j], c[i] }

// Push adds an alarm.
func (c *clock) Push(x any) { *c = append(*c, x.(alarm)) }

// Pop takes the last one.
func (c *clock) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// schedule sets the alarms of a record that has changed.
func (c *clock) schedule(r *record) {
	for i := range r.stages {
		at := r.next(i)
		if !at.IsZero() && !at.Equal(r.stages[i].queued) {
			r.stages[i].queued = at
			heap.Push(c, alarm{at, r, i})
		}
	}
}

// maxDue bounds how many warnings are asked for at once; the rest come with the
// next question.
const maxDue = 256

// Pending is what the ledger has to say by now that it does not say yet: that stages
// are due soon, or late. After a standstill only the last word is said of each.
func (s *State) Pending(now time.Time) []ledger.Draft {
	s.mu.Lock()
	defer s.mu.Unlock()
	var drafts []ledger.Draft
	var again []alarm // until their warning is folded
	for len(s.clock) > 0 && len(drafts) < maxDue && !s.clock[0].at.After(now) {
		one := heap.Pop(&s.clock).(alarm)
		state := &one.duty.stages[one.stage]
		if !one.at.Equal(state.queued) || slices.Contains(again, one) {
			continue // another came in its place
		}
		if !one.duty.next(one.stage).Equal(one.at) {
			state.queued = time.Time{} // none is needed
			continue
		}
		again = append(again, one)
		drafts = append(drafts, one.duty.warning(one.stage, now))
	}
	for _, one := range again {
		heap.Push(&s.clock, one)
	}
	return drafts
}

// warning says which moments of a stage have passed: the last of them.
func (r *record) warning(at int, now time.Time) ledger.Draft {
	stage, counted := r.Template.Stages[at], r.deadline(at)
	w := Warning{
		Duty: r.ID, Partner: r.by, Outbreak: r.Outbreak, Stage: stage.Key, Name: r.Template.Name + ": " + stage.Name,
		Left: Soon, Deadline: counted.end,
	}
	for _, m := range counted.moments() {
		if !m.After(now) {
			w.Due = m
		}
	}
	if w.Due.Equal(counted.end) {
		w.Left = Late
	}
	to := access.Audience{TLP: access.Red, Recipients: []access.PartnerID{r.by}}
	draft, err := ledger.NewDraft(KindWarned, access.Hub, to.String(), w)
	if err != nil {
		panic("duty: a folded duty is JSON: " + err.Error())
	}
	return draft
}
