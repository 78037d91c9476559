package chronicle

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// A row that is longer than its bound keeps its newest part whole, its first number,
// and says of an earlier moment what was so a little before.
func TestALongRowIsThinned(t *testing.T) {
	begin := time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)
	at := func(i int) time.Time { return begin.Add(time.Duration(i) * time.Second) }
	const bound, all = 64, 1000
	var row []point
	for i := range all {
		row = note(row, place{ledger.Seq(i + 1), at(i)}, i, bound)
		row = note(row, place{ledger.Seq(i + 1), at(i)}, i, bound) // the same number is no news
	}
	if len(row) > bound {
		t.Errorf("%d points are kept, the bound is %d", len(row), bound)
	}
	for i := all - bound/4; i < all; i++ {
		if got := last(row, at(i)); got != i {
			t.Errorf("of the newest, %d is told as %d", i, got)
		}
	}
	before := -1
	for i := range all {
		got := last(row, at(i))
		if got > i || got < before {
			t.Errorf("at %d the row says %d, after %d", i, got, before)
		}
		before = got
	}
	if last(row, begin.Add(-time.Second)) != 0 || last(row, begin) != 0 {
		t.Error("before the first there is nothing")
	}
}

// A text is cut between characters.
func TestClippedKeepsCharactersWhole(t *testing.T) {
	long := ""
	for len(long) < maxText+10 {
		long += "ü€"
	}
	got := clipped(long)
	if len(got) > maxText+len("…") || !validUTF8(got) {
		t.Errorf("%d bytes, valid: %t", len(got), validUTF8(got))
	}
	if clipped("short") != "short" {
		t.Error("a short text was changed")
	}
}

func validUTF8(text string) bool {
	for _, r := range text {
		if r == '\uFFFD' {
			return false
		}
	}
	return true
}
