package publiclog

import (
	"context"
	"fmt"
)

// propose has a batch of leaves logged by way of the ledger, the last of them a
// commitment if commit is true. The error is errMoved if another node has logged
// any of them.
func (l *Logger) propose(ctx context.Context, w *waiting, batch [][]byte, commit bool) error {
	still := func(int64) error {
		if l.index.last() != w.last {
			return errMoved
		}
		return nil
	}
	seqs := w.seqs
	for len(batch) > 0 {
		n := split(batch)
		first, err := l.decide(ctx, batch[:n], 0, still)
		if err != nil {
			return fmt.Errorf("log what the ledger has: %w", err)
		}
		w.last = noted{w.head, first + int64(n) - 1, commitmentEntry}
		if n < len(batch) || !commit {
			w.last.seq, w.last.what = seqs[n-1], leafEntry
		}
		batch, seqs = batch[n:], seqs[min(n, len(seqs)):]
	}
	return nil
}
