package response

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// class is what a mark counts as.
type class uint8

// Marks of settled classes are at the time from which others see them. Those of
// due and unanswered are at their deadline, or never: whether it has passed depends
// on who asks when.
const (
	inTime class = iota
	late
	rolledBack
	volunteered
	answered
	due        // committed and not done
	unanswered // asked and not answered
	excused
	classes
)

// The spans of a partner, from having been asked and from the alarm.
const (
	askAnswer = iota
	askCommitment
	askDone
	alarmAnswer
	alarmCommitment
	alarmDone
	spans
)

const never = math.MaxInt64

// mark is one thing that counts, and when, in microseconds since 1970.
type mark struct {
	class class
	at    int64
}

// timing is one duration in microseconds, and from when on others see it.
type timing struct {
	span       uint8
	took, from int64
}

// bucket is the running tally of one partner over the actions and calls of one
// origin (opener and audience): what one reader may see of it, it may see all of.
// Everything is sorted, so that what depends on the time is found by halving.
type bucket struct {
	marks   [classes][]int64
	timings [spans][]timing
}

func (b *bucket) add(m mark) {
	i, _ := slices.BinarySearch(b.marks[m.class], m.at)
	b.marks[m.class] = slices.Insert(b.marks[m.class], i, m.at)
}

func (b *bucket) remove(m mark) {
	if i, found := slices.BinarySearch(b.marks[m.class], m.at); found {
		b.marks[m.class] = slices.Delete(b.marks[m.class], i, i+1)
	}
}

func compareTimings(a, b timing) int {
	return cmp.Or(cmp.Compare(a.took, b.took), cmp.Compare(a.from, b.from))
}

func (b *bucket) time(t timing) {
	i, _ := slices.BinarySearchFunc(b.timings[t.span], t, compareTimings)
	b.timings[t.span] = slices.Insert(b.timings[t.span], i, t)
}

func (b *bucket) untime(t timing) {
	if i, found := slices.BinarySearchFunc(b.timings[t.span], t, compareTimings); found {
		b.timings[t.span] = slices.Delete(b.timings[t.span], i, i+1)
	}
}

// sight is who looks when: a partner at its own, or others.
type sight struct {
	own          bool
	now          int64
	grace, delay int64
}

func (c Config) sight(own bool, now time.Time) sight {
	return sight{own, now.UnixMicro(), c.grace().Microseconds(), c.delay().Microseconds()}
}

// sees says whether what others see from a time on is seen.
func (s sight) sees(from int64) bool { return s.own || from < s.now }

// passed says whether a deadline has passed by as much as has to be.
func (s sight) passed(deadline int64) bool {
	if s.own {
		return deadline < s.now-s.grace
	}
	return deadline < s.now-s.delay
}

// before is how many of the sorted times are before a time.
func before(times []int64, limit int64) int {
	n, _ := slices.BinarySearch(times, limit)
	return n
}

func (b *bucket) settled(c class, s sight) int {
	if s.own {
		return len(b.marks[c])
	}
	return before(b.marks[c], s.now)
}

func (b *bucket) overdue(c class, s sight) int {
	if s.own {
		return before(b.marks[c], s.now-s.grace)
	}
	return before(b.marks[c], s.now-s.delay)
}

// account sums buckets up as they are seen.
func account(of access.PartnerID, buckets []*bucket, s sight, now time.Time) Account {
	a := Account{Partner: of, AsOf: now, Own: s.own}
	for _, b := range buckets {
		a.Commitments.InTime += b.settled(inTime, s)
		a.Commitments.Late += b.settled(late, s)
		a.Commitments.RolledBack += b.settled(rolledBack, s)
		a.Commitments.Volunteers += b.settled(volunteered, s)
		broken, silent, replied := b.overdue(due, s), b.overdue(unanswered, s), b.settled(answered, s)
		a.Commitments.Broken += broken
		a.Asks.Answered += replied
		a.Asks.Silent += silent
		a.Asks.Asked += replied + silent
		if s.own {
			a.Commitments.Open += len(b.marks[due]) - broken
			a.Commitments.Excused += len(b.marks[excused])
			a.Asks.Waiting += len(b.marks[unanswered]) - silent
			a.Asks.Asked += len(b.marks[unanswered]) - silent
		}
	}
	k := &a.Commitments
	if n := k.InTime + k.Late + k.Broken + k.RolledBack; n >= leastSample {
		percent := 100 * k.InTime / n
		k.InTimePercent = &percent
	}
	for i, span := range []*Span{
		&a.FromAsk.Answer, &a.FromAsk.Commitment, &a.FromAsk.Done, &a.FromAlarm.Answer, &a.FromAlarm.Commitment, &a.FromAlarm.Done,
	} {
		*span = sum(buckets, i, s)
	}
	return a
}

// sum is a span over buckets. Those of one are sorted already.
func sum(buckets []*bucket, span int, s sight) Span {
	var took []int64
	for _, b := range buckets {
		took = slices.Grow(took, len(b.timings[span]))
		for _, t := range b.timings[span] {
			if s.sees(t.from) {
				took = append(took, t.took)
			}
		}
	}
	if len(took) == 0 {
		return Span{}
	}
	if len(buckets) > 1 {
		slices.Sort(took)
	}
	middle, most := float64(took[(len(took)-1)/2])/1e6, float64(took[len(took)-1])/1e6
	return Span{len(took), &middle, &most}
}
