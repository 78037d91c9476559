package nft

import (
	"context"
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// Count is how much one of the table's chains has dropped since the table was made.
type Count struct {
	Hook           string // "input", "forward", "output"
	Packets, Bytes uint64
}

// Dropped reads the counters, in the order input, forward, output. They outlast
// what begins anew.
func (o *Outlet) Dropped(ctx context.Context) ([]Count, error) {
	if err := o.connect(ctx); err != nil {
		return nil, fmt.Errorf("nft counters: %w", explained(err))
	}
	var counts []Count
	for _, c := range chains {
		obj, err := o.link.conn.GetObject(&nftables.NamedObj{Table: o.link.table, Name: c.name, Type: nftables.ObjTypeCounter})
		if err != nil {
			o.disconnect()
			return nil, fmt.Errorf("nft counter %s: %w", c.name, explained(err))
		}
		named, _ := obj.(*nftables.NamedObj)
		if named == nil {
			continue
		}
		if counter, ok := named.Obj.(*expr.Counter); ok {
			counts = append(counts, Count{c.name, counter.Packets, counter.Bytes})
		}
	}
	return counts, nil
}
