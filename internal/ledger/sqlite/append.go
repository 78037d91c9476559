package sqlite

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// A group ends with the first of these reached; a larger append is a group of
// its own. They bound what a commit holds in memory and how long it lasts.
const (
	groupEntries = 4096
	groupBytes   = 8 << 20
)

// request is one call of Append on its way through the writer.
type request struct {
	expected ledger.Seq
	drafts   []ledger.Draft
	bytes    int
	entries  []ledger.Entry
	err      error
	done     chan struct{} // closed when entries and err are set
}

// Append adds the drafts: see [ledger.Ledger]. Without drafts it does
// nothing. Cancelling takes back an append that still waits; the outcome of
// one that is being committed is awaited and reported as it is.
func (l *Ledger) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	r := &request{expected: expected, drafts: drafts, done: make(chan struct{})}
	for i, d := range drafts {
		if err := d.Validate(); err != nil {
			return nil, fmt.Errorf("append to ledger: draft %d of %d: %w", i+1, len(drafts), err)
		}
		r.bytes += len(d.Audience) + len(d.Body)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("append to ledger: nothing was appended: %w", err)
	}
	if err := l.enqueue(r); err != nil {
		return nil, fmt.Errorf("append to ledger: %w", err)
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		if l.withdraw(r) {
			return nil, fmt.Errorf("append to ledger: nothing was appended: %w", ctx.Err())
		}
		<-r.done
	}
	if r.err != nil {
		return nil, fmt.Errorf("append to ledger: %w", r.err)
	}
	return r.entries, nil
}

// enqueue hands the request to the writer; without drafts it is done at once.
func (l *Ledger) enqueue(r *request) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ledger.ErrClosed
	case len(r.drafts) == 0:
		close(r.done)
		return nil
	case l.readOnly:
		return fmt.Errorf("%w: it was opened read-only", ledger.ErrUnavailable)
	case l.failed != nil:
		return l.failed
	}
	l.queue = append(l.queue, r)
	l.signal()
	return nil
}

// withdraw takes the request back unless the writer has it.
func (l *Ledger) withdraw(r *request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.queue, r)
	if i < 0 {
		return false
	}
	l.queue = slices.Delete(l.queue, i, i+1)
	return true
}

// signal wakes the writer.
func (l *Ledger) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// gather lets those who have just been acknowledged append again, if they do
// so at once: otherwise they miss the next commit, and writers that never
// pause end up in two halves that take turns. It waits for nobody.
func (l *Ledger) gather() {
	for before, tries := -1, 0; tries < 4; tries++ {
		runtime.Gosched()
		l.mu.Lock()
		waiting := len(l.queue)
		l.mu.Unlock()
		if waiting == before {
			return
		}
		before = waiting
	}
}

// group waits for requests and takes those that fit into one commit; nil
// means that the ledger is closed and nothing waits.
func (l *Ledger) group() []*request {
	for {
		l.gather()
		l.mu.Lock()
		entries, bytes, n := 0, 0, 0
		for _, r := range l.queue {
			entries += len(r.drafts)
			bytes += r.bytes
			if n > 0 && (entries > groupEntries || bytes > groupBytes) {
				break
			}
			n++
		}
		taken := slices.Clone(l.queue[:n])
		l.queue = slices.Delete(l.queue, 0, n)
		closed := l.closed
		l.mu.Unlock()
		if n > 0 || closed {
			return taken
		}
		<-l.wake
	}
}
