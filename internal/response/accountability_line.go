package response

import (
	"fmt"
	"slices"
	"time"
)

// reckon makes the line's marks and timings from how it stands; delay is how long
// after the deadline others see it.
func (l *line) reckon(delay time.Duration) {
	l.marks, l.timings = l.marks[:0], l.timings[:0]
	if l.asked {
		m := l.askMark(delay)
		l.marks = append(l.marks, m)
		if m.class == answered {
			l.took(askAnswer, l.begun, l.replied, m.at)
			if l.action != nil {
				l.took(askCommitment, l.begun, l.replied, m.at)
			}
		}
	}
	if !l.replied.IsZero() {
		from := shownFrom(l.due(), l.replied, delay)
		l.took(alarmAnswer, l.alarm, l.replied, from)
		if l.action != nil {
			l.took(alarmCommitment, l.alarm, l.replied, from)
		}
	}
	finished := false
	for _, c := range l.attempts {
		m := l.mark(c, delay)
		l.marks = append(l.marks, m)
		if m.class != inTime && m.class != late {
			continue
		}
		if !l.asked {
			l.marks = append(l.marks, mark{volunteered, m.at})
		}
		if !finished {
			finished = true
			if l.asked {
				l.took(askDone, l.begun, c.DoneAt, m.at)
			}
			l.took(alarmDone, l.alarm, c.DoneAt, m.at)
		}
	}
}

// took notes a duration, if its beginning is known and before its end.
func (l *line) took(span uint8, begin, end time.Time, from int64) {
	if !begin.IsZero() && !end.Before(begin) {
		l.timings = append(l.timings, timing{span, end.Sub(begin).Microseconds(), from})
	}
}

// shownFrom is from when on others see what had this deadline, or without one was
// settled at that time.
func shownFrom(deadline, settled time.Time, delay time.Duration) int64 {
	if deadline.IsZero() {
		deadline = settled
	}
	return deadline.Add(delay).UnixMicro()
}

// due is until when an answer is awaited: zero for no time. A deadline that had
// passed when the action was opened, or before its approval, binds nobody; nor
// does that of a call that was closed before it.
func (l *line) due() time.Time {
	if l.call != nil {
		if d := l.call.Deadline; d.After(l.begun) && (l.call.closed.IsZero() || l.call.closed.After(d)) {
			return d
		}
		return time.Time{}
	}
	if d := l.action.deadline; d.After(l.begun) && l.action.mayBy(d) {
		return d
	}
	return time.Time{}
}

// over says that nobody waits for an answer any more, without its being late.
func (l *line) over() bool {
	if l.call != nil {
		return !l.call.closed.IsZero() && l.due().IsZero()
	}
	return !l.action.cancelledAt.IsZero() || l.action.verdict.State == ApprovalDeclined
}

func (l *line) askMark(delay time.Duration) mark {
	switch d := l.due(); {
	case !l.replied.IsZero():
		return mark{answered, shownFrom(d, l.replied, delay)}
	case l.over():
		return mark{excused, never}
	case d.IsZero():
		return mark{unanswered, never}
	default:
		return mark{unanswered, d.UnixMicro()}
	}
}

// binding is the deadline of a commitment as it counts: one that had passed when
// the partner committed, or before it was allowed to act, does not.
func (l *line) binding(c *part) time.Time {
	switch {
	case !c.kept.IsZero():
		return c.kept
	case l.action.bound(c):
		return c.Deadline
	}
	return time.Time{}
}

func (a *record) bound(c *part) bool { return c.Deadline.After(c.At) && a.mayBy(c.Deadline) }

// mark is what a commitment counts as. Evidence that is contested is not judged
// here: the partner has reported it done.
func (l *line) mark(c *part, delay time.Duration) mark {
	d := l.binding(c)
	switch c.Status {
	case Done, Contested:
		if !d.IsZero() && c.DoneAt.After(d) {
			return mark{late, shownFrom(d, c.DoneAt, delay)}
		}
		return mark{inTime, shownFrom(d, c.DoneAt, delay)}
	case RolledBack:
		// Not before it was: the partner sees that first, too.
		return mark{rolledBack, max(shownFrom(d, c.Reversed, delay), c.Reversed.Add(delay).UnixMicro())}
	case Committed:
		switch {
		case l.over():
			return mark{excused, never}
		case d.IsZero():
			return mark{due, never}
		}
		return mark{due, d.UnixMicro()}
	}
	if !c.kept.IsZero() {
		return mark{due, d.UnixMicro()}
	}
	return mark{excused, never} // cancelled
}

// dealings are the line for a reader.
func (l *line) dealings(of *ledgerOf, s sight, delay time.Duration) []Dealing {
	d := Dealing{Asked: l.asked, Opened: l.begun, Answered: l.replied, Deadline: l.due()}
	if l.call != nil {
		d.Key, d.Call, d.Title = string(l.call.ID), l.call.ID, l.call.Title
	} else {
		d.Key, d.Action, d.Title = string(l.action.ID), l.action.ID, l.action.Title
	}
	d.Said, d.SaidAt = of.said[d.Key].Text, of.saidAt[d.Key]
	if len(l.attempts) == 0 {
		return seen([]Dealing{d.marked(l.askMark(delay), s, delay)}, s)
	}
	list := make([]Dealing, 0, len(l.attempts))
	for i, c := range l.attempts {
		one := d
		one.Key = fmt.Sprintf("%s/%d", d.Key, i+1)
		one.Answered, one.Deadline, one.Done = c.At, l.binding(c), c.DoneAt
		list = append(list, one.marked(l.mark(c, delay), s, delay))
	}
	return seen(list, s)
}

// marked is the dealing with what a mark says.
func (d Dealing) marked(m mark, s sight, delay time.Duration) Dealing {
	d.shownFrom = m.at
	pick := func(passed, not Outcome) Outcome {
		if m.at != never {
			d.shownFrom = m.at + delay.Microseconds()
		}
		if s.passed(m.at) {
			return passed
		}
		return not
	}
	switch m.class {
	case inTime:
		d.Outcome = KeptInTime
	case late:
		d.Outcome = KeptLate
	case rolledBack:
		d.Outcome = Reversed
	case answered:
		d.Outcome = AskAnswered
	case due:
		d.Outcome = pick(Broken, StillOpen)
	case unanswered:
		d.Outcome = pick(AskedSilent, AskedWaiting)
	default:
		d.Outcome = Excused
	}
	return d
}

func seen(list []Dealing, s sight) []Dealing {
	return slices.DeleteFunc(list, func(d Dealing) bool { return !s.sees(d.shownFrom) })
}
