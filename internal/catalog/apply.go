package catalog

import (
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Apply folds entries into the catalog. Entries that are already folded in are
// skipped; ErrGap says that the first new one does not follow on the catalog's
// position, ErrOtherLedger that it does not continue the chain; then nothing
// is applied. Entries of kinds that the catalog does not know only move the
// position.
//
// An entry that takes something back is a transaction of its own, and so is
// what lies between two of them. Readers see all of a transaction or nothing;
// after another error Position tells how far it came.
//
// The ledger is the truth: what an entry says and the catalog cannot take is
// noted (see Notes) and does not stop the fold.
func (c *Catalog) Apply(ctx context.Context, entries []ledger.Entry) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // where it fails, the rest need not be read
	return c.ApplyPrepared(ctx, Prepare(ctx, entries))
}

// ApplyPrepared is Apply for entries that have been read meanwhile, or are
// being read. They can be applied once.
func (c *Catalog) ApplyPrepared(ctx context.Context, p *Prepared) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	entries, err := c.unknown(p.entries)
	for err == nil && len(entries) > 0 {
		// A transaction is not interrupted: it takes a second at most, and
		// rolling back what was cut off could fail as well.
		if err = ctx.Err(); err != nil {
			break
		}
		n := 1
		for !takesBack(entries[0]) && n < len(entries) && !takesBack(entries[n]) {
			n++
		}
		err = c.transact(ctx, entries[:n])
		entries = entries[n:]
	}
	if err != nil {
		return fmt.Errorf("apply entries to the catalog: %w", err)
	}
	return nil
}

func takesBack(e *parsedEntry) bool {
	return e.Kind == contribution.KindTightened || e.Kind == contribution.KindErased
}

// unknown is the entries that are not folded in yet, if they go on from the
// catalog's position.
func (c *Catalog) unknown(entries []*parsedEntry) (unknown []*parsedEntry, err error) {
	head, err := position(c.writer)
	if err != nil {
		return nil, err
	}
	for i, e := range entries {
		if e.Seq <= head.Seq {
			if e.Seq == head.Seq && e.Hash != head.Hash {
				return nil, fmt.Errorf("entry %d: %w", e.Seq, ErrOtherLedger)
			}
			continue
		}
		if e.Seq != head.Seq+1 {
			return nil, fmt.Errorf("%w: the catalog is at entry %d, the next one given is %d", ErrGap, head.Seq, e.Seq)
		}
		if e.Prev != head.Hash {
			return nil, fmt.Errorf("entry %d: %w", e.Seq, ErrOtherLedger)
		}
		head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
		if unknown == nil {
			unknown = make([]*parsedEntry, 0, len(entries)-i)
		}
		unknown = append(unknown, e)
	}
	return unknown, nil
}
