package jetstream_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// sample writes a ledger of n entries, one an append, and gives them.
func sample(t *testing.T, dir string, n int) []ledger.Entry {
	t.Helper()
	l := openAlone(t, dir, nil)
	var all []ledger.Entry
	for i := range n {
		es, err := l.Append(context.Background(), ledger.Any, ledger.Draft{Kind: "test.written", Body: make([]byte, i%200)})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, es...)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// reopen starts a node on the directory and opens its ledger.
func reopen(t *testing.T, dir string) (ledger.Ledger, error) {
	t.Helper()
	node, err := jetstream.Start(jetstream.NodeConfig{Dir: dir})
	if err != nil {
		return nil, err
	}
	l, err := jetstream.Open(soon(t), node, jetstream.Options{})
	if err != nil {
		node.Close()
		return nil, err
	}
	return alone{l, node}, nil
}

// TestLostTail has a stream that ends before what was acknowledged, as after
// damage in its last block; and one that is gone.
func TestLostTail(t *testing.T) {
	dir := t.TempDir()
	sample(t, dir, 20)
	early := copied(t, dir)
	sample(t, dir, 3)
	later, err := os.ReadFile(filepath.Join(dir, "ledger.head"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(early, "ledger.head"), later, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := reopen(t, early); !errors.Is(err, ledger.ErrCorrupt) || !strings.Contains(err.Error(), "3 acknowledged entries are missing") {
		t.Errorf("a lost tail: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "nats")); err != nil {
		t.Fatal(err)
	}
	if _, err := reopen(t, dir); !errors.Is(err, ledger.ErrCorrupt) || !strings.Contains(err.Error(), "23 acknowledged entries are missing") {
		t.Errorf("a stream that is gone: %v", err)
	}
}

// TestOtherHistory has a ledger beside the anchor of another one.
func TestOtherHistory(t *testing.T) {
	one, other := t.TempDir(), t.TempDir()
	sample(t, one, 5)
	sample(t, other, 5)
	anchor, err := os.ReadFile(filepath.Join(other, "ledger.head"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(one, "ledger.head"), anchor, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := reopen(t, one); !errors.Is(err, ledger.ErrCorrupt) || !strings.Contains(err.Error(), "not the one that was acknowledged") {
		t.Errorf("another history: %v", err)
	}
}

// TestFlippedBits flips one bit at many places of what JetStream keeps its
// messages in. It drops what it takes for damaged, and in the last block all
// that follows, with one line in its log. The ledger has to notice: it refuses
// to open, or what is damaged or missing is named, or nothing is.
func TestFlippedBits(t *testing.T) {
	dir := t.TempDir()
	all := sample(t, dir, 60)
	blocks := blocksOf(t, dir)
	refused, named := 0, 0
	for _, block := range blocks {
		path := filepath.Join(dir, block)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for at := 3; at < len(whole); at += max(1, len(whole)/24) {
			damaged := copied(t, dir)
			bad := append([]byte(nil), whole...)
			bad[at] ^= 1 << (at % 8)
			if err := os.WriteFile(filepath.Join(damaged, block), bad, 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := reopen(t, damaged)
			if err != nil {
				refused++
				continue
			}
			named += noticed(t, l, all, at)
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	t.Logf("of the flipped bits, %d kept the ledger from opening and %d were named by check", refused, named)
	if refused+named == 0 {
		t.Error("no flipped bit did anything: the test flips them in the wrong files")
	}
}

// noticed says 1 if check names damage, and fails the test if it does not
// though an entry is not as it was.
func noticed(t *testing.T, l ledger.Ledger, all []ledger.Entry, at int) int {
	t.Helper()
	r, err := l.Check(context.Background())
	if err != nil {
		t.Fatalf("bit at %d: check: %v", at, err)
	}
	if len(r.Damage) > 0 {
		return 1
	}
	n := 0
	for e, err := range l.Read(context.Background(), 0) {
		if err != nil || n >= len(all) || e.Hash != all[n].Hash {
			t.Fatalf("bit at %d: check finds nothing, but entry %d is read as %v, %v", at, n+1, e, err)
		}
		n++
	}
	if n != len(all) {
		t.Fatalf("bit at %d: check finds nothing, but %d entries of %d can be read", at, n, len(all))
	}
	return 0
}

// blocksOf finds the files of messages, below dir.
func blocksOf(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".blk") {
			found = append(found, path)
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d blocks of messages, %v", len(found), err)
	}
	return found
}

// TestOneDamagedCopy flips bits in one of three copies, which JetStream may cut
// short there, and may then have lead the stream. Whatever node is asked, it
// gives every entry that was acknowledged, or says what is damaged.
func TestOneDamagedCopy(t *testing.T) {
	const n = 60
	files := threeNodes(t, t.TempDir())
	nodes := startAll(t, files)
	ledgers := openEach(t, nodes, jetstream.Options{})
	for i := range n {
		if _, err := ledgers[i%3].Append(soon(t), ledger.Any, ledger.Draft{Kind: "test.written", Body: make([]byte, 10*i)}); err != nil {
			t.Fatal(err)
		}
	}
	allEqual(t, ledgers, n)
	for i := range nodes {
		if err := ledgers[i].Close(); err != nil {
			t.Fatal(err)
		}
		nodes[i].Close()
	}
	dir := mustReadConfig(t, files[2]).Dir
	for _, block := range blocksOf(t, dir) {
		path := filepath.Join(dir, block)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > 0 {
			raw[len(raw)/2] ^= 1
		}
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, node := range startAll(t, files) {
		l, err := jetstream.Open(soon(t), node, jetstream.Options{Patience: 5 * time.Second})
		if err != nil {
			t.Logf("node %d does not open: %v", i+1, err)
			continue
		}
		got, last := 0, error(nil)
		for _, err := range l.Read(soon(t), 0) {
			if last = err; err == nil {
				got++
			}
		}
		t.Logf("node %d gives %d entries, %v", i+1, got, last)
		if last == nil && got != n {
			t.Errorf("node %d gives %d entries of %d as if that were all", i+1, got, n)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
