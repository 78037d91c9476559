package translog_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
)

const origin = "log.example/tocsin"

func newKey(t *testing.T) (skey string, v note.Verifier) {
	t.Helper()
	skey, vkey, err := translog.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = note.NewVerifier(vkey); err != nil {
		t.Fatal(err)
	}
	return skey, v
}

func open(t *testing.T, dir, skey string) *translog.Log {
	t.Helper()
	l, err := translog.Open(dir, skey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func entry(i int) []byte { return fmt.Appendf(nil, "entry number %d", i) }

func entries(from, to int) [][]byte {
	var es [][]byte
	for i := from; i < to; i++ {
		es = append(es, entry(i))
	}
	return es
}

func appendAll(t *testing.T, l *translog.Log, from, to int) {
	t.Helper()
	first, err := l.Append(context.Background(), entries(from, to)...)
	if err != nil {
		t.Fatal(err)
	}
	if first != int64(from) {
		t.Fatalf("first index is %d, want %d", first, from)
	}
}

// reference is the tree as package tlog computes it, without tiles.
type reference struct{ hashes []tlog.Hash }

func (r *reference) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = r.hashes[x]
	}
	return out, nil
}

func (r *reference) root(t *testing.T, n int) tlog.Hash {
	t.Helper()
	h, err := tlog.TreeHash(int64(n), r)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func newReference(t *testing.T, n int) *reference {
	t.Helper()
	r := &reference{}
	for i := range n {
		hs, err := tlog.StoredHashes(int64(i), entry(i), r)
		if err != nil {
			t.Fatal(err)
		}
		r.hashes = append(r.hashes, hs...)
	}
	return r
}

func mustBeSound(t *testing.T, dir string, v note.Verifier, size int64) {
	t.Helper()
	report, err := translog.Check(dir, v)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Damage) != 0 || report.Checkpoint.Size != size {
		t.Fatalf("check: size %d (want %d), damage %v", report.Checkpoint.Size, size, report.Damage)
	}
}

// Batches that end before, at and after the edges of tiles, up to three levels.
func TestTreeAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	skey, v := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	sizes := []int{0, 1, 2, 3, 255, 256, 257, 300, 511, 512, 1000, 1025, 66000}
	ref := newReference(t, sizes[len(sizes)-1])
	for i, size := range sizes {
		if i > 0 {
			appendAll(t, l, sizes[i-1], size)
		}
		tree, err := translog.OpenCheckpoint(l.Checkpoint(), v)
		if err != nil {
			t.Fatal(err)
		}
		want := translog.Checkpoint{Origin: origin, Size: int64(size), Root: ref.root(t, size)}
		if tree != want || l.Tree() != want {
			t.Fatalf("checkpoint is %v, want %v", tree, want)
		}
		onDisk, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
		if err != nil || !bytes.Equal(onDisk, l.Checkpoint()) {
			t.Fatalf("the file is not the checkpoint: %v", err)
		}
		mustBeSound(t, dir, v, int64(size))
	}
	for _, size := range sizes[1:] {
		for _, i := range []int{0, 1, size / 2, size - 2, size - 1} {
			if i < 0 || i >= size {
				continue
			}
			proof, err := l.ProveInclusion(int64(i), int64(size))
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckRecord(proof, int64(size), ref.root(t, size), int64(i), tlog.RecordHash(entry(i))); err != nil {
				t.Errorf("entry %d in size %d: %v", i, size, err)
			}
			if err := tlog.CheckRecord(proof, int64(size), ref.root(t, size), int64(i), tlog.RecordHash([]byte("another"))); err == nil {
				t.Errorf("entry %d in size %d: the proof proves another entry, too", i, size)
			}
		}
		for _, older := range sizes[1:] {
			if older > size {
				break
			}
			proof, err := l.ProveConsistency(int64(older), int64(size))
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckTree(proof, int64(size), ref.root(t, size), int64(older), ref.root(t, older)); err != nil {
				t.Errorf("sizes %d and %d: %v", older, size, err)
			}
		}
	}
	for _, i := range []int{0, 255, 256, 65999} {
		if got, err := l.Entry(int64(i)); err != nil || !bytes.Equal(got, entry(i)) {
			t.Errorf("entry %d is %q, %v", i, got, err)
		}
	}
}

