package views_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// everything is what the views answer, as text.
func (n *node) everything(who access.Principal) map[string]string {
	n.t.Helper()
	digest, err := n.Catalog.Digest(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	found, err := n.Catalog.Search(n.t.Context(), who, "example", 1000)
	if err != nil {
		n.t.Fatal(err)
	}
	all := map[string]string{"catalog": fmt.Sprintf("%x", digest)}
	for name, view := range map[string]any{
		"search": found, "partners": n.Access.Partners(), "protections": n.Protect.List(), "effective": n.Protect.Effective(day),
		"outbreaks": n.Outbreak.List(), "actions": n.Response.List(who, day), "cases": n.Cases.List(who), "refusals": n.Protect.Refusals(who),
		"chronicle": n.chronicled(who),
	} {
		text, err := json.Marshal(view, json.Deterministic(true))
		if err != nil {
			n.t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}

// chronicled is what was known of each outbreak, and what happened.
func (n *node) chronicled(who access.Principal) (all []any) {
	n.t.Helper()
	for _, o := range n.Outbreak.List() {
		m, err := n.Chronicle.AsOf(who, o.ID, day)
		if err != nil {
			n.t.Fatal(err)
		}
		events, err := n.Chronicle.Events(who, o.ID, chronicle.Part{Until: day})
		if err != nil || len(events) == 0 {
			n.t.Fatalf("the chronicle of %s has %d events, %v", o.ID, len(events), err)
		}
		all = append(all, m, events)
	}
	return all
}

// workload is a bit of everything, by writers at the same time.
func (n *node) workload(partners, rounds int) {
	n.t.Helper()
	var wg sync.WaitGroup
	for i := range partners {
		p := n.partner(i)
		who := access.Principal{Partner: p.ID, Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
		wg.Go(func() {
			for round := range rounds {
				n.append(report(n.t, p, fmt.Sprintf("report-%d-%d", i, round), fmt.Sprintf("evil%d.example", round))) // the same of all partners
				n.append(list(n.t, p, []access.TLP{access.Green, access.Red}[round%2], fmt.Sprintf("own%d-%d.example", i, round), "shared.example")...)
				_, draft, err := n.Response.Open(who, response.Opening{Kind: "patch", Title: fmt.Sprintf("Patch %d %d", i, round), AskedOf: []string{"healthcare"}, Deadline: day.Add(time.Hour)})
				if err != nil {
					n.t.Error(err)
					return
				}
				n.append(draft)
			}
		})
	}
	wg.Wait()
}

func TestRebuiltEqualsLive(t *testing.T) {
	dir := t.TempDir()
	n := start(t, dir, nil)
	n.workload(4, 6)
	who := access.Principal{Partner: n.Access.Partners()[0].ID, Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
	head := n.settled()
	live := n.everything(who)
	for name, empty := range map[string]string{"protections": "[]", "outbreaks": "[]", "search": "[]", "partners": "[]", "actions": "[]"} {
		if live[name] == empty {
			t.Errorf("the workload left no %s: the comparison would prove nothing", name)
		}
	}
	for _, what := range []string{"catalog kept", "catalog deleted"} {
		n.close()
		if what == "catalog deleted" {
			files, err := filepath.Glob(filepath.Join(dir, "catalog.db*"))
			if err != nil || len(files) == 0 {
				t.Fatalf("catalog files %v, %v", files, err)
			}
			for _, f := range files {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
			}
		}
		n = start(t, dir, nil)
		if again := n.settled(); again != head {
			t.Errorf("%s: after a restart the ledger's head is %v, was %v", what, again, head)
		}
		if diff := cmp.Diff(live, n.everything(who)); diff != "" {
			t.Errorf("%s: after a restart (-live +rebuilt):\n%s", what, diff)
		}
	}
}

// A ledger that was restored from a backup is behind its catalog. What is
// contributed then must not be taken for what the catalog knows.
func TestCatalogAheadOfTheLedger(t *testing.T) {
	dir, backup := t.TempDir(), t.TempDir()
	n := start(t, dir, nil)
	p := n.partner(1)
	n.append(list(t, p, access.Green, "before.example")...)
	n.settled()
	n.close()
	if err := os.CopyFS(backup, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	n = start(t, dir, nil)
	for i := range 5 {
		n.append(list(t, p, access.Green, fmt.Sprintf("lost%d.example", i))...)
	}
	n.settled()
	n.close()
	for _, name := range []string{"ledger.db", "ledger.db.head"} { // the catalog stays
		text, err := os.ReadFile(filepath.Join(backup, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	n = start(t, dir, nil)
	entries := n.append(list(t, p, access.Green, "after.example")...)
	if err := n.WaitCatalog(patience(t), entries[len(entries)-1].Seq); err != nil {
		t.Fatal(err)
	}
	who := access.Principal{Partner: p.ID, Role: access.Viewer}
	for word, want := range map[string]int{"before.example": 1, "lost0.example": 0, "after.example": 1} {
		found, err := n.Catalog.Search(t.Context(), who, word, 10)
		if err != nil || len(found) != want {
			t.Errorf("%s is found %d times, want %d (%v)", word, len(found), want, err)
		}
	}
}

// A writer reads its own write.
func TestAppendReturnsWhenVisible(t *testing.T) {
	n := start(t, t.TempDir(), nil)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 20 {
				p, draft, err := n.Access.Join(fmt.Sprintf("Partner %d-%d", w, i), "healthcare", "GB", "operator")
				if err != nil {
					t.Error(err)
					return
				}
				entries, err := n.Append(patience(t), draft)
				if err != nil {
					t.Error(err)
					return
				}
				if _, present := n.Access.Partner(p.ID); !present {
					t.Errorf("entry %d is acknowledged and its partner is not there", entries[0].Seq)
				}
			}
		})
	}
	wg.Wait()
}

// decided counts the entries of a kind by what they are about.
func (n *node) decided() map[string]int {
	n.t.Helper()
	counts := map[string]int{}
	for e, err := range n.Ledger.Read(n.t.Context(), 0, protect.KindDecided, outbreak.KindRaised) {
		if err != nil {
			n.t.Fatal(err)
		}
		switch e.Kind {
		case protect.KindDecided:
			var p protect.Protection
			if err := json.Unmarshal(e.Body, &p); err != nil {
				n.t.Fatal(err)
			}
			counts[p.Text]++
		case outbreak.KindRaised:
			var o outbreak.Outbreak
			if err := json.Unmarshal(e.Body, &o); err != nil {
				n.t.Fatal(err)
			}
			counts[o.ID]++
		}
	}
	return counts
}

// However many report at the same time: each decision is appended once, and
// WaitDecided returns after the last.
func TestDecisionsAreAppendedOnce(t *testing.T) {
	n := start(t, t.TempDir(), nil)
	const values = 40
	var wg sync.WaitGroup
	for i := range 6 {
		p := n.partner(i)
		wg.Go(func() {
			for v := range values {
				n.append(report(t, p, fmt.Sprintf("report-%d-%d", i, v), fmt.Sprintf("evil%d.example", v)))
			}
		})
	}
	wg.Wait()
	if err := n.WaitDecided(patience(t)); err != nil {
		t.Fatal(err)
	}
	counts := n.decided()
	for v := range values {
		if got := counts[fmt.Sprintf("evil%d.example", v)]; got != 1 {
			t.Errorf("about evil%d.example there are %d decisions, want 1", v, got)
		}
		delete(counts, fmt.Sprintf("evil%d.example", v))
	}
	if len(counts) == 0 {
		t.Error("no alarm was raised")
	}
	for id, count := range counts {
		if count != 1 {
			t.Errorf("%s was raised %d times", id, count)
		}
	}
}

// fullDisk is a fake ledger that takes no decisions while it is full.
type fullDisk struct {
	ledger.Ledger
	full    atomic.Bool
	refused atomic.Int64
}

func (f *fullDisk) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	if f.full.Load() && drafts[0].Actor == access.Hub {
		f.refused.Add(1)
		return nil, fmt.Errorf("append: %w: no room", ledger.ErrUnavailable)
	}
	return f.Ledger.Append(ctx, expected, drafts...)
}

// A full disk does not end the views; the decisions come when there is room.
func TestAFullDiskDelaysDecisions(t *testing.T) {
	var disk *fullDisk
	n := start(t, t.TempDir(), func(l ledger.Ledger) ledger.Ledger {
		disk = &fullDisk{Ledger: l}
		return disk
	})
	a, b := n.partner(1), n.partner(2)
	disk.full.Store(true)
	n.append(report(t, a, "report-a-1", "evil.example"))
	n.append(report(t, b, "report-b-1", "evil.example"))
	for i := 0; disk.refused.Load() == 0; i++ { // each entry has the deciders asked again
		n.append(report(t, a, fmt.Sprintf("again-%d", i), "other.example"))
	}
	disk.full.Store(false)
	if err := n.WaitDecided(patience(t)); err != nil {
		t.Fatal(err)
	}
	if got := n.decided()["evil.example"]; got != 1 {
		t.Errorf("after there was room again there are %d decisions, want 1", got)
	}
}

// Closing in the middle of work ends everybody, with an error or without.
func TestCloseWhileBusy(t *testing.T) {
	dir := t.TempDir()
	n := start(t, dir, nil)
	p := n.partner(1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	acknowledged := make([]ledger.Seq, 8)
	begun := make(chan struct{}, len(acknowledged))
	var wg sync.WaitGroup
	for w := range acknowledged {
		wg.Go(func() {
			for i := 0; ; i++ {
				entries, err := n.Append(ctx, report(t, p, fmt.Sprintf("report-%d-%d", w, i), "evil.example"))
				if err != nil {
					if !errors.Is(err, ledger.ErrClosed) && !errors.Is(err, context.Canceled) {
						t.Errorf("append while closing: %v", err)
					}
					return
				}
				acknowledged[w] = entries[0].Seq
				if i == 3 {
					begun <- struct{}{}
				}
			}
		})
	}
	for range acknowledged {
		<-begun
	}
	n.close()
	cancel() // a writer whose entry nobody will fold any more gives up with its call
	wg.Wait()
	n = start(t, dir, nil)
	head := n.settled()
	for _, seq := range acknowledged {
		if seq > head.Seq {
			t.Errorf("entry %d was acknowledged, after the restart the head is %d", seq, head.Seq)
		}
	}
}
