package mirror_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/ledgertest"
	"github.com/tocsin-project/tocsin/internal/ledger/mirror"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

func TestConformance(t *testing.T) {
	clock := ledgertest.JumpyClock()
	ledgertest.Run(t, func(t *testing.T, dir string) ledger.Ledger {
		return mustOpen(t, dir, sharedFile(t, dir, clock))
	})
}

// TestConformanceOfNode runs the suite over the engine of three nodes, with one.
func TestConformanceOfNode(t *testing.T) {
	clock := ledgertest.JumpyClock()
	ledgertest.Run(t, func(t *testing.T, dir string) ledger.Ledger {
		return mustOpen(t, dir, sharedNode(t, filepath.Join(dir, "node"), clock))
	})
}

// sharedFile stands for a shared ledger: the other engine, which is faster.
func sharedFile(t testing.TB, dir string, clock func() time.Time) *sqlite.Ledger {
	t.Helper()
	l, err := sqlite.Open(filepath.Join(dir, "shared"), sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

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

func sharedNode(t testing.TB, dir string, clock func() time.Time) alone {
	t.Helper()
	node, err := jetstream.Start(jetstream.NodeConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	l, err := jetstream.Open(t.Context(), node, jetstream.Options{Clock: clock})
	if err != nil {
		node.Close()
		t.Fatal(err)
	}
	return alone{l, node}
}

func fileIn(dir string) string { return filepath.Join(dir, "ledger.db") }

func mustOpen(t testing.TB, dir string, shared ledger.Ledger) *mirror.Ledger {
	t.Helper()
	l, err := mirror.Open(t.Context(), shared, fileIn(dir), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}
