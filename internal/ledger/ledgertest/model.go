package ledgertest

import (
	"context"
	"errors"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"pgregory.net/rapid"
)

// testModel compares the ledger with a slice of entries under random appends,
// reads and reopenings.
func testModel(t *testing.T, open Opener) {
	// Every run opens ledgers on disk, so by default there are fewer than
	// rapid's hundred.
	if f := flag.Lookup("rapid.checks"); f != nil && f.Value.String() == f.DefValue {
		if err := f.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Value.Set(f.DefValue) }()
	}
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "model")
		if err != nil {
			rt.Fatal(err)
		}
		m := &model{open: func() ledger.Ledger { return open(t, dir) }}
		m.ledger = m.open()
		defer func() { closed(t, m.ledger) }()
		rt.Repeat(map[string]func(*rapid.T){
			"append": m.append,
			"read":   m.read,
			"reopen": m.reopen,
			"":       m.head,
		})
	})
}

type model struct {
	open    func() ledger.Ledger
	ledger  ledger.Ledger
	entries []ledger.Entry
}

var modelKinds = []ledger.Kind{"a", "b", "b.c"}

func (m *model) append(t *rapid.T) {
	d := rapid.Custom(func(t *rapid.T) ledger.Draft {
		return ledger.Draft{
			Kind:     rapid.SampledFrom(append(modelKinds, "not a kind")).Draw(t, "kind"),
			Actor:    rapid.StringN(0, 20, 255).Draw(t, "actor"),
			Audience: rapid.StringN(0, 20, 500).Draw(t, "audience"),
			Body:     rapid.SliceOfN(rapid.Byte(), 0, 6000).Draw(t, "body"),
		}
	})
	ds := rapid.SliceOfN(d, 0, 5).Draw(t, "drafts")
	expected := ledger.Any
	if rapid.Bool().Draw(t, "with expected head") {
		expected = ledger.Seq(rapid.IntRange(max(0, len(m.entries)-1), len(m.entries)+1).Draw(t, "expected"))
	}
	invalid := slices.ContainsFunc(ds, func(d ledger.Draft) bool { return d.Validate() != nil })
	es, err := m.ledger.Append(context.Background(), expected, ds...)
	switch {
	case invalid:
		if !errors.Is(err, ledger.ErrInvalid) {
			t.Fatalf("an invalid draft among %d: %v", len(ds), err)
		}
	case len(ds) > 0 && expected != ledger.Any && int(expected) != len(m.entries):
		if !errors.Is(err, ledger.ErrConflict) {
			t.Fatalf("expected %d of %d: %v", expected, len(m.entries), err)
		}
	case err != nil || len(es) != len(ds):
		t.Fatalf("append of %d: %d entries, %v", len(ds), len(es), err)
	}
	for i, e := range es {
		if want := ledger.Seq(len(m.entries) + 1); e.Seq != want || string(e.Body) != string(ds[i].Body) {
			t.Fatalf("entry %d with a body of %d bytes, want %d with %d", e.Seq, len(e.Body), want, len(ds[i].Body))
		}
		m.entries = append(m.entries, e)
	}
}

func (m *model) read(t *rapid.T) {
	after := rapid.IntRange(0, len(m.entries)).Draw(t, "after")
	kinds := rapid.SliceOfN(rapid.SampledFrom(modelKinds), 0, 3).Draw(t, "kinds")
	var want []ledger.Hash
	for _, e := range m.entries[after:] {
		if len(kinds) == 0 || slices.Contains(kinds, e.Kind) {
			want = append(want, e.Hash)
		}
	}
	var got []ledger.Hash
	for e, err := range m.ledger.Read(context.Background(), ledger.Seq(after), kinds...) {
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		got = append(got, e.Hash)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("reading %v after %d of %d yields %d entries, want %d, or others", kinds, after, len(m.entries), len(got), len(want))
	}
}

func (m *model) reopen(t *rapid.T) {
	if err := m.ledger.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	m.ledger = m.open()
}

func (m *model) head(t *rapid.T) {
	var want ledger.Head
	if n := len(m.entries); n > 0 {
		want = ledger.Head{Seq: m.entries[n-1].Seq, Hash: m.entries[n-1].Hash}
	}
	if got, err := m.ledger.Head(context.Background()); err != nil || got != want {
		t.Fatalf("head is %v, %v; want %v", got, err, want)
	}
}
