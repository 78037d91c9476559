package ledgertest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func testOrder(t *testing.T, open Opener) {
	l := opened(t, open)
	if h := mustHead(t, l); h != (ledger.Head{}) {
		t.Fatalf("the head of an empty ledger is %v", h)
	}
	if es := mustRead(t, l, 0); len(es) != 0 {
		t.Fatalf("an empty ledger yields %d entries", len(es))
	}
	want := make([]ledger.Entry, 0, 40)
	for i := range cap(want) {
		want = append(want, mustAppend(t, l, draft(i))...)
	}
	got := mustRead(t, l, 0)
	sameEntries(t, "read", got, want)
	chained(t, got)
	for i, e := range got {
		d := ledger.Draft{Kind: e.Kind, Actor: e.Actor, Audience: e.Audience, Body: e.Body}
		if diff := cmp.Diff(draft(i), d, cmp.Comparer(bytes.Equal)); diff != "" {
			t.Fatalf("entry %d is not as drafted (-want +got):\n%s", e.Seq, diff)
		}
	}
	last := got[len(got)-1]
	if h := mustHead(t, l); h != (ledger.Head{Seq: last.Seq, Hash: last.Hash}) {
		t.Fatalf("head is %v, the last entry %d %s", h, last.Seq, last.Hash)
	}
}

func testBatch(t *testing.T, open Opener) {
	l := opened(t, open)
	mustAppend(t, l, draft(0))
	before := mustHead(t, l)
	bad := append(drafts(1, 50), ledger.Draft{Kind: "not a kind"})
	if es, err := l.Append(context.Background(), ledger.Any, bad...); !errors.Is(err, ledger.ErrInvalid) || es != nil {
		t.Fatalf("a batch with an invalid draft gives %d entries, %v", len(es), err)
	}
	if h := mustHead(t, l); h != before {
		t.Fatalf("a refused batch moved the head from %v to %v", before, h)
	}
	es := mustAppend(t, l, drafts(1, 50)...)
	all := mustRead(t, l, 0)
	sameEntries(t, "batch", all[1:], es)
	chained(t, all)
	large := make([]ledger.Draft, 5000)
	for i := range large {
		large[i] = draft(i)
	}
	es = mustAppend(t, l, large...)
	if len(es) != len(large) || es[0].Seq != 51 || mustHead(t, l).Seq != 5050 {
		t.Fatalf("a batch of %d gives %d entries from %d, head %d", len(large), len(es), es[0].Seq, mustHead(t, l).Seq)
	}
	sameEntries(t, "large batch", mustRead(t, l, 50), es)
}

func testExpected(t *testing.T, open Opener) {
	l := opened(t, open)
	ctx := context.Background()
	if _, err := l.Append(ctx, 1, draft(0)); !errors.Is(err, ledger.ErrConflict) {
		t.Fatalf("expecting entry 1 of an empty ledger: %v", err)
	}
	if _, err := l.Append(ctx, 0, draft(0), draft(1)); err != nil {
		t.Fatalf("expecting an empty ledger: %v", err)
	}
	for _, wrong := range []ledger.Seq{0, 1, 3, 1 << 40, ledger.Any - 1} {
		if es, err := l.Append(ctx, wrong, draft(2)); !errors.Is(err, ledger.ErrConflict) || es != nil {
			t.Fatalf("expecting %d where the head is 2: %d entries, %v", wrong, len(es), err)
		}
	}
	if _, err := l.Append(ctx, 2, draft(2)); err != nil {
		t.Fatalf("expecting the head: %v", err)
	}
	if h := mustHead(t, l); h.Seq != 3 {
		t.Fatalf("head is %d after three entries", h.Seq)
	}
}

func testCursor(t *testing.T, open Opener) {
	l := opened(t, open)
	all := mustAppend(t, l, drafts(0, 1500)...)
	for _, after := range []ledger.Seq{0, 1, 2, 511, 512, 513, 1024, 1499} {
		sameEntries(t, "read after", mustRead(t, l, after), all[after:])
	}
	for _, after := range []ledger.Seq{1500, 1501, 1 << 62, 1 << 63, ledger.Any} {
		if es := mustRead(t, l, after); len(es) != 0 {
			t.Fatalf("reading after %d of 1500 yields %d entries", after, len(es))
		}
	}
	n := 0
	for e, err := range l.Read(context.Background(), 7) {
		if err != nil || e.Seq != ledger.Seq(8+n) {
			t.Fatalf("entry %d, %v", e.Seq, err)
		}
		if n++; n == 3 {
			break
		}
	}
	sameEntries(t, "read after leaving off", mustRead(t, l, 1490), all[1490:])
}

func testKinds(t *testing.T, open Opener) {
	l := opened(t, open)
	all := mustAppend(t, l, drafts(0, 1600)...)
	for _, kinds := range [][]ledger.Kind{
		{"object.added"}, {"protection.decided", "object.added"}, {"object.added", "object.added"},
		{"object.added", "sighting.reported", "protection.decided"}, {"none.such"}, {"none.such", "sighting.reported"}, {"object"},
	} {
		for _, after := range []ledger.Seq{0, 100, 1599, 1600} {
			var want []ledger.Entry
			for _, e := range all[after:] {
				for _, k := range kinds {
					if e.Kind == k {
						want = append(want, e)
						break
					}
				}
			}
			sameEntries(t, "read by kind", mustRead(t, l, after, kinds...), want)
		}
	}
}

