package sqlite_test

import (
	"context"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/queue"
)

// bare is what is left of the engine without SQLite: appends wait in the same queue, are
// chained and hashed, and a group of them goes to the floor's file with one write and one
// fdatasync. Nothing can be read again.
type bare struct {
	ledger.Ledger // has nothing but Append
	queue         *queue.Queue
	done          chan struct{}
}

func newBare(b *testing.B, size int) *bare {
	r := &bare{queue: queue.New(), done: make(chan struct{})}
	file := newFloor(b, size)
	go func() {
		defer close(r.done)
		var head ledger.Head
		for group := r.queue.Group(4096, 8<<20); len(group) > 0; group = r.queue.Group(4096, 8<<20) {
			file.data = file.data[:0]
			for _, a := range group {
				a.Entries = make([]ledger.Entry, 0, len(a.Drafts))
				for _, d := range a.Drafts {
					e, record, err := ledger.Seal(d, head, time.Now())
					if err != nil {
						b.Error(err)
					}
					file.data = append(file.data, record...)
					head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
					a.Entries = append(a.Entries, e)
				}
			}
			if err := file.write(); err != nil {
				b.Error(err)
			}
			queue.Finish(group)
		}
	}()
	b.Cleanup(func() { r.queue.Close(); <-r.done })
	return r
}

func (r *bare) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	return r.queue.Append(ctx, expected, drafts...)
}
