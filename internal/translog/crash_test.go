package translog_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/translog"
)

var errCrash = errors.New("the machine stopped here")

// steps lists the steps of appending entries from..to to a log of the first
// from ones.
func steps(t *testing.T, skey string, from, to int) []string {
	t.Helper()
	l := open(t, t.TempDir(), skey)
	appendAll(t, l, 0, from)
	var names []string
	l.FailAt(func(step string) error { names = append(names, step); return nil })
	appendAll(t, l, from, to)
	return names
}

// The steps come in the order that the package comment promises, and only tiles
// that change are written.
func TestOrderOfWriting(t *testing.T) {
	skey, _ := newKey(t)
	want := []string{
		"write tile/entries/001", "write tile/0/001", "write tile/entries/002.p/1", "write tile/0/002.p/1", "write tile/1/000.p/2",
		"sync", "write checkpoint.next", "sync checkpoint.next", "rename checkpoint.next", "sync checkpoint",
	}
	if diff := cmp.Diff(want, steps(t, skey, 511, 513)); diff != "" {
		t.Errorf("over the edge of a tile (-want +got):\n%s", diff)
	}
	want = append([]string{"write tile/entries/001.p/45", "write tile/0/001.p/45"}, want[5:]...)
	if diff := cmp.Diff(want, steps(t, skey, 300, 301)); diff != "" {
		t.Errorf("within a tile (-want +got):\n%s", diff)
	}
}

// An append that is cut short before any of its steps leaves a log that opens
// again with all of the batch or none, that never contradicts a checkpoint that
// was signed, and that takes other entries from there.
func TestCrashBetweenSteps(t *testing.T) {
	t.Parallel()
	skey, v := newKey(t)
	for _, batch := range [][2]int{{0, 1}, {250, 300}, {255, 256}, {500, 800}} {
		from, to := batch[0], batch[1]
		ref := newReference(t, to)
		for _, at := range steps(t, skey, from, to) {
			dir := t.TempDir()
			l, err := translog.Open(dir, skey)
			if err != nil {
				t.Fatal(err)
			}
			appendAll(t, l, 0, from)
			before := l.Tree()
			l.FailAt(func(step string) error {
				if step == at {
					return errCrash
				}
				return nil
			})
			if _, err := l.Append(context.Background(), entries(from, to)...); !errors.Is(err, errCrash) {
				t.Fatalf("%v at %q: error is %v", batch, at, err)
			}
			if l.Tree() != before {
				t.Fatalf("%v at %q: a failed append changed what readers see", batch, at)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			// What a crash in the middle of a write leaves beside the files.
			if err := os.WriteFile(filepath.Join(dir, ".staging-1"), []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}

			l, err = translog.Open(dir, skey)
			if err != nil {
				t.Fatalf("%v at %q: reopen: %v", batch, at, err)
			}
			size := int(l.Tree().Size)
			signed := at == "sync checkpoint.next" || at == "rename checkpoint.next" || at == "sync checkpoint"
			if want := map[bool]int{false: from, true: to}[signed]; size != want || l.Tree().Root != ref.root(t, want) {
				t.Errorf("%v at %q: size is %d, want %d", batch, at, size, want)
			}
			mustBeSound(t, dir, v, int64(size))
			other := []byte("not what was cut short")
			if _, err := l.Append(context.Background(), other); err != nil {
				t.Fatalf("%v at %q: append again: %v", batch, at, err)
			}
			if got, err := l.Entry(int64(size)); err != nil || string(got) != string(other) {
				t.Errorf("%v at %q: entry %d is %q, %v", batch, at, size, got, err)
			}
			mustBeSound(t, dir, v, int64(size+1))
			if left, err := filepath.Glob(filepath.Join(dir, ".staging*")); err != nil || len(left) > 0 {
				t.Errorf("%v at %q: left behind: %v %v", batch, at, left, err)
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Before a signature exists an append may be tried again; afterwards the log
// wants to be opened again, since the caller cannot know whether it counted.
func TestAppendAfterAFault(t *testing.T) {
	skey, v := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	fail := "sync"
	l.FailAt(func(step string) error {
		if step == fail {
			return errCrash
		}
		return nil
	})
	for _, size := range []int{9, 300} {
		if _, err := l.Append(context.Background(), entries(0, size)...); !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
	}
	fail = ""
	appendAll(t, l, 0, 5) // tiles of the failed ones lie about
	if left, err := filepath.Glob(filepath.Join(dir, "tile/0/000.p/*")); err != nil || len(left) != 1 {
		t.Errorf("partial tiles: %v %v, want only that of size 5", left, err)
	}
	mustBeSound(t, dir, v, 5)
	fail = "rename checkpoint.next"
	if _, err := l.Append(context.Background(), entry(5)); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	fail = ""
	if _, err := l.Append(context.Background(), entry(5)); !errors.Is(err, errCrash) {
		t.Errorf("append to a log of unknown state: %v", err)
	}
	if got := l.Tree().Size; got != 5 {
		t.Errorf("readers see size %d, want 5", got)
	}
}

func TestLostCheckpoint(t *testing.T) {
	skey, _ := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	appendAll(t, l, 0, 3)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "checkpoint")); err != nil {
		t.Fatal(err)
	}
	if _, err := translog.Open(dir, skey); !errors.Is(err, translog.ErrCorrupt) {
		t.Errorf("a log that lost its checkpoint was opened: %v", err)
	}
}
