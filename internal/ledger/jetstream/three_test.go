package jetstream_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// openEach opens the ledger at every node.
func openEach(t *testing.T, nodes []*jetstream.Node, opts jetstream.Options) []*jetstream.Ledger {
	t.Helper()
	ledgers := make([]*jetstream.Ledger, len(nodes))
	for i, node := range nodes {
		l, err := jetstream.Open(soon(t), node, opts)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		ledgers[i] = l
	}
	return ledgers
}

// TestRaceOfThree has three nodes compete for each place by its expected head:
// one of them wins it, and all see the same entry there.
func TestRaceOfThree(t *testing.T) {
	const rounds = 40
	ledgers := openEach(t, startThree(t), jetstream.Options{})
	ctx := soon(t)
	won := make([]int, len(ledgers))
	var wg sync.WaitGroup
	for i, l := range ledgers {
		wg.Go(func() {
			for round := ledger.Seq(0); round < rounds; round++ {
				_, err := l.Append(ctx, round, ledger.Draft{Kind: "test.written", Body: []byte{byte(i)}})
				if err == nil {
					won[i]++
				} else if !errors.Is(err, ledger.ErrConflict) {
					t.Errorf("append: %v", err)
					return
				}
				if err := l.Wait(ctx, round); err != nil {
					t.Errorf("wait: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range won {
		sum += n
	}
	if sum != rounds {
		t.Errorf("%d places were won %d times: %v", rounds, sum, won)
	}
	allEqual(t, ledgers, rounds)
}

// TestReadAnywhere reads at every node what one of them has acknowledged, by
// the position that the acknowledgement gave.
func TestReadAnywhere(t *testing.T) {
	ledgers := openEach(t, startThree(t), jetstream.Options{})
	ctx := soon(t)
	for i := range 60 {
		es, err := ledgers[i%3].Append(ctx, ledger.Any, ledger.Draft{Kind: "test.written", Body: []byte{byte(i)}})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range ledgers {
			if err := l.Wait(ctx, es[0].Seq-1); err != nil {
				t.Fatal(err)
			}
			e, err := ledger.At(ctx, l, es[0].Seq)
			if err != nil || e.Hash != es[0].Hash {
				t.Fatalf("entry %d is read as %d, %v", es[0].Seq, e.Seq, err)
			}
		}
	}
	allEqual(t, ledgers, 60)
}

// TestWithoutMajority takes two of three nodes away. Nothing is acknowledged
// then; what there is can be read; and with one of them back it goes on.
func TestWithoutMajority(t *testing.T) {
	files := threeNodes(t, t.TempDir())
	nodes := startAll(t, files)
	l := openEach(t, nodes[:1], jetstream.Options{Patience: 2 * time.Second})[0]
	ctx := soon(t)
	d := ledger.Draft{Kind: "test.written"}
	if _, err := l.Append(ctx, ledger.Any, d, d, d); err != nil {
		t.Fatal(err)
	}
	wholeChain(t, l, 3) // so that this node has them
	nodes[1].Close()
	nodes[2].Close()
	if _, err := l.Append(ctx, ledger.Any, d); !errors.Is(err, ledger.ErrUnavailable) {
		t.Fatalf("an append without a majority: %v", err)
	}
	wholeChain(t, l, 3)
	back, err := startNode(files[2])
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	for err = ledger.ErrUnavailable; errors.Is(err, ledger.ErrUnavailable) && ctx.Err() == nil; {
		_, err = l.Append(ctx, ledger.Any, ledger.Draft{Kind: "test.last"})
	}
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for e, err := range l.Read(ctx, 0, "test.last") {
		if err != nil || e.Kind != "test.last" {
			t.Fatal(e, err)
		}
		last++
	}
	if last == 0 {
		t.Error("what was acknowledged is not there")
	}
}

// wholeChain reads n entries, which verifies them.
func wholeChain(t *testing.T, l ledger.Ledger, n int) {
	t.Helper()
	got := 0
	for _, err := range l.Read(soon(t), 0) {
		if err != nil {
			t.Fatal(err)
		}
		got++
	}
	if got != n {
		t.Fatalf("%d entries, want %d", got, n)
	}
}

func allEqual(t *testing.T, ledgers []*jetstream.Ledger, n ledger.Seq) {
	t.Helper()
	for _, l := range ledgers {
		if err := l.Wait(soon(t), n-1); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range ledgers[1:] {
		if head, err := ledger.Equal(context.Background(), ledgers[0], l); err != nil || head.Seq != n {
			t.Fatalf("equal up to %v, want %d: %v", head, n, err)
		}
	}
}

// TestTurns has three nodes append as fast as they can until each has got
// through a hundred times: the leader's is not the only one that wins.
func TestTurns(t *testing.T) {
	const enough = 100
	ledgers := openEach(t, startThree(t), jetstream.Options{})
	ctx := soon(t)
	got := make([]atomic.Int64, len(ledgers))
	waiting := func() bool {
		for i := range got {
			if got[i].Load() < enough {
				return ctx.Err() == nil
			}
		}
		return false
	}
	var wg sync.WaitGroup
	for i, l := range ledgers {
		wg.Go(func() {
			for waiting() {
				if _, err := l.Append(ctx, ledger.Any, ledger.Draft{Kind: "test.written", Body: []byte{byte(i)}}); err != nil {
					t.Errorf("append: %v", err)
					return
				}
				got[i].Add(1)
			}
		})
	}
	wg.Wait()
	total := ledger.Seq(0)
	for i := range got {
		total += ledger.Seq(got[i].Load())
		t.Logf("node %d got through %d times", i+1, got[i].Load())
	}
	if ctx.Err() != nil {
		t.Error("one of them did not get through")
	}
	allEqual(t, ledgers, total)
}
