package views_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// notes are small entries that no view knows.
func notes(from, n int) []ledger.Draft {
	drafts := make([]ledger.Draft, n)
	for i := range drafts {
		drafts[i] = ledger.Draft{Kind: "test.note", Actor: access.Hub, Body: fmt.Appendf(nil, `{"note":%d}`, from+i)}
	}
	return drafts
}

// Wherever followers begin, however slow they are, and while more is appended
// than is kept in memory: each gets every entry once, in order.
func TestFollowLosesNothing(t *testing.T) {
	n := start(t, t.TempDir(), nil)
	const before, after, followers = 3000, 9000, 12
	n.append(notes(0, before)...)
	random := rand.New(rand.NewPCG(3, 4))
	got := make([][]ledger.Entry, followers)
	starts := make([]ledger.Seq, followers)
	written := make(chan struct{})
	var wg sync.WaitGroup
	for f := range followers {
		starts[f] = ledger.Seq(random.IntN(before + 1))
		// Some take everything at once, others nothing until all is written.
		pauseAt := random.IntN(2 * before)
		if f%3 == 0 {
			pauseAt = 0
		}
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			idle := func(bool) error { return nil }
			for e, err := range n.Follow(ctx, starts[f], nil, true, time.Hour, idle) {
				if err != nil {
					t.Errorf("follower %d: %v", f, err)
					return
				}
				if got[f] = append(got[f], e); len(got[f]) == pauseAt {
					<-written
				}
				if e.Seq == before+after {
					return
				}
			}
			t.Errorf("follower %d ended after %d entries", f, len(got[f]))
		})
	}
	for at := 0; at < after; {
		step := min(1+random.IntN(700), after-at)
		n.append(notes(before+at, step)...)
		at += step
	}
	close(written)
	wg.Wait()
	var want []ledger.Entry
	for e, err := range n.Ledger.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, e)
	}
	for f := range followers {
		same := slices.EqualFunc(got[f], want[starts[f]:], func(a, b ledger.Entry) bool { return a.Seq == b.Seq && a.Hash == b.Hash })
		if !same {
			t.Errorf("follower %d from %d got %d entries that are not those of the ledger", f, starts[f], len(got[f]))
		}
	}
}

// Without waiting a reading ends, with everything that was there.
func TestFollowEnds(t *testing.T) {
	n := start(t, t.TempDir(), nil)
	n.append(notes(0, 50)...)
	for _, from := range []ledger.Seq{0, 20, 50} {
		count, idles := 0, 0
		for _, err := range n.Follow(t.Context(), from, nil, false, time.Hour, func(bool) error { idles++; return nil }) {
			if err != nil {
				t.Fatal(err)
			}
			count++
		}
		if count != 50-int(from) || idles != 1 {
			t.Errorf("from %d: %d entries and %d pauses, want %d and 1", from, count, idles, 50-from)
		}
	}
}

// From every cursor, in memory, at its edge and behind it, the next entries
// come.
func TestFollowFromEveryCursor(t *testing.T) {
	n := start(t, t.TempDir(), nil)
	const all = 4600 // more than is kept in memory
	n.append(notes(0, all)...)
	nothing := func(bool) error { return nil }
	for from := range ledger.Seq(all + 1) {
		if from%37 != 0 && (from < all-4096-50 || from > all-4096+50) { // every one around the edge
			continue
		}
		next := from
		for e, err := range n.Follow(t.Context(), from, nil, false, time.Hour, nothing) {
			if next++; err != nil || e.Seq != next {
				t.Fatalf("after %d comes %d, want %d (%v)", from, e.Seq, next, err)
			}
			if next == from+2 {
				break
			}
		}
		if next < min(from+2, all) {
			t.Fatalf("after %d the reading ends at %d", from, next)
		}
	}
}

// What the memory views have not folded is not told: who may see it is not
// decided yet.
func TestFollowTellsOnlyWhatIsFolded(t *testing.T) {
	const folded = 5000
	holds, release := make(chan struct{}), make(chan struct{})
	n := start(t, t.TempDir(), nil, func(e ledger.Entry) {
		if e.Seq == folded+1 { // the views stand still there
			close(holds)
			<-release
		}
	})
	n.append(notes(0, folded)...)
	if _, err := n.Ledger.Append(t.Context(), ledger.Any, notes(folded, 300)...); err != nil {
		t.Fatal(err)
	}
	<-holds
	for _, from := range []ledger.Seq{0, 100, folded - 1, folded} {
		last := from
		for e, err := range n.Follow(t.Context(), from, nil, false, time.Hour, func(bool) error { return nil }) {
			if err != nil {
				t.Fatal(err)
			}
			last = e.Seq
		}
		if last != folded {
			t.Errorf("after %d the reading goes on to %d, folded is %d", from, last, folded)
		}
	}
	close(release)
}

// A reader of some kinds gets each entry of these once and in order, whatever
// comes between, also after more of other kinds than are kept in memory.
func TestFollowSomeKinds(t *testing.T) {
	n := start(t, t.TempDir(), nil)
	const rounds, between = 5, 3000
	var got []ledger.Seq
	follow := func(after ledger.Seq, until int) {
		for e, err := range n.Follow(t.Context(), after, []ledger.Kind{"test.wanted"}, true, time.Hour, func(bool) error { return nil }) {
			if err != nil {
				t.Error(err)
				return
			}
			if e.Kind == "test.wanted" {
				if got = append(got, e.Seq); len(got) == until {
					return
				}
			}
		}
	}
	var want []ledger.Seq
	round := func(i int) {
		n.append(notes(i*between, between)...)
		wanted := notes(0, 1)
		wanted[0].Kind = "test.wanted"
		n.append(wanted...)
		want = append(want, ledger.Seq((i+1)*(between+1)))
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		follow(0, rounds)
	}()
	for i := range rounds {
		round(i)
	}
	<-ended
	follow(want[1], rounds+3) // again, from a place that memory no longer holds
	if want = append(want, want[2:]...); !slices.Equal(got, want) {
		t.Errorf("got the entries %v, want %v", got, want)
	}
}
