package views_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/views"
)

const sender access.PartnerID = "identity--aaaaaaaa-0000-4000-8000-000000000001"

// submission is an outcome with one object; fill makes it longer.
func submission(t *testing.T, n, fill int) intake.Outcome {
	t.Helper()
	text := fmt.Sprintf(`{"type":"malware","spec_version":"2.1","id":"malware--00000000-0000-4000-8000-%012d","created":"2017-05-12T07:44:00.000Z","modified":"2017-05-12T07:44:00.000Z","is_family":false,"name":"%s"}`,
		n, strings.Repeat("n", 1+fill))
	outcome, err := intake.Read(t.Context(), strings.NewReader(text), intake.Submission{Partner: sender})
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

func TestEqualContributionsAtTheSameTimeAreOne(t *testing.T) {
	n := start(t, t.TempDir(), nil)
	outcome := submission(t, 1, 0)
	fresh := make(chan bool, 16)
	var all sync.WaitGroup
	for range cap(fresh) {
		all.Go(func() {
			taken, err := n.Contribute(patience(t), sender, outcome)
			if err != nil || !taken.Visible {
				t.Errorf("contribute: %+v, %v", taken, err)
			}
			fresh <- !taken.Known
		})
	}
	all.Wait()
	close(fresh)
	count := 0
	for one := range fresh {
		if one {
			count++
		}
	}
	head, err := n.Ledger.Head(t.Context())
	if err != nil || head.Seq != 1 || count != 1 {
		t.Errorf("16 equal contributions were appended %d times, the ledger has %d entries, %v", count, head.Seq, err)
	}
}

// A contribution that was appended and is not in the catalog yet, since the hub was
// killed before, is known when it is sent again.
func TestWhatTheCatalogDoesNotHaveYetIsKnown(t *testing.T) {
	dir := t.TempDir()
	n := start(t, dir, nil)
	outcome := submission(t, 1, 0)
	if _, err := n.Contribute(patience(t), sender, outcome); err != nil {
		t.Fatal(err)
	}
	n.close()
	catalogs, err := filepath.Glob(filepath.Join(dir, "catalog.db*"))
	if err != nil || len(catalogs) == 0 {
		t.Fatalf("there is no catalog: %v", err)
	}
	for _, file := range catalogs {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	l, err := sqlite.Open(filepath.Join(dir, "ledger.db"), sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	// Nobody folds: what these views know they knew when they were opened.
	v, err := views.Open(t.Context(), l, views.Config{Catalog: filepath.Join(dir, "catalog.db"), Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(errors.Join(err, l.Close()))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	taken, _ := v.Contribute(ctx, sender, outcome) // which cannot be shown
	head, err := l.Head(t.Context())
	if err != nil || !taken.Known || head.Seq != 1 {
		t.Errorf("sent again: %+v, and the ledger has %d entries, %v", taken, head.Seq, err)
	}
	if err := errors.Join(v.Close(), l.Close()); err != nil {
		t.Error(err)
	}
}

// deaf is a ledger whose appender has gone by the time that it would be told.
type deaf struct {
	ledger.Ledger
	gone func()
}

func (d deaf) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	entries, err := d.Ledger.Append(ctx, expected, drafts...)
	if len(entries) > 0 {
		d.gone()
	}
	return entries, err
}

// A contributor that goes away while it waits, and sends the same again, finds it.
func TestAContributorThatDidNotHearIsNotTakenTwice(t *testing.T) {
	for range 20 {
		gone, leave := context.WithCancel(t.Context())
		folding := make(chan struct{})
		n := start(t, t.TempDir(), func(l ledger.Ledger) ledger.Ledger { return deaf{l, leave} }, func(ledger.Entry) { <-folding })
		outcome := submission(t, 1, 0)
		var both sync.WaitGroup
		both.Go(func() { _, _ = n.Contribute(gone, sender, outcome) })
		<-gone.Done()
		both.Go(func() {
			if taken, err := n.Contribute(patience(t), sender, outcome); err != nil || !taken.Known {
				t.Errorf("sent again: %+v, %v", taken, err)
			}
		})
		time.AfterFunc(time.Millisecond, func() { close(folding) })
		both.Wait()
		if head, err := n.Ledger.Head(t.Context()); err != nil || head.Seq != 1 {
			t.Errorf("the ledger has %d entries, %v", head.Seq, err)
		}
		n.close()
	}
}
