package publiclog

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

// beyond holds leaves against those that the log has at their places already, and
// gives those behind its end.
func (l *Logger) beyond(from int64, leaves [][]byte) ([][]byte, error) {
	size := l.cfg.Log.Tree().Size
	if size < from {
		return nil, fmt.Errorf("%w: the log has %d entries of %d", ErrDiverged, size, from)
	}
	for len(leaves) > 0 && from < size {
		there, err := l.cfg.Log.Entry(from)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(there, leaves[0]) {
			return nil, fmt.Errorf("%w: entry %d of this node's log is not what the ledger says; never let this node serve it, see docs/public-log.md", ErrDiverged, from)
		}
		from, leaves = from+1, leaves[1:]
	}
	return leaves, nil
}

// placed finds of which entries of the ledger leaves are, before they are logged:
// what is not of this ledger is not signed.
func (l *Logger) placed(ctx context.Context, from int64, leaves [][]byte) (records []noted, made proof.Commitment, err error) {
	last := l.index.last()
	next, stop := iter.Pull2(l.cfg.Source.Read(ctx, l.rereadFrom(last)))
	defer stop()
	m := &merge{source: l.cfg.Source, next: next, done: last.seq}
	for i, leaf := range leaves {
		index := from + int64(i)
		if index <= last.index {
			continue // noted before a crash, or when an older log was read through
		}
		n, c, err := m.place(index, leaf)
		if err != nil {
			return nil, made, err
		}
		if n.seq > 0 {
			records = append(records, n)
		}
		if n.what == commitmentEntry {
			made = c
		}
	}
	return records, made, nil
}
