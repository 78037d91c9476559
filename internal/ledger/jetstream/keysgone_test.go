package jetstream_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// holding lists the files below dir in which the bytes stand.
func holding(t *testing.T, dir string, what []byte) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a node removes files meanwhile
		}
		if raw, err := os.ReadFile(path); err == nil && bytes.Contains(raw, what) {
			names = append(names, strings.TrimPrefix(path, dir))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestNothingOfAKeyIsLeft searches the files of one node for a key's bytes: as
// soon as it is destroyed they are in none.
func TestNothingOfAKeyIsLeft(t *testing.T) {
	dir := t.TempDir()
	k := keysOfEach(t, []*jetstream.Node{oneNode(t, dir)})[0]
	_, keys := draw(t, k, 600)
	for _, n := range []uint64{1, 300, 600} {
		key := keys[(n-1)*32:][:32]
		if len(holding(t, dir, key)) != 1 {
			t.Fatalf("key %d stands in %v: does the search work?", n, holding(t, dir, key))
		}
		destroy(t, k, n)
		if found := holding(t, dir, key); len(found) > 0 {
			t.Errorf("the destroyed key %d stands in %v", n, found)
		}
	}
}

// TestWhatIsLeftOfAKey searches the files of three nodes. From the streams the
// bytes go as soon as each node has done what a majority has noted. The
// replication logs, which JetStream cuts every two to three minutes, have them
// longer: see docs/nodes.md.
func TestWhatIsLeftOfAKey(t *testing.T) {
	dir := t.TempDir()
	all := keysOfEach(t, startAll(t, threeNodes(t, dir)))
	_, keys := draw(t, all[0], 600)
	key := keys[299*32:][:32]
	wantKeys(t, all, 0, keys)
	for ctx := soon(t); len(holding(t, dir, key)) != 6 && ctx.Err() == nil; {
		time.Sleep(10 * time.Millisecond)
	}
	if found := holding(t, dir, key); len(found) != 6 {
		t.Fatalf("the key stands in %v: want the stream and the log of each node", found)
	}
	destroy(t, all[1], 300)
	inStreams := func() (found []string) {
		for _, name := range holding(t, dir, key) {
			if !strings.Contains(name, "$SYS") {
				found = append(found, name)
			}
		}
		return found
	}
	for ctx := soon(t); len(inStreams()) > 0 && ctx.Err() == nil; {
		time.Sleep(10 * time.Millisecond)
	}
	if found := inStreams(); len(found) > 0 {
		t.Errorf("the destroyed key stands in %v", found)
	}
	for _, name := range holding(t, dir, key) {
		if !strings.Contains(name, "$SYS/_js_/S-R3F-") {
			t.Errorf("the destroyed key stands in %s, which is no replication log", name)
		}
	}
}
