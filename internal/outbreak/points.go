package outbreak

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// maxPoints bounds what is kept of one partner on one subject: four hours of
// continuous reports at one point per slot. fewPoints is what is kept while
// nobody else has spoken of the subject, and of any once the partner has used up
// its share of further points (see State.spare).
const (
	maxPoints = 48
	fewPoints = 4
	slot      = 5 * time.Minute
)

// point is one observation; first says since when it had been going on.
type point struct {
	first, at time.Time
	report    string
	print     uint64 // of what was said; 0: of nothing that can be an echo
	seq       uint64 // of its entry in the ledger
	n         int    // of Inbound: how many are new
	alone     bool   // a designated source says so
	word      bool   // a person says so
	tlp       access.TLP
}

// weighs says that some of it is of no outbreak that is over.
func (a *account) weighs() bool {
	n := len(a.points)
	return n > 0 && a.points[n-1].at.After(a.of.after)
}

// add keeps the earliest point of each slot, and the latest slots. Another
// partner's flood cannot push it out.
func (a *account) add(p point) {
	if len(a.points) == 0 {
		a.of.voices.add(a.voice, 1)
		a.of.weighing = append(a.of.weighing, a)
	}
	a.alone = a.alone || p.alone
	i, _ := slices.BinarySearchFunc(a.points, p, func(x, y point) int {
		return x.at.Truncate(slot).Compare(y.at.Truncate(slot))
	})
	if i < len(a.points) && a.points[i].at.Truncate(slot).Equal(p.at.Truncate(slot)) {
		was := &a.points[i]
		p.n += was.n
		p.alone, p.word = p.alone || was.alone, p.word || was.word
		if was.at.After(p.at) {
			*was = p
		}
		was.n, was.alone, was.word = p.n, p.alone, p.word
		return
	}
	if len(a.points) < a.room() {
		a.keep(slices.Insert(a.points, i, p))
		return
	}
	var room [fewPoints + 1]point // what is full does not grow even for a moment: its memory would stay
	all := slices.Insert(append(room[:0], a.points...), i, p)
	drop := 0
	if len(all) == fewPoints+1 && a.of.about.Kind != Inbound {
		drop = crowded(all)
	}
	copy(a.points, slices.Delete(all, drop, drop+1))
}

// room is how many points the account may have.
func (a *account) room() int {
	switch {
	case a.from.extra >= a.from.spare, a.of.about.Kind != Inbound && a.of.lone():
		return max(fewPoints, len(a.points)) // of Inbound the counts are the trend's past
	}
	return maxPoints
}

// lone says that one voice speaks of the subject.
func (e *evidence) lone() bool {
	for _, a := range e.weighing {
		if a.voice != e.weighing[0].voice {
			return false
		}
	}
	return true
}

// crowded is which of few points to do without, so that those that stay cover
// the time that many would, and another voice's late word meets one: the one
// whose neighbours are nearest to each other, or the oldest if it is out of date.
func crowded(points []point) int {
	last := len(points) - 1
	if points[last].at.Sub(points[0].at) > maxPoints*slot {
		return 0
	}
	drop := 1
	for i := 2; i < last; i++ {
		if points[i+1].at.Sub(points[i-1].at) < points[drop+1].at.Sub(points[drop-1].at) {
			drop = i
		}
	}
	return drop
}

// keep sets the account's points, and counts them in its partner's share.
func (a *account) keep(points []point) {
	a.from.extra += max(len(points)-fewPoints, 0) - max(len(a.points)-fewPoints, 0)
	a.points = points
}