// The files of a log of 70,000 entries are those that the specification lists
// (C2SP tlog-tiles, "Partial Tiles").
func TestLayout(t *testing.T) {
	t.Parallel()
	skey, _ := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	appendAll(t, l, 0, 200) // leaves partial tiles that become full
	appendAll(t, l, 200, 70000)
	count := func(pattern string) int {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	for pattern, want := range map[string]int{
		"tile/0/[0-9][0-9][0-9]": 273, "tile/0/273.p/112": 1, "tile/0/*.p": 1,
		"tile/1/[0-9][0-9][0-9]": 1, "tile/1/001.p/17": 1, "tile/1/*.p": 1,
		"tile/2/000.p/1": 1, "tile/2/*": 1, "tile/*": 4,
		"tile/entries/[0-9][0-9][0-9]": 273, "tile/entries/273.p/112": 1, "tile/entries/*.p": 1,
		"*": 2,
	} {
		if got := count(pattern); got != want {
			t.Errorf("%d files match %s, want %d", got, pattern, want)
		}
	}
	full, err := os.ReadFile(filepath.Join(dir, "tile/0/000"))
	if err != nil || len(full) != 8192 {
		t.Errorf("a full tile has %d bytes, want 8192 (%v)", len(full), err)
	}
	bundle, err := os.ReadFile(filepath.Join(dir, "tile/entries/273.p/112"))
	if err != nil {
		t.Fatal(err)
	}
	if n := binary.BigEndian.Uint16(bundle); string(bundle[2:2+n]) != string(entry(273*256)) {
		t.Errorf("the last bundle begins with %q", bundle[2:2+n])
	}
}

func TestReopen(t *testing.T) {
	skey, v := newKey(t)
	dir := t.TempDir()
	ref := newReference(t, 600)
	for i, to := range []int{0, 1, 256, 300, 512, 600} {
		from := []int{0, 0, 1, 256, 300, 512}[i]
		l, err := translog.Open(dir, skey)
		if err != nil {
			t.Fatal(err)
		}
		appendAll(t, l, from, to)
		if got := l.Tree().Root; got != ref.root(t, to) {
			t.Fatalf("size %d: root is %v, want %v", to, got, ref.root(t, to))
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	mustBeSound(t, dir, v, 600)
}

func TestOneWriter(t *testing.T) {
	skey, _ := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	if _, err := translog.Open(dir, skey); err == nil {
		t.Fatal("a second writer was let in")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(context.Background(), entry(0)); !errors.Is(err, translog.ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
	again, err := translog.Open(dir, skey)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestBadInput(t *testing.T) {
	skey, v := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	appendAll(t, l, 0, 10)
	ctx := context.Background()
	for name, batch := range map[string][][]byte{
		"too large": {entry(10), make([]byte, translog.MaxEntry+1)},
		"empty":     {entry(10), {}},
	} {
		if _, err := l.Append(ctx, batch...); !errors.Is(err, translog.ErrInvalid) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := l.Append(cancelled, entry(10)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error is %v", err)
	}
	for _, q := range [][2]int64{{-1, 5}, {5, 5}, {3, 11}} {
		if _, err := l.ProveInclusion(q[0], q[1]); !errors.Is(err, translog.ErrInvalid) {
			t.Errorf("inclusion of %v: error is %v", q, err)
		}
	}
	for _, q := range [][2]int64{{0, 5}, {6, 5}, {3, 11}} {
		if _, err := l.ProveConsistency(q[0], q[1]); !errors.Is(err, translog.ErrInvalid) {
			t.Errorf("consistency of %v: error is %v", q, err)
		}
	}
	if _, err := l.Entry(10); !errors.Is(err, translog.ErrInvalid) {
		t.Errorf("entry 10 of 10: error is %v", err)
	}
	mustBeSound(t, dir, v, 10) // nothing of the refused batches was taken
	largest := make([]byte, translog.MaxEntry)
	if _, err := l.Append(ctx, largest); err != nil {
		t.Error(err)
	}
	mustBeSound(t, dir, v, 11)
}

// A proof that was begun before partial tiles were removed finds the full ones.
func TestProofAcrossPruning(t *testing.T) {
	skey, _ := newKey(t)
	l := open(t, t.TempDir(), skey)
	appendAll(t, l, 0, 200)
	root := l.Tree().Root
	appendAll(t, l, 200, 300)
	proof, err := tlog.ProveRecord(200, 7, l.HashesAt(200))
	if err != nil {
		t.Fatal(err)
	}
	if err := tlog.CheckRecord(proof, 200, root, 7, tlog.RecordHash(entry(7))); err != nil {
		t.Error(err)
	}
}

// Readers prove against the checkpoint that they hold while a writer goes on
// and removes partial tiles.
func TestReadersBesideAWriter(t *testing.T) {
	t.Parallel()
	skey, _ := newKey(t)
	l := open(t, t.TempDir(), skey)
	ref := newReference(t, 900)
	appendAll(t, l, 0, 1)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				tree := l.Tree()
				i := tree.Size - 1
				proof, err := l.ProveInclusion(i, tree.Size)
				if err == nil {
					err = tlog.CheckRecord(proof, tree.Size, tree.Root, i, tlog.RecordHash(entry(int(i))))
				}
				if err != nil {
					t.Errorf("size %d: %v", tree.Size, err)
					return
				}
				if _, err := l.Entry(i); err != nil {
					t.Errorf("size %d: %v", tree.Size, err)
					return
				}
			}
		})
	}
	for from := 1; from < 900; {
		to := min(from+37, 900)
		appendAll(t, l, from, to)
		from = to
	}
	close(stop)
	readers.Wait()
	if l.Tree().Root != ref.root(t, 900) {
		t.Error("wrong root")
	}
}
