package views_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/views"
)

func TestRebuildSaysHowFarItIs(t *testing.T) {
	n := start(t, t.TempDir(), nil)
	if r, running := n.Rebuild(); running {
		t.Errorf("an empty hub rebuilds: %+v", r)
	}
	p := n.partner(1)
	bytes := int64(0)
	n.append(list(t, p, access.Green, "one.example", "two.example")...)
	n.settled()
	for e, err := range n.Ledger.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		bytes += int64(len(e.Body))
	}
	n.close()
	v := anew(t, n.dir)
	if r, running := v.Rebuild(); !running || r.Done != 0 || r.Of != bytes || r.Percent() != 0 || r.Left != 0 {
		t.Errorf("before it: %v %+v, want %d bytes to be folded", running, r, bytes)
	}
	if err := v.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, running := v.Rebuild(); running || r.Of != 0 {
		t.Errorf("behind it: %v %+v", running, r)
	}
	if err := v.TellRebuild(t.Context()); err != nil {
		t.Error(err)
	}
}

// anew opens views of a node's ledger with a catalog that has nothing yet; nothing
// follows.
func anew(t *testing.T, dir string) *views.Views {
	t.Helper()
	file, err := sqlite.Open(filepath.Join(dir, "ledger.db"), sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	v, err := views.Open(t.Context(), file, views.Config{Catalog: filepath.Join(t.TempDir(), "catalog.db"), Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(errors.Join(err, file.Close()))
	}
	t.Cleanup(func() {
		if err := errors.Join(v.Close(), file.Close()); err != nil {
			t.Error(err)
		}
	})
	return v
}

// TestRebuildShowsNothingThatWasTakenBack folds a catalog up to just before a
// withdrawal: what is withdrawn is not found there, and what is not is.
func TestRebuildShowsNothingThatWasTakenBack(t *testing.T) {
	n := start(t, t.TempDir(), nil)
	p := n.partner(1)
	gone := list(t, p, access.Green, "gone.example")
	n.append(gone...)
	n.append(list(t, p, access.Green, "kept.example")...)
	n.settled()
	err := n.TakeBack(patience(t), contribution.Tightening{Owner: string(p.ID), Contribution: contributionOf(t, gone), Reason: "a mistake", By: "a person"})
	if err != nil {
		t.Fatal(err)
	}
	n.settled()
	n.close()

	v := anew(t, n.dir)
	who := access.Principal{Partner: p.ID, Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
	found := func(word string) int {
		objects, err := v.Catalog.Search(t.Context(), who, word, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(objects)
	}
	withdrawals := 0
	for e, err := range v.Ledger.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == contribution.KindTightened {
			withdrawals++
			if found("kept.example") != 1 || found("gone.example") != 0 {
				t.Errorf("before the withdrawal is folded: %d kept, %d withdrawn are found", found("kept.example"), found("gone.example"))
			}
		}
		if err := v.Catalog.Apply(t.Context(), []ledger.Entry{e}); err != nil {
			t.Fatal(err)
		}
	}
	if withdrawals != 1 || found("kept.example") != 1 || found("gone.example") != 0 {
		t.Errorf("behind %d withdrawals: %d kept, %d withdrawn are found", withdrawals, found("kept.example"), found("gone.example"))
	}
}

func TestRebuildInWords(t *testing.T) {
	for _, c := range []struct {
		r    views.Rebuild
		want string
	}{
		{views.Rebuild{}, "0 % done"},
		{views.Rebuild{Of: 10}, "0 % done"},
		{views.Rebuild{Done: 999, Of: 1000, Left: time.Millisecond}, "99 % done, about 1s left"},
		{views.Rebuild{Done: 430, Of: 1000, Left: 71400 * time.Millisecond}, "43 % done, about 1m11s left"},
	} {
		if got := c.r.String(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.r, got, c.want)
		}
	}
}
