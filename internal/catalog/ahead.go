package catalog

import (
	"maps"
	"slices"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// takenBack is what entries ahead of the catalog take back of entries that it has
// folded, or will have before it comes to them: of each entry up to where.
type takenBack struct {
	until map[ledger.Seq]ledger.Seq
	last  ledger.Seq // of all of until
}

// TakenBack tells a catalog that is behind its ledger what is taken back further on:
// of each entry that holds some of it the last entry that says so. Until the catalog
// has folded that one, nothing of the former is shown to anybody: a rebuild shows
// what there is as it grows, and must not show again what was withdrawn since. Call
// it before questions are asked.
func (c *Catalog) TakenBack(until map[ledger.Seq]ledger.Seq) {
	if len(until) == 0 {
		return
	}
	c.ahead.Store(&takenBack{until: maps.Clone(until), last: slices.Max(slices.Collect(maps.Values(until)))})
}

// passed says that entries up to seq are folded, and shown as they have left things.
func (c *Catalog) passed(seq ledger.Seq) {
	c.shown.Store(uint64(seq))
	if t := c.ahead.Load(); t != nil && seq >= t.last {
		c.ahead.Store(nil)
	}
}

// hides says whether a catalog that has come to at may not show what an entry holds.
func (t *takenBack) hides(entry, at ledger.Seq) bool {
	return t != nil && at < t.until[entry]
}
