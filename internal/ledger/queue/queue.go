// Package queue is where appends wait to be taken into one commit together:
// the half of an engine's writer that does not depend on how entries are kept.
//
// Callers come in by [Queue.Append] and wait. The engine's one writer takes
// what waits with [Queue.Group], makes it durable, sets each append's outcome
// and lets the callers go with [Finish].
package queue

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Append is one call of [ledger.Ledger.Append] on its way through the writer,
// which sets Entries or Err; or one of [Queue.Take], of which it sets Err.
type Append struct {
	Expected ledger.Seq
	Term     ledger.Seq // of the lead under which it was decided, for engines with several writers; 0: under none
	Drafts   []ledger.Draft
	Given    []ledger.Entry // instead of drafts: entries of another ledger, to be kept as they are
	Entries  []ledger.Entry
	Err      error

	bytes int
	done  chan struct{} // closed when the outcome is set
}

// Queue holds the appends that wait.
type Queue struct {
	wake chan struct{} // holds a token if there may be something to do

	mu      sync.Mutex // guards what follows
	waiting []*Append
	closed  bool
	refusal error // why no append is taken any more
}

// New gives an empty queue.
func New() *Queue { return &Queue{wake: make(chan struct{}, 1)} }

// Append waits until the writer has given the drafts an outcome: see
// [ledger.Ledger]. Without drafts it does nothing. Cancelling takes back an
// append that still waits; the outcome of one that the writer has is awaited
// and reported as it is.
func (q *Queue) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	return q.AppendUnder(ctx, 0, expected, drafts...)
}

// AppendUnder is Append under a lead.
func (q *Queue) AppendUnder(ctx context.Context, term, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	a := &Append{Expected: expected, Term: term, Drafts: drafts, done: make(chan struct{})}
	for i, d := range drafts {
		if err := d.Validate(); err != nil {
			return nil, fmt.Errorf("append to ledger: draft %d of %d: %w", i+1, len(drafts), err)
		}
		a.bytes += len(d.Audience) + len(d.Body)
	}
	if err := q.through(ctx, a); err != nil {
		return nil, fmt.Errorf("append to ledger: %w", err)
	}
	return a.Entries, nil
}

// Take is Append for entries of another ledger, which the writer keeps as they
// are if they follow its last one.
func (q *Queue) Take(ctx context.Context, entries ...ledger.Entry) error {
	a := &Append{Expected: ledger.Any, Given: entries, done: make(chan struct{})}
	for _, e := range entries {
		a.bytes += len(e.Audience) + len(e.Body)
	}
	if err := q.through(ctx, a); err != nil {
		return fmt.Errorf("take entries of another ledger: %w", err)
	}
	return nil
}

// through brings the append to the writer and waits for its outcome.
func (q *Queue) through(ctx context.Context, a *Append) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("nothing was appended: %w", err)
	}
	if err := q.enter(a); err != nil {
		return err
	}
	select {
	case <-a.done:
	case <-ctx.Done():
		if q.withdraw(a) {
			return fmt.Errorf("nothing was appended: %w", ctx.Err())
		}
		<-a.done
	}
	return a.Err
}

// size is how many entries the append is to be.
func (a *Append) size() int { return len(a.Drafts) + len(a.Given) }

// enter hands the append to the writer; without anything to append it is done at once.
func (q *Queue) enter(a *Append) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return ledger.ErrClosed
	case a.size() == 0:
		close(a.done)
		return nil
	case q.refusal != nil:
		return q.refusal
	}
	q.waiting = append(q.waiting, a)
	q.signal()
	return nil
}

// withdraw takes the append back unless the writer has it.
func (q *Queue) withdraw(a *Append) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, a)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Refuse makes every later append fail with the error; the first one stays.
func (q *Queue) Refuse(err error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.refusal == nil {
		q.refusal = err
	}
	return q.refusal
}

// Refusal is why no append is taken any more; nil if they are.
func (q *Queue) Refusal() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.refusal
}

// Close makes later appends fail with [ledger.ErrClosed]. What waits is still
// for the writer to take, which then gets no more groups. It says whether the
// queue was open.
func (q *Queue) Close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.closed = true
	q.signal()
	return true
}

// Group waits for appends and takes those that fit into one commit of so many
// entries and bytes of bodies; a larger append is a group of its own. None
// means that the queue is closed and nothing waits.
func (q *Queue) Group(maxEntries, maxBytes int) []*Append {
	for {
		q.gather()
		q.mu.Lock()
		entries, bytes, n := 0, 0, 0
		for _, a := range q.waiting {
			entries += a.size()
			bytes += a.bytes
			if n > 0 && (entries > maxEntries || bytes > maxBytes) {
				break
			}
			n++
		}
		taken := slices.Clone(q.waiting[:n])
		q.waiting = slices.Delete(q.waiting, 0, n)
		closed := q.closed
		q.mu.Unlock()
		if n > 0 || closed {
			return taken
		}
		<-q.wake
	}
}

// gather lets those who have just been acknowledged append again, if they do
// so at once: otherwise they miss the next commit, and writers that never
// pause end up in two halves that take turns. It waits for nobody.
func (q *Queue) gather() {
	for before, tries := -1, 0; tries < 4; tries++ {
		runtime.Gosched()
		q.mu.Lock()
		waiting := len(q.waiting)
		q.mu.Unlock()
		if waiting == before {
			return
		}
		before = waiting
	}
}

// Finish lets the callers of a group go with their outcomes.
func Finish(group []*Append) {
	for _, a := range group {
		close(a.done)
	}
}

// Fail gives every append of the group the error as its outcome.
func Fail(group []*Append, err error) {
	for _, a := range group {
		a.Entries, a.Err = nil, err
	}
}
