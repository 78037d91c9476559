package catalog

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Wider is the ledger's entries in which an owner shared a version of an object
// with an audience that is told more than to; version is modified, or created,
// or zero for what has neither. To share it again with fewer is to take it back
// from the others.
func (c *Catalog) Wider(owner access.PartnerID, id string, version time.Time, to access.Audience) []ledger.Seq {
	a := c.ask(access.Principal{})
	defer a.close()
	newest := a.view.Newest(shelf.KeyOf(id))
	if newest == 0 {
		return nil // the usual case: it is new
	}
	modified := int64(unversioned)
	if !version.IsZero() {
		modified = version.UnixMicro()
	}
	var entries []ledger.Seq
	for n := newest; n != 0; n = a.view.At(n).Prev {
		r := a.view.At(n)
		if r.Modified != modified || r.Flags&shelf.Erased != 0 {
			continue
		}
		if k := a.known(r.Audience); k.owner == owner && k.parsed.TLP != "" && !to.Within(k.parsed) {
			continue // another partner's, withdrawn, or not narrowed but moved
		} else if k.owner == owner && k.parsed.TLP != "" && !k.parsed.Within(to) {
			seq, _, _ := a.view.Place(n)
			entries = append(entries, ledger.Seq(seq))
		}
	}
	slices.Sort(entries)
	return slices.Compact(entries)
}
