package witness_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// A log that shows two histories has one of them cosigned, whatever it says.
func TestFork(t *testing.T) {
	dir, c, honest := t.TempDir(), newClock(), newLog(t)
	forged := sameKey(t, honest)
	honest.add(t, "one", "two", "three")
	forged.add(t, "one", "two", "another")
	w, stop := start(t, dir, c, honest.vkey)
	mustCosign(t, honest, w, 0)
	for range 2 {
		if _, err := w.Cosign(t.Context(), 0, nil, forged.Checkpoint()); standsAt(err) != 3 {
			t.Errorf("another three entries, from nothing: %v", err)
		}
		if _, err := w.Cosign(t.Context(), 3, nil, forged.Checkpoint()); refusedWith(err) != 409 {
			t.Errorf("another three entries: %v", err)
		}
		forgedAt := forged.Tree().Size
		forged.add(t, "more")
		for _, p := range []tlog.TreeProof{nil, forged.prove(t, 3, forgedAt+1), forged.prove(t, 2, forgedAt+1)} {
			if _, err := w.Cosign(t.Context(), 3, p, forged.Checkpoint()); refusedWith(err) != 422 {
				t.Errorf("the continuation of another history: %v", err)
			}
		}
		forged = sameKey(t, honest)
		forged.add(t, "one", "two", "another")
		stop()
		w, stop = start(t, dir, c, honest.vkey)
	}
	honest.add(t, "four")
	mustCosign(t, honest, w, 3)

	// What was kept proves it to anybody with the log's key.
	proofs, err := filepath.Glob(filepath.Join(dir, "forks", "*"))
	if err != nil || len(proofs) != 1 {
		t.Fatalf("proofs: %v, %v", proofs, err)
	}
	text, err := os.ReadFile(proofs[0])
	if err != nil {
		t.Fatal(err)
	}
	a, b, found := strings.Cut(string(text), "\n\n"+origin)
	if !found {
		t.Fatalf("not two checkpoints: %s", text)
	}
	v, err := translog.NewLogVerifier(honest.vkey)
	if err != nil {
		t.Fatal(err)
	}
	var trees [2]translog.Checkpoint
	for i, signed := range []string{a + "\n", origin + b} {
		if trees[i], err = translog.OpenCheckpoint([]byte(signed), v); err != nil {
			t.Fatal(err)
		}
	}
	if trees[0].Origin != trees[1].Origin || trees[0].Size != trees[1].Size || trees[0].Root == trees[1].Root {
		t.Errorf("the proof does not prove it: %v", trees)
	}
}

// However many forks are shown, the disk does not fill.
func TestForksAreBounded(t *testing.T) {
	dir, c, honest := t.TempDir(), newClock(), newLog(t)
	honest.add(t, "one")
	w, _ := start(t, dir, c, honest.vkey)
	mustCosign(t, honest, w, 0)
	for i := range 20 {
		forged := sameKey(t, honest)
		forged.add(t, fmt.Sprint(i))
		if _, err := w.Cosign(t.Context(), 1, nil, forged.Checkpoint()); refusedWith(err) != 409 {
			t.Fatal(err)
		}
	}
	if proofs, err := filepath.Glob(filepath.Join(dir, "forks", "*")); err != nil || len(proofs) != 8 {
		t.Errorf("%d proofs are kept (%v), want 8", len(proofs), err)
	}
}

// Of many that ask at once for two histories, only one history is cosigned, and
// the file is never behind what was answered.
func TestRace(t *testing.T) {
	t.Parallel()
	dir, c, a := t.TempDir(), newClock(), newLog(t)
	b := sameKey(t, a)
	w, _ := start(t, dir, c, a.vkey)
	var mu sync.Mutex
	histories := map[string]bool{}
	ask := func(l aLog, name string) {
		for i := range 20 {
			l.add(t, fmt.Sprint(name, i))
			size := l.Tree().Size
			checkpoint := l.Checkpoint()
			_, err := w.Cosign(context.Background(), 0, nil, checkpoint)
			if old := standsAt(err); old > 0 && old <= size {
				_, err = w.Cosign(context.Background(), old, l.prove(t, old, size), checkpoint)
			}
			if err == nil {
				mu.Lock()
				histories[name] = true
				mu.Unlock()
			}
		}
	}
	var all sync.WaitGroup
	all.Go(func() { ask(a, "a") })
	all.Go(func() { ask(b, "b") })
	all.Wait()
	if len(histories) != 1 {
		t.Errorf("histories that were cosigned: %v, want one", histories)
	}
}
