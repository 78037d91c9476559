package views

import (
	"context"
	"errors"
	"time"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Take appends what another hub told: contributions with the entries that go with
// them, all of them or none. It returns when they are on disk and the memory views
// have folded them; the catalog follows. Where contributions come in faster than
// the catalog folds them it waits, so that their sender does.
func (v *Views) Take(ctx context.Context, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	w := waiting{}
	for _, d := range drafts {
		if d.Kind == contribution.KindAccepted {
			w.bytes += int64(len(d.Body))
		}
	}
	for w.bytes > 0 {
		var full *Backlogged
		if !errors.As(v.backlog.room(), &full) {
			break
		}
		select {
		case <-time.After(min(full.RetryAfter, takeRetry)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	entries, err := v.Append(ctx, drafts...)
	if err != nil || w.bytes == 0 {
		return entries, err
	}
	w.by, w.first, w.seq = entries[0].Actor, entries[0].Seq, entries[len(entries)-1].Seq
	v.backlog.add(w)
	v.backlog.folded(v.catalog.Get()) // it may have been faster
	return entries, nil
}

// takeRetry is how often Take looks whether there is room.
const takeRetry = 20 * time.Millisecond
