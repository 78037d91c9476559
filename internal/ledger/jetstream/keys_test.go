package jetstream_test

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// keysOfEach opens the ledger and its keys at every node.
func keysOfEach(t *testing.T, nodes []*jetstream.Node) []*jetstream.Keys {
	t.Helper()
	var all []*jetstream.Keys
	for _, l := range openEach(t, nodes, jetstream.Options{}) {
		k, err := l.Keys(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, k)
	}
	return all
}

func oneNode(t *testing.T, dir string) *jetstream.Node {
	t.Helper()
	node, err := jetstream.Start(jetstream.NodeConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Close)
	return node
}

func draw(t *testing.T, k *jetstream.Keys, n int) (uint64, []byte) {
	t.Helper()
	first, keys, err := k.Draw(soon(t), n)
	if err != nil || len(keys) != 32*n {
		t.Fatalf("draw %d keys: %d bytes, %v", n, len(keys), err)
	}
	return first, keys
}

func destroy(t *testing.T, k *jetstream.Keys, numbers ...uint64) {
	t.Helper()
	if err := k.Destroy(soon(t), numbers...); err != nil {
		t.Fatal(err)
	}
}

// wantKeys reads all keys after the number at every node.
func wantKeys(t *testing.T, all []*jetstream.Keys, after uint64, want []byte) {
	t.Helper()
	for i, k := range all {
		got, err := k.Read(soon(t), after, 1<<20)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("node %d: keys after %d: %d bytes, want %d, equal: %v, %v", i+1, after, len(got), len(want), bytes.Equal(got, want), err)
		}
	}
}

// wipe makes the keys with these numbers zeros.
func wipe(keys []byte, numbers ...uint64) {
	for _, n := range numbers {
		clear(keys[(n-1)*32:][:32])
	}
}

// TestKeys draws, reads and destroys at one node and at three, at each in turn.
func TestKeys(t *testing.T) {
	for name, start := range map[string]func(*testing.T) []*jetstream.Node{
		"one":   func(t *testing.T) []*jetstream.Node { return []*jetstream.Node{oneNode(t, t.TempDir())} },
		"three": func(t *testing.T) []*jetstream.Node { return startThree(t) },
	} {
		t.Run(name, func(t *testing.T) { keysLife(t, keysOfEach(t, start(t))) })
	}
}

func keysLife(t *testing.T, all []*jetstream.Keys) {
	at := func(i int) *jetstream.Keys { return all[i%len(all)] }
	wantKeys(t, all, 0, nil)
	if gone, err := all[0].Destroyed(soon(t)); err != nil || len(gone) > 0 {
		t.Errorf("of no key are destroyed: %v, %v", gone, err)
	}
	var want []byte
	for i, n := range []int{1, 700, 2, 1, 600} {
		first, keys := draw(t, at(i), n)
		if first != uint64(len(want)/32+1) {
			t.Fatalf("the first of %d keys is %d, %d were drawn before", n, first, len(want)/32)
		}
		want = append(want, keys...)
	}
	wantKeys(t, all, 0, want)
	wantKeys(t, all, 700, want[700*32:])
	for i, numbers := range [][]uint64{{1, 2}, {513, 512, 514}, {1304}, {1303}, {1, 513, 900, 1304}} {
		destroy(t, at(i), numbers...)
		wipe(want, numbers...)
		wantKeys(t, all, 0, want)
	}
	var gone []uint64
	for n := range uint64(1304) {
		if bytes.Equal(want[n*32:][:32], make([]byte, 32)) {
			gone = append(gone, n+1)
		}
	}
	for i, k := range all {
		if got, err := k.Destroyed(soon(t)); err != nil || !slices.Equal(got, gone) {
			t.Errorf("node %d: destroyed are %v, want %v, %v", i+1, got, gone, err)
		}
	}
	for _, n := range []uint64{0, 1305, 1 << 63} {
		if err := at(1).Destroy(soon(t), 5, n); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("destroy key %d, which was never used: %v", n, err)
		}
	}
	wantKeys(t, all, 0, want) // none of them was
	if first, _ := draw(t, at(2), 1); first != 1305 {
		t.Errorf("after the last key was destroyed the next is %d", first)
	}
}

// TestAllKeysDestroyed leaves a stream without a message.
func TestAllKeysDestroyed(t *testing.T) {
	dir := t.TempDir()
	node := oneNode(t, dir)
	all := keysOfEach(t, []*jetstream.Node{node})
	draw(t, all[0], 3)
	destroy(t, all[0], 2, 1, 3)
	wantKeys(t, all, 0, make([]byte, 3*32))
	node.Close()
	all = keysOfEach(t, []*jetstream.Node{oneNode(t, dir)})
	wantKeys(t, all, 0, make([]byte, 3*32))
	if gone, err := all[0].Destroyed(soon(t)); err != nil || !slices.Equal(gone, []uint64{1, 2, 3}) {
		t.Errorf("destroyed are %v, %v", gone, err)
	}
	if first, _ := draw(t, all[0], 1); first != 4 {
		t.Errorf("the next key is %d", first)
	}
}

func TestDrawLimits(t *testing.T) {
	k := keysOfEach(t, []*jetstream.Node{oneNode(t, t.TempDir())})[0]
	for _, n := range []int{-1, 0, jetstream.MaxBatch + 1} {
		if _, _, err := k.Draw(soon(t), n); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("draw %d keys: %v", n, err)
		}
	}
	draw(t, k, jetstream.MaxBatch)
}

// TestDrawAtOnce has three nodes draw as fast as they can: no number is given twice.
func TestDrawAtOnce(t *testing.T) {
	all := keysOfEach(t, startThree(t))
	var mu sync.Mutex
	given := make(map[uint64][]byte)
	var wg sync.WaitGroup
	for i, k := range all {
		wg.Go(func() {
			for round := range 15 {
				first, keys, err := k.Draw(soon(t), 1+(7*round+i)%40)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for j := uint64(0); j < uint64(len(keys)/32); j++ {
					if given[first+j] != nil {
						t.Errorf("key %d was given twice", first+j)
					}
					given[first+j] = keys[j*32:][:32]
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	var want []byte
	for n := uint64(1); n <= uint64(len(given)); n++ {
		want = append(want, given[n]...)
	}
	wantKeys(t, all, 0, want)
}

// TestKeysOfLaggingNode draws and destroys while a node is away. What it has
// when it is back is old, and may not be served as what there is.
func TestKeysOfLaggingNode(t *testing.T) {
	files := threeNodes(t, t.TempDir())
	nodes := startAll(t, files)
	all := keysOfEach(t, nodes)
	_, want := draw(t, all[0], 3000)
	wantKeys(t, all, 0, want)
	nodes[2].Close()
	_, more := draw(t, all[0], 3000)
	want = append(want, more...)
	gone := []uint64{1, 2, 3, 1500, 2999, 3000, 3001, 5999, 6000}
	destroy(t, all[1], gone...)
	wipe(want, gone...)
	back, err := startNode(files[2])
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	late := keysOfEach(t, []*jetstream.Node{back})
	wantKeys(t, late, 0, want)
	wantKeys(t, late, 2990, want[2990*32:])
	wantKeys(t, all[:2], 0, want)
}

// TestOnlyTheHubsLedgerHasKeys: a node's rights are for that one's.
func TestOnlyTheHubsLedgerHasKeys(t *testing.T) {
	l := openEach(t, []*jetstream.Node{oneNode(t, t.TempDir())}, jetstream.Options{Name: "another"})[0]
	if _, err := l.Keys(soon(t)); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("keys of another ledger: %v", err)
	}
}