func testReadGrowing(t *testing.T, open Opener) {
	l := opened(t, open)
	mustAppend(t, l, drafts(0, 10)...)
	var got []ledger.Entry
	for e, err := range l.Read(context.Background(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
		if len(got) <= 1000 && len(got)%10 == 1 {
			mustAppend(t, l, drafts(len(got), len(got)+10)...)
		}
	}
	if len(got) <= 1000 {
		t.Fatalf("reading ended after %d entries, while more were appended before it arrived there", len(got))
	}
	chained(t, got)
	sameEntries(t, "read on", mustRead(t, l, ledger.Seq(len(got))), mustRead(t, l, 0)[len(got):])
}

func testReopen(t *testing.T, open Opener) {
	dir := t.TempDir()
	all := make([]ledger.Entry, 0, 40)
	for round := range 4 {
		l := open(t, dir)
		sameEntries(t, "reopened", mustRead(t, l, 0), all)
		if len(all) > 0 {
			last := all[len(all)-1]
			if h := mustHead(t, l); h != (ledger.Head{Seq: last.Seq, Hash: last.Hash}) {
				t.Fatalf("reopened, the head is %v", h)
			}
		}
		all = append(all, mustAppend(t, l, drafts(round*10, round*10+10)...)...)
		if err := l.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	chained(t, all)
}

func testTimes(t *testing.T, open Opener) {
	dir := t.TempDir()
	all := make([]ledger.Entry, 0, 120)
	for range 3 { // a clock may be wrong after a restart, too
		l := open(t, dir)
		for i := range 20 {
			all = append(all, mustAppend(t, l, drafts(0, 1+i%3)...)...)
		}
		sameEntries(t, "times as stored", mustRead(t, l, 0), all)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	moved := 0
	for i := 1; i < len(all); i++ {
		if all[i].Time.Before(all[i-1].Time) {
			t.Fatalf("entry %d has time %s, the one before %s", all[i].Seq, all[i].Time, all[i-1].Time)
		}
		if all[i].Time.After(all[i-1].Time) {
			moved++
		}
		if all[i].Time.Nanosecond()%1000 != 0 {
			t.Fatalf("entry %d has time %s, finer than microseconds", all[i].Seq, all[i].Time)
		}
	}
	if moved == 0 {
		t.Fatal("all entries have the same time: the ledger does not use its clock")
	}
}

func testLimits(t *testing.T, open Opener) {
	l := opened(t, open)
	body := bytes.Repeat([]byte("0123456789abcdef"), ledger.MaxBody/16+1)[:ledger.MaxBody]
	full := ledger.Draft{
		Kind: ledger.Kind(bytes.Repeat([]byte("k"), 64)), Actor: string(bytes.Repeat([]byte("a"), 255)),
		Audience: string(bytes.Repeat([]byte("u"), 65535)), Body: body,
	}
	es := mustAppend(t, l, full, full, full)
	sameEntries(t, "largest entries", mustRead(t, l, 0), es)
	over := full
	over.Body = append(bytes.Clone(body), 'x')
	if _, err := l.Append(context.Background(), ledger.Any, over); !errors.Is(err, ledger.ErrInvalid) {
		t.Fatalf("a body of MaxBody+1 bytes: %v", err)
	}
	mustAppend(t, l, draft(1))
	chained(t, mustRead(t, l, 0))
}

func testInvalid(t *testing.T, open Opener) {
	l := opened(t, open)
	for _, bad := range []ledger.Draft{
		{}, {Kind: "with space"}, {Kind: "ümlaut"}, {Kind: ledger.Kind(bytes.Repeat([]byte("k"), 65))},
		{Kind: "k", Actor: string(bytes.Repeat([]byte("a"), 256))}, {Kind: "k", Audience: string(bytes.Repeat([]byte("u"), 65536))},
	} {
		if _, err := l.Append(context.Background(), ledger.Any, bad); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("draft of kind %.10q is accepted with %v", bad.Kind, err)
		}
	}
	if h := mustHead(t, l); h.Seq != 0 {
		t.Fatalf("refused drafts moved the head to %d", h.Seq)
	}
}

func testEmpty(t *testing.T, open Opener) {
	l := opened(t, open)
	mustAppend(t, l, draft(0))
	if es := mustAppend(t, l); len(es) != 0 {
		t.Fatalf("appending nothing gives %d entries", len(es))
	}
	if h := mustHead(t, l); h.Seq != 1 {
		t.Fatalf("appending nothing moved the head to %d", h.Seq)
	}
}

func testCheck(t *testing.T, open Opener) {
	l := opened(t, open)
	ctx := context.Background()
	r, err := l.Check(ctx)
	if err != nil || len(r.Damage) != 0 || r.Entries != 0 {
		t.Fatalf("an empty ledger: %+v, %v", r, err)
	}
	mustAppend(t, l, drafts(0, 700)...)
	r, err = l.Check(ctx)
	if err != nil || len(r.Damage) != 0 || r.Entries != 700 || r.Head != mustHead(t, l) {
		t.Fatalf("a sound ledger: %+v, %v", r, err)
	}
	if diff := cmp.Diff([]ledger.Span{{First: 1, Last: 700}}, r.Sound); diff != "" {
		t.Fatalf("sound spans (-want +got):\n%s", diff)
	}
}
