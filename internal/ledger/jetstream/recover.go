package jetstream

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
)

// anchorPath is the ledger as its anchor names it: beside the server's files.
func (l *Ledger) anchorPath() string { return filepath.Join(l.node.dir, l.names.stream) }

// recover finds the place to go on from. What was acknowledged here has to be
// there, as it was.
func (l *Ledger) recover(ctx context.Context) error {
	acknowledged, _, err := anchor.Read(l.anchorPath())
	if err != nil {
		return fmt.Errorf("read %s: %w", anchor.Path(l.anchorPath()), err)
	}
	err = l.patiently(ctx, func() (err error) {
		l.tip, err = l.lastOfLeader(ctx)
		if err == nil && l.tip.head.Seq < acknowledged.Seq {
			err = l.short(acknowledged)
		}
		return err
	})
	if err != nil {
		return err
	}
	if acknowledged.Seq > 0 {
		var known ledger.Entry
		err := l.patiently(ctx, func() (err error) { // another node may lead the stream by now
			known, err = l.entryOfLeader(ctx, acknowledged.Seq)
			return err
		})
		if err != nil {
			return err
		}
		if known.Hash != acknowledged.Hash {
			return fmt.Errorf("%w: entry %d is not the one that was acknowledged here", ledger.ErrCorrupt, acknowledged.Seq)
		}
	}
	l.last = l.tip
	l.anchor, err = anchor.Open(l.anchorPath(), l.tip.head)
	return err
}

// short is the error of a stream that ends before what was acknowledged. Where
// there are other copies, the one that answered may still be catching up.
func (l *Ledger) short(acknowledged ledger.Head) error {
	err := fmt.Errorf("%d acknowledged entries are missing (the last one of the stream is %d, the last acknowledged here %d); "+
		"restore the ledger from a backup or from a node that has them",
		acknowledged.Seq-l.tip.head.Seq, l.tip.head.Seq, acknowledged.Seq)
	if l.node.copies == 1 {
		return fmt.Errorf("%w: %w", ledger.ErrCorrupt, err)
	}
	return err
}
