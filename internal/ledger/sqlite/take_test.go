package sqlite_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// What is taken is the same ledger, and goes on; what does not follow changes
// nothing, also where some of it would.
func TestTake(t *testing.T) {
	want := some(t, 300)
	path := filepath.Join(t.TempDir(), "ledger")
	l := mustOpen(t, path)
	if err := l.Take(t.Context()); err != nil {
		t.Fatalf("nothing: %v", err)
	}
	if err := l.Take(t.Context(), want[:100]...); err != nil {
		t.Fatal(err)
	}
	altered := want[150]
	altered.Body = []byte("other")
	old, _, err := ledger.Seal(ledger.Draft{Kind: "k"}, ledger.Head{Seq: 150, Hash: want[149].Hash}, want[50].Time)
	if err != nil {
		t.Fatal(err)
	}
	for name, entries := range map[string][]ledger.Entry{
		"again":        want[99:200],
		"a gap before": want[101:200],
		"a gap in it":  slices.Concat(want[100:150], want[151:200]),
		"altered":      slices.Concat(want[100:150], []ledger.Entry{altered}),
		"older":        slices.Concat(want[100:150], []ledger.Entry{old}),
	} {
		if err := l.Take(t.Context(), entries...); !errors.Is(err, ledger.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		if head, err := l.Head(t.Context()); err != nil || head.Seq != 100 {
			t.Fatalf("%s: the head is %d, %v", name, head.Seq, err)
		}
	}
	if err := l.Take(t.Context(), want[100:]...); err != nil {
		t.Fatal(err)
	}
	mustClose(t, l)
	if report := mustCheck(t, path); len(report.Damage) > 0 || report.Entries != 300 {
		t.Errorf("check finds %+v", report)
	}
	l = mustOpen(t, path)
	if got, err := readAll(l); err != nil || !sameHashes(got, want) {
		t.Errorf("%d entries are not the same, %v", len(got), err)
	}
	if _, err := l.Append(t.Context(), 300, ledger.Draft{Kind: "k"}); err != nil {
		t.Error(err)
	}
	mustClose(t, l)
	if err := l.Take(t.Context(), want[0]); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	read, err := sqlite.Open(path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer mustClose(t, read)
	if err := read.Take(t.Context(), want[0]); !errors.Is(err, ledger.ErrUnavailable) || read.Refusal() == nil {
		t.Errorf("read-only: %v, %v", err, read.Refusal())
	}
}
