// Package ledgertest is what every engine of the ledger has to fulfil, as a
// test suite: the same promises, whatever keeps the entries.
package ledgertest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Opener opens the ledger that is kept in dir, and creates it if there is
// none; the suite closes it. The engine must take its time from [JumpyClock],
// so that the suite sees entries accepted under a clock that jumps back.
type Opener func(t *testing.T, dir string) ledger.Ledger

// Run runs the suite.
func Run(t *testing.T, open Opener) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Opener)
	}{
		{"entries are as drafted, in order, gapless and chained", testOrder},
		{"a batch is stored whole or not at all", testBatch},
		{"the expected head decides", testExpected},
		{"reading resumes after a cursor", testCursor},
		{"reading by kind yields those kinds alone", testKinds},
		{"reading yields what is appended before it arrives at the head", testReadGrowing},
		{"reopening changes nothing", testReopen},
		{"times never go back", testTimes},
		{"the largest body fits and one byte more does not", testLimits},
		{"invalid drafts are refused", testInvalid},
		{"nothing to append is no append", testEmpty},
		{"a closed ledger says so", testClosed},
		{"closing ends followers and keeps what was acknowledged", testCloseWhileBusy},
		{"a cancelled context is respected", testCancelled},
		{"waiting ends with the next entry", testWait},
		{"many append and follow at once", testConcurrent},
		{"one of many wins an expected head", testRace},
		{"check finds a sound ledger sound", testCheck},
		{"the ledger behaves as a list does", testModel},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open) })
	}
}

// JumpyClock gives a clock that in turns stands still, runs ahead and jumps
// back by up to an hour.
func JumpyClock() func() time.Time {
	start := time.Date(2017, time.May, 12, 7, 44, 0, 123_456_789, time.UTC)
	var calls atomic.Int64
	return func() time.Time {
		n := calls.Add(1)
		jumps := [...]time.Duration{0, time.Second, -time.Hour, 0, 3 * time.Microsecond, -time.Nanosecond, time.Minute}
		return start.Add(time.Duration(n) * time.Millisecond).Add(jumps[n%int64(len(jumps))])
	}
}

func opened(t *testing.T, open Opener) ledger.Ledger {
	t.Helper()
	l := open(t, t.TempDir())
	t.Cleanup(func() { closed(t, l) })
	return l
}

func closed(t *testing.T, l ledger.Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

// draft gives the i-th of a series of drafts that differ in every field.
func draft(i int) ledger.Draft {
	return ledger.Draft{
		Kind:     ledger.Kind([]string{"object.added", "sighting.reported", "protection.decided"}[i%3]),
		Actor:    fmt.Sprintf("partner-%d", i%7),
		Audience: strings.Repeat("a", i%5),
		Body:     bytes.Repeat([]byte{byte(i), byte(i >> 8)}, i*37%300),
	}
}

func drafts(from, to int) []ledger.Draft {
	var ds []ledger.Draft
	for i := from; i < to; i++ {
		ds = append(ds, draft(i))
	}
	return ds
}

func mustAppend(t *testing.T, l ledger.Ledger, ds ...ledger.Draft) []ledger.Entry {
	t.Helper()
	es, err := l.Append(context.Background(), ledger.Any, ds...)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return es
}

func mustRead(t *testing.T, l ledger.Ledger, after ledger.Seq, kinds ...ledger.Kind) []ledger.Entry {
	t.Helper()
	var es []ledger.Entry
	for e, err := range l.Read(context.Background(), after, kinds...) {
		if err != nil {
			t.Fatalf("read after %d: %v", after, err)
		}
		es = append(es, e)
	}
	return es
}

func mustHead(t *testing.T, l ledger.Ledger) ledger.Head {
	t.Helper()
	h, err := l.Head(context.Background())
	if err != nil {
		t.Fatalf("head: %v", err)
	}
	return h
}

// sameEntries compares; an empty body equals none.
func sameEntries(t *testing.T, what string, got, want []ledger.Entry) {
	t.Helper()
	same := cmp.Comparer(bytes.Equal)
	if len(got) != len(want) {
		t.Fatalf("%s: %d entries, want %d", what, len(got), len(want))
	}
	for i := range got {
		if d := cmp.Diff(want[i], got[i], same); d != "" {
			t.Fatalf("%s: entry at place %d (-want +got):\n%s", what, i, d)
		}
	}
}

// chained fails the test unless the entries are the whole ledger from its
// beginning: gapless, each naming the hash of the one before.
func chained(t *testing.T, es []ledger.Entry) {
	t.Helper()
	var head ledger.Head
	for _, e := range es {
		if e.Seq != head.Seq+1 || e.Prev != head.Hash {
			t.Fatalf("entry %d names %s; the one before is %d with %s", e.Seq, e.Prev, head.Seq, head.Hash)
		}
		again, _, err := ledger.Seal(ledger.Draft{Kind: e.Kind, Actor: e.Actor, Audience: e.Audience, Body: e.Body}, head, e.Time)
		if err != nil || again.Hash != e.Hash {
			t.Fatalf("entry %d has hash %s, its content has %s (%v)", e.Seq, e.Hash, again.Hash, err)
		}
		head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
	}
}
