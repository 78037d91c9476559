package jetstream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// drawRole before a node's file makes the child draw keys.
const drawRole = "draw:"

// drawForever is the child: a node that draws keys and prints each with its
// number, until it is killed. A key has the length of a hash, and is printed as one.
func drawForever(file string) error {
	node, err := startNode(file)
	if err != nil {
		return err
	}
	ctx := context.Background()
	l, err := jetstream.Open(ctx, node, jetstream.Options{})
	if err != nil {
		return err
	}
	k, err := l.Keys(ctx)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		first, keys, err := k.Draw(ctx, 1+i%50)
		switch {
		case errors.Is(err, ledger.ErrUnavailable):
			fmt.Fprintln(os.Stderr, err)
			continue
		case err != nil:
			return err
		}
		var b bytes.Buffer
		for n := range uint64(len(keys) / 32) {
			fmt.Fprintf(&b, "%d %s\n", first+n, ledger.Hash(keys[n*32:][:32]))
		}
		if _, err := os.Stdout.Write(b.Bytes()); err != nil {
			return err
		}
	}
}

// TestKilledWhileDrawing kills three drawing nodes, with SIGKILL: one after the
// other, and then all. No number was given twice, and every key that was given
// is there under its number, at each node.
func TestKilledWhileDrawing(t *testing.T) {
	files := threeNodes(t, t.TempDir())
	w := newWitness()
	nodes := make([]*process, len(files))
	for i, file := range files {
		nodes[i] = w.run(t, drawRole+file)
	}
	w.more(500)
	for i, file := range files {
		nodes[i].kill()
		w.more(500)
		nodes[i] = w.run(t, drawRole+file)
		w.back(nodes[i])
	}
	for i, p := range nodes {
		p.kill()
		if w.broken {
			t.Errorf("a node ended by itself; node %d said: %s", i+1, &p.stderr)
		}
	}
	if len(w.twice) > 0 {
		t.Fatalf("keys were given twice: %v", w.twice)
	}
	for i, k := range keysOfEach(t, startAll(t, files)) {
		there, err := k.Read(soon(t), 0, 1<<20)
		if err != nil {
			t.Fatalf("node %d: %v", i+1, err)
		}
		lost := 0
		for n, key := range w.acked {
			if int(n)*32 > len(there) || ledger.Hash(there[(n-1)*32:][:32]) != key {
				lost++
			}
		}
		if lost > 0 {
			t.Errorf("node %d: of %d keys that were given, %d are lost", i+1, len(w.acked), lost)
		}
	}
	t.Logf("%d keys were given", len(w.acked))
}
