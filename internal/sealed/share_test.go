package sealed_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/ledgertest"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// TestConformanceOfSharedKeys runs the suite with keys of a supply, which is
// another one's as well.
func TestConformanceOfSharedKeys(t *testing.T) {
	s := new(supply)
	suiteWith(t, func(*testing.T) sealed.Supply {
		if _, _, err := s.Draw(t.Context(), 3); err != nil {
			t.Error(err)
		}
		return s
	})
}

// suiteWith runs the suite over keys of a supply.
func suiteWith(t *testing.T, of func(*testing.T) sealed.Supply) {
	clock := ledgertest.JumpyClock()
	ledgertest.Run(t, func(t *testing.T, dir string) ledger.Ledger {
		keys, err := sealed.OpenKeys(keysPath(dir))
		if err != nil {
			t.Fatal(err)
		}
		keys.Share(of(t))
		l, err := sealed.Open(t.Context(), engine(t, dir, sqlite.Options{Clock: clock}), keys, func(k ledger.Kind) bool { return k != "object.added" })
		if err != nil {
			t.Fatal(err)
		}
		return &inTheClear{Ledger: l}
	})
}

// twoNodes are two nodes of one ledger, and the directories of their keys.
func twoNodes(t *testing.T, s sealed.Supply) (inner ledger.Ledger, dirs []string, nodes []*sealed.Ledger) {
	t.Helper()
	inner = engine(t, t.TempDir(), sqlite.Options{})
	t.Cleanup(func() { inner.Close() })
	for range 2 {
		dir := t.TempDir()
		dirs, nodes = append(dirs, dir), append(nodes, node(t, dir, inner, s))
	}
	return inner, dirs, nodes
}

func bodies(t *testing.T, l ledger.Ledger) []string {
	t.Helper()
	es, err := all(t, l)
	if err != nil {
		t.Fatal(err)
	}
	return bytesOf(es)
}

