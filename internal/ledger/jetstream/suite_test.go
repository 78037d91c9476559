package jetstream_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/ledgertest"
)

// alone is a ledger that takes its node with it.
type alone struct {
	*jetstream.Ledger
	node *jetstream.Node
}

func (a alone) Close() error {
	err := a.Ledger.Close()
	a.node.Close()
	return err
}

func TestConformance(t *testing.T) {
	clock := ledgertest.JumpyClock()
	ledgertest.Run(t, func(t *testing.T, dir string) ledger.Ledger { return openAlone(t, dir, clock) })
}

func openAlone(t testing.TB, dir string, clock func() time.Time) alone {
	t.Helper()
	node, err := jetstream.Start(jetstream.NodeConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	l, err := jetstream.Open(soon(t), node, jetstream.Options{Clock: clock})
	if err != nil {
		node.Close()
		t.Fatal(err)
	}
	return alone{l, node}
}

// TestConformanceOfThree runs the suite on three nodes. Each of its ledgers is
// a stream of its own, and each time it is opened, it is at another node.
func TestConformanceOfThree(t *testing.T) {
	clock := ledgertest.JumpyClock()
	nodes := startThree(t)
	var mu sync.Mutex
	opened, names := 0, make(map[string]string)
	ledgertest.Run(t, func(t *testing.T, dir string) ledger.Ledger {
		mu.Lock()
		if names[dir] == "" {
			names[dir] = fmt.Sprintf("suite-%d", len(names))
		}
		name, node := names[dir], nodes[opened%len(nodes)]
		opened++
		mu.Unlock()
		l, err := jetstream.Open(soon(t), node, jetstream.Options{Name: name, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		return l
	})
}

// soon is a context for what ends by itself unless something is broken.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
