package mispfeed

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// history is an event as the catalog comes to know it: contributions that bring
// it again, and other changes.
type history struct {
	stamps
	content int // rises with every change
}

// A follower fetches an event when the manifest has a later timestamp than the
// one it has. Whenever it looks, and however fast changes follow each other: in
// the end it has what there is.
func TestNoFollowerMissesAChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := int64(1_700_000_000_000_000)
		own := second(now) + rapid.Int64Range(-100, 100).Draw(t, "own timestamp")
		if rapid.Bool().Draw(t, "foreign") {
			own = 0
		}
		e := history{stamps: stamps{first: now, added: now, rest: own}}
		if own == 0 {
			e.note(now)
		}
		type follower struct {
			stamp   int64
			content int
			fetched bool
		}
		followers := make([]follower, 3)
		look := func(f *follower) {
			stamp, _ := e.at(now)
			if f.fetched && stamp < f.stamp {
				t.Fatalf("the timestamp fell from %d to %d", f.stamp, stamp)
			}
			if !f.fetched || stamp > f.stamp {
				*f = follower{stamp, e.content, true}
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now += rapid.SampledFrom([]int64{1, 2000, 300_000, 1_000_000, 5_000_000}).Draw(t, "later")
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0, 1:
				look(&followers[rapid.IntRange(0, 2).Draw(t, "who")])
			case 2:
				e.content++
				e.changed(now)
			case 3:
				e.content++
				begun := now
				for range rapid.IntRange(0, 2).Draw(t, "elements that came with it") {
					e.changed(now)
					now++
				}
				if own == 0 {
					e.note(now)
					e.added = now
				} else {
					e.replaced(begun, now, e.rest+rapid.Int64Range(-50, 50).Draw(t, "its own timestamp"))
				}
			}
		}
		now += 2_000_000
		for i := range followers {
			look(&followers[i])
			if followers[i].content != e.content {
				t.Fatalf("follower %d has %+v, there is %d", i, followers[i], e.content)
			}
		}
	})
}

// What a take-back changed is noted when the index is made again, after all
// that came later.
func TestChangesAreNotedOutOfOrder(t *testing.T) {
	const s = 1_000_000
	e := stamps{first: 10 * s, added: 10 * s, rest: 5}
	e.replaced(20*s, 20*s, 12)
	if got, _ := e.at(100 * s); got != 12 {
		t.Errorf("a version with a later timestamp has %d", got)
	}
	e.changed(15 * s)
	if got, settled := e.at(100 * s); got != 21 || !settled {
		t.Errorf("after a change at 15 the version of 20 that says 12 has %d", got)
	}
	if got, settled := e.at(20*s + 5); got != 20 || settled {
		t.Errorf("within the second of the change it has %d, settled: %t", got, settled)
	}
	e = stamps{first: 10 * s, added: 20 * s, rest: 17}
	e.changed(15 * s)
	if got, _ := e.at(100 * s); got != 17 {
		t.Errorf("a version that says 17 has %d after a change at 15", got)
	}
	e.changed(8 * s)
	if got, _ := e.at(100 * s); got != 17 {
		t.Errorf("a change before the event came in makes it %d", got)
	}
}

func TestLinksThatAreDroppedAreGone(t *testing.T) {
	l := newLinks(7)
	for _, id := range []string{"a", "b"} {
		for _, to := range []int32{1, 2, 3} {
			l.add(l.hash(id), to)
			l.add(l.hash(id), to)
		}
	}
	l.keep(func(to int32) (int32, bool) { return to * 10, to != 2 })
	for _, id := range []string{"a", "b"} {
		if got := slices.Collect(l.of(l.hash(id))); !slices.Equal(got, []int32{30, 10}) {
			t.Errorf("%s leads to %v", id, got)
		}
	}
	if len(l.all) != 4 {
		t.Errorf("%d links are left", len(l.all))
	}
}