// TestEachNodeReadsTheOthers has two nodes append in turn, one of them more at
// once than it draws at a time.
func TestEachNodeReadsTheOthers(t *testing.T) {
	s := new(supply)
	inner, dirs, nodes := twoNodes(t, s)
	var want []string
	for i, n := range []int{1, 900, 200, 1500, 3, 1} {
		want = append(want, bytesOf(told(t, nodes[i%2], n))...)
	}
	nodes = append(nodes, node(t, t.TempDir(), inner, s)) // and a fresh one
	for i, l := range nodes {
		if diff := cmp.Diff(want, bodies(t, l)); diff != "" {
			t.Fatalf("node %d (-want +got):\n%s", i+1, diff)
		}
	}
	numbers, err := nodes[0].KeysOf(t.Context(), upTo(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	if slices.Sort(numbers); len(slices.Compact(numbers)) != len(want) {
		t.Error("two entries have one key")
	}
	for i, l := range nodes[:2] {
		closed(t, l)
		copied, err := os.ReadFile(keysPath(dirs[i]))
		if err != nil || !bytes.Equal(copied[32:], s.keys[:len(copied)-32]) || len(copied)/32 < 900 {
			t.Errorf("node %d: its file of %d bytes is no copy of the supply: %v", i+1, len(copied), err)
		}
	}
}

func upTo(n int) (seqs []ledger.Seq) {
	for i := range n {
		seqs = append(seqs, ledger.Seq(i+1))
	}
	return seqs
}

// TestErasedOnEveryNode erases at one node, and as a hub does at the other. An
// older file, and a fresh one, have what was erased no more.
func TestErasedOnEveryNode(t *testing.T) {
	s := new(supply)
	inner, dirs, nodes := twoNodes(t, s)
	told(t, nodes[0], 30)
	bodies(t, nodes[1])
	old, err := os.ReadFile(keysPath(dirs[1]))
	if err != nil {
		t.Fatal(err)
	}
	gone := []ledger.Seq{2, 30}
	keys := keysNow(t, dirs[1], []uint64{2, 30})
	for i, l := range nodes {
		for range 2 {
			if err := l.Erase(t.Context(), gone...); err != nil {
				t.Fatal(err)
			}
		}
		for _, key := range keys {
			if found := holding(t, dirs[i], key); found != nil {
				t.Errorf("node %d has a destroyed key in %v", i+1, found)
			}
		}
	}
	want := bodies(t, nodes[0])
	if want[1] != ledger.Erased || want[29] != ledger.Erased || want[2] == ledger.Erased {
		t.Fatalf("after the erasure: %q", want)
	}
	closed(t, nodes[1])
	if err := os.WriteFile(keysPath(dirs[1]), old, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dirs[1], t.TempDir()} {
		l := node(t, dir, inner, s)
		if diff := cmp.Diff(want, bodies(t, l)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		closed(t, l)
		for _, key := range keys {
			if found := holding(t, dir, key); found != nil {
				t.Errorf("a destroyed key stands in %v", found)
			}
		}
	}
}

// TestNumbersAreNotGivenAgain: with a restart, clean or not, drawn numbers are gone.
func TestNumbersAreNotGivenAgain(t *testing.T) {
	s := new(supply)
	inner, dirs, nodes := twoNodes(t, s)
	told(t, nodes[0], 1)
	before, err := os.Stat(keysPath(dirs[0]))
	if err != nil {
		t.Fatal(err)
	}
	closed(t, nodes[0])
	after, err := os.Stat(keysPath(dirs[0]))
	if err != nil || after.Size() != before.Size() {
		t.Errorf("closing changed the size of the copy from %d to %d, %v", before.Size(), after.Size(), err)
	}
	l := node(t, dirs[0], inner, s)
	told(t, l, 1)
	numbers, err := l.KeysOf(t.Context(), []ledger.Seq{1, 2})
	if err != nil || numbers[1] <= uint64(before.Size()/32-1) {
		t.Errorf("the entries' keys are %v, and %d were drawn before: %v", numbers, before.Size()/32-1, err)
	}
}

// TestFilesThatAreNotTheSupplys opens what is no copy of the supply, and what a
// crash has left of one.
func TestFilesThatAreNotTheSupplys(t *testing.T) {
	defer sealed.SetSupplyPatience(time.Millisecond)()
	s := new(supply)
	inner, dirs, nodes := twoNodes(t, s)
	want := bytesOf(told(t, nodes[0], 400))
	closed(t, nodes[0])
	file, err := os.ReadFile(keysPath(dirs[0]))
	if err != nil {
		t.Fatal(err)
	}
	altered := func(change func(f []byte)) []byte {
		f := bytes.Clone(file)
		change(f)
		return f
	}
	for name, c := range map[string]struct {
		file  []byte
		parts []string // of the error; none: it opens
	}{
		"the same":              {file, nil},
		"empty":                 {nil, nil},
		"torn at making":        {file[:20], nil},
		"header alone":          {file[:32], nil},
		"shorter":               {file[:32*150], nil},
		"torn slot":             {file[:32*150+7], nil},
		"zeros at the end":      {altered(func(f []byte) { clear(f[32*300:]) }), nil},
		"zeros behind a hole":   {append(bytes.Clone(file[:32*150]), make([]byte, 32*100)...), nil},
		"another key":           {altered(func(f []byte) { f[32*200]++ }), []string{"key 200", "another one than the nodes'"}},
		"longer":                {append(bytes.Clone(file), file[32:64]...), []string{"the nodes have", "tocsin ledger copy"}},
		"another file entirely": {altered(func(f []byte) { copy(f, "tocsink2") }), []string{"not a keys file"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(keysPath(dir), c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := openNode(t, dir, inner, s)
			if len(c.parts) > 0 {
				wantError(t, err, nil, c.parts...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if diff := cmp.Diff(want, bodies(t, l)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSupplyBehind reads an entry of another node whose key the supply does
// not know of yet, and one whose key it never will.
func TestSupplyBehind(t *testing.T) {
	s := new(supply)
	_, _, nodes := twoNodes(t, s)
	told(t, nodes[0], 1)
	s.hide(1024)
	read := make(chan []string)
	go func() {
		es, err := all(t, nodes[1])
		if err != nil {
			t.Error(err)
		}
		read <- bytesOf(es)
	}()
	select {
	case got := <-read:
		t.Errorf("read %q without the key", got)
	case <-time.After(50 * time.Millisecond):
	}
	s.hide(0)
	if got := <-read; len(got) != 1 || got[0] == ledger.Erased {
		t.Errorf("read %q", got)
	}
	defer sealed.SetSupplyPatience(10 * time.Millisecond)()
	told(t, nodes[0], 1500)
	s.hide(1500)
	_, err := all(t, nodes[1])
	wantError(t, err, ledger.ErrCorrupt, "entry 2", "key 1025")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range nodes[1].Read(ctx, 1) {
		wantError(t, err, nil)
	}
}

func (s *supply) hide(n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = n
}

// TestReadsGoOnWithoutTheSupply: what a node has, it reads and appends with
// while no majority answers.
func TestReadsGoOnWithoutTheSupply(t *testing.T) {
	s := new(supply)
	_, _, nodes := twoNodes(t, s)
	told(t, nodes[0], 1)
	bodies(t, nodes[1])
	away := make(chan struct{})
	s.mu.Lock()
	s.away = away
	s.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { // wants more than was drawn
		_, err := nodes[0].Append(ctx, ledger.Any, slices.Repeat([]ledger.Draft{{Kind: "secret.told", Body: []byte(`{}`)}}, 2000)...)
		ended <- err
	}()
	for range 3 {
		told(t, nodes[0], 1)
	}
	if got := bodies(t, nodes[1]); len(got) != 4 || slices.Contains(got, ledger.Erased) {
		t.Errorf("read %q", got)
	}
	cancel()
	if err := <-ended; !errors.Is(err, ledger.ErrUnavailable) {
		t.Errorf("an append without keys: %v", err)
	}
	close(away)
	told(t, nodes[0], 2000)
}

// TestDrawnIsNotDestroyed: a key that is not in an entry yet must stay.
func TestDrawnIsNotDestroyed(t *testing.T) {
	s := new(supply)
	keys, err := sealed.OpenKeys(keysPath(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, keys)
	keys.Share(s)
	if err := keys.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	if first, _, err := keys.Draw(t.Context(), 2); err != nil || first != 1 {
		t.Fatal(first, err)
	}
	for _, n := range []uint64{0, 3, 1024, 1025} {
		wantError(t, keys.Destroy(1, n), ledger.ErrInvalid, "never used")
	}
	if err := keys.Destroy(1); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[uint64]bool{1: true, 2: false, 3: false} {
		if gone, err := keys.Destroyed(n); gone != want || err != nil {
			t.Errorf("key %d: destroyed %v, %v", n, gone, err)
		}
	}
}

// TestManyDrawAndDestroy has two nodes draw, fill up and destroy at once; each
// destroys what the other did, as hubs do. In the end both have the supply's keys.
func TestManyDrawAndDestroy(t *testing.T) {
	s := new(supply)
	dirs := []string{t.TempDir(), t.TempDir()}
	var rings []*sealed.Keyring
	for _, dir := range dirs {
		keys, err := sealed.OpenKeys(keysPath(dir))
		if err != nil {
			t.Fatal(err)
		}
		keys.Share(s)
		if err := keys.Join(t.Context()); err != nil {
			t.Fatal(err)
		}
		rings = append(rings, keys)
	}
	var mu sync.Mutex
	given := make(map[uint64]string)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if err := drawAndDestroy(t, rings[i%2], rings[1-i%2], i, &mu, given); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i, k := range rings {
		if err := k.Join(t.Context()); err != nil {
			t.Fatal(err)
		}
		closed(t, k)
		if file, err := os.ReadFile(keysPath(dirs[i])); err != nil || !bytes.Equal(file[32:], s.keys) {
			t.Errorf("node %d's file is not what the supply has: %v", i+1, err)
		}
	}
}

func drawAndDestroy(t *testing.T, own, other *sealed.Keyring, i int, mu *sync.Mutex, given map[uint64]string) error {
	for round := range 60 {
		first, keys, err := own.Draw(t.Context(), 1+(round*37+i)%200)
		if err != nil {
			return err
		}
		mu.Lock()
		for n := range uint64(len(keys) / 32) {
			if was := given[first+n]; was != "" {
				err = fmt.Errorf("key %d was given twice", first+n)
			}
			given[first+n] = string(keys[n*32:][:32])
		}
		mu.Unlock()
		if err != nil {
			return err
		}
		for _, k := range []*sealed.Keyring{own, other} {
			if err := k.Destroy(first); err != nil {
				return err
			}
			if gone, err := k.Destroyed(first); err != nil || !gone {
				return fmt.Errorf("key %d is destroyed: %v, %w", first, gone, err)
			}
		}
	}
	return nil
}
