package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// some are entries as a ledger gave them.
func some(t *testing.T, n int) []ledger.Entry {
	t.Helper()
	entries := make([]ledger.Entry, n)
	var head ledger.Head
	for i := range entries {
		d := ledger.Draft{Kind: "object.added", Actor: "partner-1", Audience: "all", Body: make([]byte, 3000*(i%2))}
		e, _, err := ledger.Seal(d, head, time.Unix(int64(i/3), 0))
		if err != nil {
			t.Fatal(err)
		}
		entries[i], head = e, ledger.Head{Seq: e.Seq, Hash: e.Hash}
	}
	return entries
}

func each(entries []ledger.Entry) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// What is imported is the same ledger, also over several commits, and goes on.
func TestImportIsTheSame(t *testing.T) {
	for _, n := range []int{0, 1, 9000} {
		path := filepath.Join(t.TempDir(), "ledger")
		want := some(t, n)
		head, err := sqlite.Import(t.Context(), path, each(want))
		if err != nil || int(head.Seq) != n {
			t.Fatalf("%d entries: the head is %v, %v", n, head, err)
		}
		report, err := sqlite.Check(t.Context(), path)
		if err != nil || len(report.Damage) > 0 || report.Head != head {
			t.Fatalf("%d entries: %+v, %v", n, report, err)
		}
		l, err := sqlite.Open(path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []ledger.Entry
		for e, err := range l.Read(t.Context(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e)
		}
		if !slices.EqualFunc(want, got, func(a, b ledger.Entry) bool { return a.Hash == b.Hash && bytes.Equal(a.Record(), b.Record()) }) {
			t.Errorf("%d entries are not the same", n)
		}
		if _, err := l.Append(t.Context(), head.Seq, ledger.Draft{Kind: "k"}); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if _, err := sqlite.Import(t.Context(), path, each(want)); err == nil {
			t.Error("a ledger was imported over another")
		}
	}
}

// What is no chain is no ledger.
func TestImportRefuses(t *testing.T) {
	whole := some(t, 5)
	change := func(do func([]ledger.Entry) []ledger.Entry) []ledger.Entry { return do(slices.Clone(whole)) }
	for name, entries := range map[string][]ledger.Entry{
		"first missing":  whole[1:],
		"one missing":    change(func(e []ledger.Entry) []ledger.Entry { return slices.Delete(e, 2, 3) }),
		"swapped":        change(func(e []ledger.Entry) []ledger.Entry { e[2], e[3] = e[3], e[2]; return e }),
		"changed":        change(func(e []ledger.Entry) []ledger.Entry { e[3].Actor = "partner-2"; return e }),
		"of another one": change(func(e []ledger.Entry) []ledger.Entry { return append(e[:2], resealed(t, e[2])) }),
		"back in time": change(func(e []ledger.Entry) []ledger.Entry {
			older, _, err := ledger.Seal(ledger.Draft{Kind: "k"}, ledger.Head{Seq: 5, Hash: e[4].Hash}, time.Unix(0, 0))
			if err != nil {
				t.Fatal(err)
			}
			return append(e, older)
		}),
	} {
		if head, err := sqlite.Import(t.Context(), filepath.Join(t.TempDir(), "ledger"), each(entries)); !errors.Is(err, ledger.ErrCorrupt) {
			t.Errorf("%s: %v, %v", name, head, err)
		}
	}
	failed := errors.New("the source failed")
	_, err := sqlite.Import(t.Context(), filepath.Join(t.TempDir(), "ledger"), func(yield func(ledger.Entry, error) bool) {
		_ = yield(whole[0], nil) && yield(ledger.Entry{}, failed)
	})
	if !errors.Is(err, failed) {
		t.Errorf("a failing source: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := sqlite.Import(ended, filepath.Join(t.TempDir(), "ledger"), each(whole)); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}

// resealed is the entry with another hash before it.
func resealed(t *testing.T, e ledger.Entry) ledger.Entry {
	t.Helper()
	other, _, err := ledger.Seal(ledger.Draft{Kind: e.Kind, Actor: e.Actor, Audience: e.Audience, Body: e.Body}, ledger.Head{Seq: e.Seq - 1, Hash: ledger.Hash{1}}, e.Time)
	if err != nil {
		t.Fatal(err)
	}
	return other
}
