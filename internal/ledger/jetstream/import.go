package jetstream

import (
	"context"
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Import appends the entries of another ledger to the node's, as they are: the
// same bytes, times and hashes. What the node's ledger has already must be
// their beginning, so that an import that was cut short goes on where it was.
// It fails with [ledger.ErrCorrupt] at the first entry that does not follow the
// one before, and with [ledger.ErrConflict] if anybody else appends meanwhile.
func Import(ctx context.Context, node *Node, opts Options, from ledger.Reader) (ledger.Head, error) {
	l, err := prepare(ctx, node, opts)
	if err == nil {
		err = errors.Join(l.importAll(ctx, from), l.release())
	}
	if err != nil {
		return ledger.Head{}, fmt.Errorf("import into the ledger of node %s: %w", node.Name(), err)
	}
	return l.tip.head, nil
}

func (l *Ledger) importAll(ctx context.Context, from ledger.Reader) error {
	if err := l.sameAt(ctx, from, l.tip.head); err != nil {
		return err
	}
	b := l.next()
	for e, err := range from.Read(ctx, l.tip.head.Seq) {
		if err != nil {
			return err
		}
		if err := b.add(e); err != nil {
			return err
		}
		if len(b.parts) < groupEntries && b.bytes < groupBytes {
			continue
		}
		if err := l.importBatch(ctx, b); err != nil {
			return err
		}
		b = l.next()
	}
	return l.importBatch(ctx, b)
}

// sameAt says whether the other ledger has the entry, too.
func (l *Ledger) sameAt(ctx context.Context, from ledger.Reader, head ledger.Head) error {
	if head.Seq == 0 {
		return nil
	}
	e, err := ledger.At(ctx, from, head.Seq)
	if err == nil && e.Hash != head.Hash {
		err = fmt.Errorf("%w: entry %d is another one there", ledger.ErrConflict, head.Seq)
	}
	if err != nil {
		return fmt.Errorf("the ledger is not empty, and what it has is not the beginning of the other: %w", err)
	}
	return nil
}

// add puts an entry of another ledger into the batch.
func (b *batch) add(e ledger.Entry) error {
	d := ledger.Draft{Kind: e.Kind, Actor: e.Actor, Audience: e.Audience, Body: e.Body}
	again, record, err := ledger.Seal(d, b.end.head, e.Time)
	switch {
	case err != nil:
		return err
	case again.Hash != e.Hash || again.Seq != e.Seq:
		return fmt.Errorf("%w: entry %d does not follow entry %d, %s", ledger.ErrCorrupt, e.Seq, b.end.head.Seq, b.end.head.Hash)
	case e.Time.Before(b.end.time):
		return fmt.Errorf("%w: entry %d is older than the entry before", ledger.ErrCorrupt, e.Seq)
	}
	b.put(again, record)
	return nil
}

// importBatch stores the batch.
func (l *Ledger) importBatch(ctx context.Context, b *batch) error {
	if len(b.parts) == 0 {
		return nil
	}
	switch ours, err := l.settle(ctx, b); {
	case err != nil:
		return l.refuse(err)
	case !ours:
		return fmt.Errorf("%w: somebody else appends to it", ledger.ErrConflict)
	}
	l.acknowledge(b)
	return l.queue.Refusal()
}
