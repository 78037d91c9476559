package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Held is an entry that holds something, and under which audience it does by
// now (access.Audience as the ledger keeps it).
type Held struct {
	Entry    ledger.Seq
	Audience string
}

// Wider is the ledger's entries in which an owner shared a version of an object
// with an audience that is told more than to; version is modified, or created,
// or zero for what has neither. To share it again with fewer is to take it back
// from the others.
func (c *Catalog) Wider(owner access.PartnerID, id string, version time.Time, to access.Audience) (held []Held, err error) {
	a := c.ask(access.Principal{})
	defer a.close()
	newest, err := a.view.Newest(shelf.KeyOf(id))
	if newest == 0 && err == nil {
		return nil, nil // the usual case: it is new
	}
	modified := int64(unversioned)
	if !version.IsZero() {
		modified = version.UnixMicro()
	}
	for n := newest; n != 0 && err == nil; n = a.view.At(n).Prev {
		var of int64
		r := a.view.At(n)
		if of, err = a.view.Modified(n); of != modified || r.Flags&shelf.Erased != 0 {
			continue
		}
		if k := a.known(r.Audience); k.owner == owner && k.parsed.TLP != "" && !to.Within(k.parsed) {
			continue // another partner's, withdrawn, or not narrowed but moved
		} else if k.owner == owner && k.parsed.TLP != "" && !k.parsed.Within(to) {
			seq, _, _ := a.view.Place(n)
			held = append(held, Held{ledger.Seq(seq), k.parsed.String()})
		}
	}
	if err != nil {
		return nil, fmt.Errorf("who else was told of %s: %w", id, err)
	}
	slices.SortFunc(held, func(x, y Held) int { return cmp.Compare(x.Entry, y.Entry) })
	return slices.Compact(held), nil
}
