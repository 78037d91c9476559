package views

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// Contributions are read into memory, each byte of text taking about four of
// them. Together they may have this much text in memory, and each of them waits
// for its share for a while.
const (
	readingBytes    = 128 << 20
	readingPatience = 5 * time.Second
)

// reading is the memory of one contribution that is being read. It belongs to
// one goroutine.
type reading struct {
	room *semaphore.Weighted
	held int64
}

// reserve waits for room for more bytes of text. It fails with *Backlogged
// where too much is read at the same time.
func (r *reading) reserve(ctx context.Context, bytes int64) error {
	wait, cancel := context.WithTimeout(ctx, readingPatience)
	defer cancel()
	if err := r.room.Acquire(wait, bytes); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &Backlogged{Bytes: readingBytes, RetryAfter: readingPatience}
	}
	r.held += bytes
	return nil
}

// done gives back what was reserved.
func (r *reading) done() {
	r.room.Release(r.held)
	r.held = 0
}
