package views

import "github.com/tocsin-project/tocsin/internal/ledger"

// Folded is up to which entry the memory views are, and the catalog behind them.
func (v *Views) Folded() (memory, catalog ledger.Seq) { return v.memory.Get(), v.catalog.Get() }
