package views

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Take appends what another hub told: contributions with the entries that go with
// them, all of them or none. It returns when they are on disk and the memory views
// have folded them; the catalog follows. Where contributions come in faster than
// the catalog folds them it waits, so that their sender does.
func (v *Views) Take(ctx context.Context, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	shown := func(d ledger.Draft) bool { return d.Kind == contribution.KindAccepted }
	if slices.ContainsFunc(drafts, shown) {
		if err := v.catalog.Wait(ctx, v.rebuilding.upTo); err != nil {
			return nil, err
		}
	}
	for slices.ContainsFunc(drafts, shown) {
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
	return v.Append(ctx, drafts...)
}

// takeRetry is how often Take looks whether there is room.
const takeRetry = 20 * time.Millisecond
