package views_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/views"
)

var day = time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)

func clock() time.Time { return day }

// node is a ledger with its views, running.
type node struct {
	*views.Views
	t     *testing.T
	dir   string
	close func()
}

// start opens a node in a directory. wrap may put something between the views
// and the ledger; watchers are told of every new entry.
func start(t *testing.T, dir string, wrap func(ledger.Ledger) ledger.Ledger, watchers ...func(ledger.Entry)) *node {
	t.Helper()
	file, err := sqlite.Open(filepath.Join(dir, "ledger.db"), sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	var l ledger.Ledger = file
	if wrap != nil {
		l = wrap(l)
	}
	v, err := views.Open(t.Context(), l, views.Config{Catalog: filepath.Join(dir, "catalog.db"), Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(errors.Join(err, file.Close()))
	}
	for _, fn := range watchers {
		v.OnEntry(fn)
	}
	n := &node{Views: v, t: t, dir: dir}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	closed := false
	n.close = func() {
		if closed {
			return
		}
		closed = true
		cancel()
		if err := errors.Join(<-ended, v.Close(), file.Close()); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	t.Cleanup(n.close)
	return n
}

// patience bounds what a test waits for.
func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (n *node) append(drafts ...ledger.Draft) []ledger.Entry {
	n.t.Helper()
	entries, err := n.Append(patience(n.t), drafts...)
	if err != nil {
		n.t.Fatal(err)
	}
	return entries
}

func (n *node) settled() ledger.Head {
	n.t.Helper()
	head, err := n.WaitSettled(patience(n.t))
	if err != nil {
		n.t.Fatal(err)
	}
	return head
}

// partner joins under a number.
func (n *node) partner(i int) access.Partner {
	n.t.Helper()
	p, draft, err := n.Access.Join(fmt.Sprintf("Partner %02d", i), "healthcare", []string{"GB", "DE", "FR"}[i%3], "operator")
	if err != nil {
		n.t.Fatal(err)
	}
	n.append(draft)
	return p
}

// report is a partner's report of suspect values and of a scan.
func report(t *testing.T, p access.Partner, id string, values ...string) ledger.Draft {
	t.Helper()
	// Each partner's began at an instant of its own: who says exactly what another says is its echo.
	tens, ones := p.Name[len(p.Name)-2], p.Name[len(p.Name)-1]
	began := day.Add(-time.Duration(10*int(tens)+int(ones)) * time.Millisecond)
	r := sighting.Report{ID: id, Sector: p.Sector, Country: p.Country, Scans: []sighting.Scan{{Port: 445, Sources: 5, Contacts: 50, FirstSeen: began, LastSeen: day}}}
	for _, v := range values {
		r.Sightings = append(r.Sightings, sighting.Sighting{
			Value: observable.Value{Type: observable.Domain, Text: v}, Basis: sighting.Suspect, Count: 1, Hosts: 1, FirstSeen: began, LastSeen: day,
		})
	}
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Draft{Kind: sighting.KindReported, Actor: string(p.ID), Audience: access.ToCommunity(access.Green).String(), Body: body}
}

// list is a contribution of a plain list.
func list(t *testing.T, p access.Partner, tlp access.TLP, values ...string) []ledger.Draft {
	t.Helper()
	out, err := intake.Read(t.Context(), strings.NewReader(strings.Join(values, "\n")), intake.Submission{Partner: p.ID, Format: intake.List, Audience: access.ToCommunity(tlp)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Drafts
}
