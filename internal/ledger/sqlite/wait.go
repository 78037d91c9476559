package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// lookAgain is how often a read-only ledger looks for what another process
// appended: there is nothing between processes that could wake it.
const lookAgain = 100 * time.Millisecond

// Wait returns as soon as the head's seq is greater than after, with the
// context's error, or with [ledger.ErrClosed].
func (l *Ledger) Wait(ctx context.Context, after ledger.Seq) error {
	for {
		head, changed, err := l.watch(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("wait for entries after %d: %w", after, err)
		case head > after:
			return nil
		}
		var tick <-chan time.Time
		if l.readOnly {
			tick = time.After(lookAgain)
		}
		select {
		case <-changed:
		case <-tick:
		case <-ctx.Done():
		case <-l.life.Done():
		}
	}
}

// watch gives the head and a channel that is closed when it moves.
func (l *Ledger) watch(ctx context.Context) (ledger.Seq, <-chan struct{}, error) {
	switch {
	case ctx.Err() != nil:
		return 0, nil, ctx.Err()
	case l.life.Err() != nil:
		return 0, nil, ledger.ErrClosed
	case l.readOnly:
		h, err := l.storedHead(ctx)
		return h.Seq, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head.Seq, l.changed, nil
}

// publish moves the head and wakes every follower.
func (l *Ledger) publish(h ledger.Head) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.head = h
	close(l.changed)
	l.changed = make(chan struct{})
}
