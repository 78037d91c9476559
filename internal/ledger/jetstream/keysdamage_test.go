package jetstream_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// readDamaged opens the keys in dir and reads them all.
func readDamaged(t *testing.T, dir string) (keys []byte, gone []uint64, err error) {
	t.Helper()
	node, err := jetstream.Start(jetstream.NodeConfig{Dir: dir})
	if err != nil {
		return nil, nil, err
	}
	defer node.Close()
	l, err := jetstream.Open(soon(t), node, jetstream.Options{Patience: 200 * time.Millisecond})
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	k, err := l.Keys(soon(t))
	if err != nil {
		return nil, nil, err
	}
	if gone, err = k.Destroyed(soon(t)); err != nil {
		return nil, nil, err
	}
	keys, err = k.Read(soon(t), 0, 1000)
	return keys, gone, err
}

// TestFlippedBitsOfKeys flips one bit at many places of the keys' stream. A key
// that nobody destroyed never reads as destroyed, nor as another.
func TestFlippedBitsOfKeys(t *testing.T) {
	dir := t.TempDir()
	node := oneNode(t, dir)
	k := keysOfEach(t, []*jetstream.Node{node})[0]
	_, want := draw(t, k, 40)
	destroy(t, k, 7, 20)
	wipe(want, 7, 20)
	node.Close()
	failed, short, same := 0, 0, 0
	for _, block := range blocksOf(t, dir) {
		whole, err := os.ReadFile(filepath.Join(dir, block))
		if err != nil {
			t.Fatal(err)
		}
		for at := 3; at < len(whole); at += max(1, len(whole)/7) {
			damaged := copied(t, dir)
			bad := bytes.Clone(whole)
			bad[at] ^= 1 << (at % 8)
			if err := os.WriteFile(filepath.Join(damaged, block), bad, 0o600); err != nil {
				t.Fatal(err)
			}
			got, gone, err := readDamaged(t, damaged)
			switch {
			case err != nil:
				failed++
			case len(got) < len(want):
				short++
			default:
				same++
			}
			if err == nil && !bytes.Equal(got, want[:len(got)]) {
				t.Errorf("bit at %d: %d keys, destroyed %v", at, len(got)/32, gone)
			}
		}
	}
	t.Logf("with a flipped bit: %d errors, %d times fewer keys, %d times the same", failed, short, same)
	if failed == 0 {
		t.Error("no flipped bit did anything: the test flips them in the wrong files")
	}
}
