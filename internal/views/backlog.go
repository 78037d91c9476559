package views

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// defaultBacklog is how many bytes of contributions may be on the ledger and
// not yet in the catalog: a second or two of folding.
const defaultBacklog = 64 << 20

// Backlogged says that contributions come in faster than they can be shown:
// none is taken until the catalog has caught up.
type Backlogged struct {
	Bytes      int64
	RetryAfter time.Duration
}

func (b *Backlogged) Error() string {
	return fmt.Sprintf("the hub has %d MiB of contributions that it has not shown yet, and takes no more until it has: nothing is lost that was acknowledged, send this one again in %s",
		b.Bytes>>20, b.RetryAfter)
}

// backlog is what is on the ledger and not yet in the catalog.
type backlog struct {
	limit int64

	mu      sync.Mutex
	waiting []waiting // in the ledger's order
	bytes   int64
	coming  map[string]chan struct{} // contributions that are being appended; closed when done
}

type waiting struct {
	contribution string
	by           string
	first, seq   ledger.Seq // its first and last entry
	bytes        int64
}

func newBacklog(limit int64) *backlog {
	if limit <= 0 {
		limit = defaultBacklog
	}
	return &backlog{limit: limit, coming: map[string]chan struct{}{}}
}

// folded drops what the catalog has.
func (b *backlog) folded(upTo ledger.Seq) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for n < len(b.waiting) && b.waiting[n].seq <= upTo {
		b.bytes -= b.waiting[n].bytes
		n++
	}
	b.waiting = append(b.waiting[:0], b.waiting[n:]...)
}

func (b *backlog) find(contribution string) (waiting, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.locked(contribution)
}

// locked is find for who holds the lock.
func (b *backlog) locked(contribution string) (waiting, bool) {
	for _, w := range b.waiting {
		if w.contribution == contribution {
			return w, true
		}
	}
	return waiting{}, false
}

// maxNamed is of how many of the newest that wait it is known what they are: a
// catalog that is rebuilt has millions before it.
const maxNamed = 1 << 16

// add takes in an entry of a contribution; those of one contribution come one after
// the other.
func (b *backlog) add(w waiting) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bytes += w.bytes
	n := len(b.waiting)
	if n > 0 && w.contribution != "" && b.waiting[n-1].contribution == w.contribution && b.waiting[n-1].seq+1 == w.first {
		b.waiting[n-1].seq = w.seq
		b.waiting[n-1].bytes += w.bytes
		return
	}
	if n >= maxNamed {
		b.waiting[n-maxNamed].contribution, b.waiting[n-maxNamed].by = "", ""
	}
	b.waiting = append(b.waiting, w)
}

// others is how many bytes wait beside a contribution's own.
func (b *backlog) others(contribution string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	w, _ := b.locked(contribution)
	return b.bytes - w.bytes
}

// held is how many bytes wait.
func (b *backlog) held() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
}

// room fails with *Backlogged if there is too much already.
func (b *backlog) room() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bytes < b.limit {
		return nil
	}
	const foldRate = 20 << 20 // bytes a second; a guess that is told to waiting clients, no more
	return &Backlogged{Bytes: b.bytes, RetryAfter: time.Second + time.Duration(b.bytes/foldRate)*time.Second}
}

// enter makes the caller the one who appends a contribution. Where it is
// waiting for the catalog already, seq is its last entry.
func (b *backlog) enter(ctx context.Context, contribution string) (seq ledger.Seq, err error) {
	for {
		b.mu.Lock()
		if w, ok := b.locked(contribution); ok {
			b.mu.Unlock()
			return w.seq, nil
		}
		other, busy := b.coming[contribution]
		if !busy {
			b.coming[contribution] = make(chan struct{})
			b.mu.Unlock()
			return 0, nil
		}
		b.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (b *backlog) leave(contribution string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.coming[contribution])
	delete(b.coming, contribution)
}
