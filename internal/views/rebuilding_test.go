package views_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
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

	file, err := sqlite.Open(filepath.Join(n.dir, "ledger.db"), sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	v, err := views.Open(t.Context(), file, views.Config{Catalog: filepath.Join(t.TempDir(), "catalog.db"), Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(errors.Join(err, file.Close()))
	}
	defer func() {
		if err := errors.Join(v.Close(), file.Close()); err != nil {
			t.Error(err)
		}
	}()
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
