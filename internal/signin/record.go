package signin

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// record appends what happened at the door. Failures come from strangers, who
// must not be able to fill the ledger: beyond recordBurst at once and one each
// recordEvery they are counted, and the next that is recorded tells how many.
type record struct {
	append func(context.Context, ...ledger.Draft) error

	mu     sync.Mutex
	until  time.Time // when the bucket is empty again
	silent int
}

const (
	recordBurst = 200
	recordEvery = 2 * time.Second
)

// failed records a failure or a lock. That it cannot be recorded changes
// nothing for who was refused; it is told with the next.
func (r *record) failed(ctx context.Context, kind ledger.Kind, s access.SignIn, now time.Time) {
	r.mu.Lock()
	if r.until.Before(now) {
		r.until = now
	}
	if r.until.Sub(now) > (recordBurst-1)*recordEvery {
		r.silent++
		r.mu.Unlock()
		return
	}
	r.until = r.until.Add(recordEvery)
	silent := r.silent
	r.silent = 0
	r.mu.Unlock()
	if silent > 0 {
		s.Reason += fmt.Sprintf("; before it, %d more failed and were only counted", silent)
	}
	draft, err := access.NewSignIn(kind, s)
	if err == nil {
		err = r.append(ctx, draft)
	}
	if err != nil {
		r.mu.Lock()
		r.silent += silent + 1
		r.mu.Unlock()
	}
}

// happened records what must not happen unrecorded, with the drafts that go
// with it.
func (r *record) happened(ctx context.Context, kind ledger.Kind, s access.SignIn, with ...ledger.Draft) error {
	draft, err := access.NewSignIn(kind, s)
	if err == nil {
		err = r.append(ctx, append(with, draft)...)
	}
	if err != nil {
		return fmt.Errorf("record %s: %w", kind, err)
	}
	return nil
}
