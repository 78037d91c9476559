package backup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-project/tocsin/internal/backup"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// Beside a hub that never pauses every run is a moment of it: entries without a
// gap, the keys that open them, and the files that the pin speaks of.
func TestRunsBesideAHubThatWorks(t *testing.T) {
	n, dir := newNode(t), filepath.Join(t.TempDir(), "backup")
	ctx, end := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() {
		for i := 2; ctx.Err() == nil; i++ {
			n.add(20)
			n.write(fmt.Sprintf("log/tile/%d", i), "a tile")
			n.write("log/checkpoint", fmt.Sprintf("origin\n%d\n", i))
			_ = os.Remove(filepath.Join(n.data, fmt.Sprintf("log/tile/%d", i-3))) // as partial tiles go
		}
	})
	runs := 0
	for range 6 {
		// The pin of a hub that works without any pause may never stay the same.
		if r, err := n.run(dir); err == nil && r.Run > 0 {
			runs++
		} else if err != nil && !strings.Contains(err.Error(), "does not stay the same") {
			t.Error(err)
		}
	}
	end()
	working.Wait()
	n.mustRun(dir)
	all := n.all()
	for run := 1; run <= runs+1; run++ {
		part := filepath.Join(t.TempDir(), "backup")
		if err := os.CopyFS(part, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		for later := run + 1; later <= runs+1; later++ {
			if err := os.Remove(filepath.Join(part, fmt.Sprintf("%08d.run", later))); err != nil {
				t.Fatal(err)
			}
		}
		if run <= runs && hasReplacedKeys(t, part) {
			continue // its keys were replaced by a later run
		}
		again, r := restored(t, part, backup.Options{})
		if diff := cmp.Diff(all[:r.Head.Seq], again.all(), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("run %d: %s", run, diff)
		}
		size, err := strconv.Atoi(strings.Split(string(r.Pin), "\n")[1])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(again.data, fmt.Sprintf("log/tile/%d", size))); err != nil {
			t.Errorf("run %d: the pin speaks of %d: %v", run, size, err)
		}
	}
}

func hasReplacedKeys(t *testing.T, dir string) bool {
	t.Helper()
	report, err := backup.Check(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Damage {
		if strings.HasPrefix(d.File, "keys/") {
			return true
		}
	}
	return false
}

// A run that is cut short counts for nothing, and the next one removes its traces.
func TestARunThatEndsEarly(t *testing.T) {
	n, dir := newNode(t), filepath.Join(t.TempDir(), "backup")
	n.add(3)
	n.mustRun(dir)
	before := files(t, dir)
	n.add(3)
	d, err := backup.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Open(dir); err == nil {
		t.Error("two processes have the backup open")
	}
	engine, err := sqlite.Open(filepath.Join(n.data, layout.Ledger), sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := d.Run(ended, backup.Source{Data: n.data, Layout: layout, Ledger: engine}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a run whose context has ended: %v", err)
	}
	if err := errors.Join(engine.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Errorf("it left: %s", diff)
	}
	// What kill -9 leaves.
	for _, name := range []string{"00000002-001.tar", "keys/000000-00000002.keys", ".staging-1", "keys/.staging-2"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if report, err := backup.Check(t.Context(), dir, nil); err != nil || len(report.Damage) > 0 || len(report.Left) != 2 {
		t.Errorf("%+v, %v", report, err)
	}
	if r := n.mustRun(dir); r.Run != 2 || r.Entries != 6 {
		t.Errorf("the next run: %+v", r)
	}
	if report, err := backup.Check(t.Context(), dir, nil); err != nil || len(report.Damage)+len(report.Left) > 0 || report.Entries != 12 {
		t.Errorf("%+v, %v", report, err)
	}
}

// A hub is never restored over another, nor anything from nothing.
func TestRestoreRefuses(t *testing.T) {
	n, dir, k := newNode(t), filepath.Join(t.TempDir(), "backup"), key(t)
	n.add(1)
	n.mustRun(dir, k.Recipient())
	ids := backup.Options{Identities: []age.Identity{k}}
	if _, err := backup.Restore(t.Context(), dir, n.data, layout, ids); err == nil || !strings.Contains(err.Error(), "never restored over") {
		t.Errorf("over a hub: %v", err)
	}
	empty := t.TempDir()
	if _, err := backup.Restore(t.Context(), dir, empty, layout, ids); err != nil {
		t.Errorf("into an empty directory: %v", err)
	}
	for _, from := range []string{t.TempDir(), filepath.Join(t.TempDir(), "nowhere")} {
		if _, err := backup.Restore(t.Context(), from, filepath.Join(t.TempDir(), "data"), layout, ids); err == nil {
			t.Error("restored from nothing")
		}
	}
	if report, err := backup.Check(t.Context(), t.TempDir(), nil); err != nil || len(report.Damage) == 0 {
		t.Errorf("an empty directory is a sound backup: %+v, %v", report, err)
	}
}
