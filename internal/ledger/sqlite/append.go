package sqlite

import (
	"context"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// A group ends with the first of these reached; a larger append is a group of
// its own. They bound what a commit holds in memory and how long it lasts.
const (
	groupEntries = 4096
	groupBytes   = 8 << 20
)

// Append adds the drafts: see [ledger.Ledger]. Without drafts it does
// nothing. Cancelling takes back an append that still waits; the outcome of
// one that is being committed is awaited and reported as it is.
func (l *Ledger) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	return l.queue.Append(ctx, expected, drafts...)
}
