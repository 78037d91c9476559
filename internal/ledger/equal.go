package ledger

import (
	"context"
	"fmt"
	"iter"
)

// Equal reads two ledgers to their ends and gives the head that both have. It
// fails at the first entry that only one of them has, or that is not the same
// in both. Reading verifies every hash and the chain, and the hash is of every
// byte, so what has the same hashes has the same bytes.
func Equal(ctx context.Context, one, other Reader) (Head, error) {
	next, stop := iter.Pull2(one.Read(ctx, 0))
	defer stop()
	var head Head
	for e, err := range other.Read(ctx, 0) {
		if err != nil {
			return Head{}, fmt.Errorf("read the second ledger: %w", err)
		}
		same, err, more := next()
		switch {
		case err != nil:
			return Head{}, fmt.Errorf("read the first ledger: %w", err)
		case !more:
			return Head{}, fmt.Errorf("%w: the first ledger ends with entry %d, the second has more", ErrConflict, head.Seq)
		case same.Hash != e.Hash || same.Seq != e.Seq:
			return Head{}, fmt.Errorf("%w: entry %d has hash %s in the first ledger, %s in the second", ErrConflict, e.Seq, same.Hash, e.Hash)
		}
		head = Head{Seq: e.Seq, Hash: e.Hash}
	}
	if _, err, more := next(); err != nil {
		return Head{}, fmt.Errorf("read the first ledger: %w", err)
	} else if more {
		return Head{}, fmt.Errorf("%w: the second ledger ends with entry %d, the first has more", ErrConflict, head.Seq)
	}
	return head, nil
}
