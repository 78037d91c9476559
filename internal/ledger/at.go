package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// ErrNoEntry says that a ledger does not reach so far.
var ErrNoEntry = errors.New("there is no such entry")

// Reader is the part of a Ledger that reads.
type Reader interface {
	Read(ctx context.Context, after Seq, kinds ...Kind) iter.Seq2[Entry, error]
}

// At reads the entry at a place; ErrNoEntry if there is none.
func At(ctx context.Context, r Reader, seq Seq) (Entry, error) {
	if seq > 0 {
		for e, err := range r.Read(ctx, seq-1) {
			return e, err
		}
	}
	return Entry{}, fmt.Errorf("entry %d: %w", seq, ErrNoEntry)
}
