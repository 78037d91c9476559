package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/ledgertest"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

func TestConformance(t *testing.T) {
	clock := ledgertest.JumpyClock()
	ledgertest.Run(t, func(t *testing.T, dir string) ledger.Ledger {
		l, err := sqlite.Open(filepath.Join(dir, "ledger"), sqlite.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		return l
	})
}
