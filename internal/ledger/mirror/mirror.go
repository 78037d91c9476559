// Package mirror keeps a node's own file of a ledger that several nodes share.
//
// Appends go to the shared ledger. One goroutine follows that, and takes its
// entries into the file as they are: the same bytes, times and hashes, the chain
// checked on the way. Whatever reads, reads the file: as fast as on one machine,
// and also when the other nodes are away. An append returns once the file has its
// entries, so that who appended can read them.
//
// # When the two do not agree
//
// The file must be a beginning of what is shared. If it is not, or either of them
// is damaged, this node's copies are not to be trusted: the mirror takes no more
// entries, every append fails, and [Ledger.Failed] tells. What the file has of
// sound, chained entries can still be read. That the shared ledger cannot be
// reached is no damage: the mirror tries until it can.
package mirror

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// Ledger is a shared ledger with a file of this node's; it implements
// [ledger.Ledger].
type Ledger struct {
	shared ledger.Ledger
	file   *sqlite.Ledger
	name   string // of the file
	offers *offers

	life    context.Context // of the follower
	end     context.CancelFunc
	done    chan struct{}   // closed when the follower has ended
	patient context.Context // of appends that wait for the file
	hurry   context.CancelFunc

	mu      sync.Mutex // guards what follows
	closed  bool
	appends sync.WaitGroup // running; none begins once closed
	fault   error

	failed chan struct{} // closed when fault is set
}

var _ ledger.Ledger = (*Ledger)(nil)

// catchUp is how long Open waits for a shared ledger that seems to end before the
// file does: longer than a new leader of several nodes takes to apply what it has.
const catchUp = 10 * time.Second

// Open opens the file, creates it if it is not there, and begins to follow the
// shared ledger. Both belong to the mirror from then on; an Open that fails closes
// both. It fails with [ledger.ErrCorrupt] if the file is damaged, or is not a
// beginning of what is shared; if the shared ledger cannot tell now, that is
// found out before anything is taken. It does not wait until the file has
// everything: see [Ledger.Behind]. The file's own clock is not used.
func Open(ctx context.Context, shared ledger.Ledger, file string, opts sqlite.Options) (*Ledger, error) {
	return open(ctx, shared, file, opts, catchUp)
}

func open(ctx context.Context, shared ledger.Ledger, file string, opts sqlite.Options, patience time.Duration) (*Ledger, error) {
	l := &Ledger{shared: shared, name: file, offers: newOffers(), done: make(chan struct{}), failed: make(chan struct{})}
	var err error
	if l.file, err = sqlite.Open(file, opts); err != nil {
		return nil, errors.Join(advise(fmt.Errorf("open this node's file of the ledger: %w", err)), shared.Close())
	}
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	agreed, err := l.agree(within)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, errors.Join(advise(err), shared.Close(), l.file.Close())
	}
	l.life, l.end = context.WithCancel(context.Background())
	l.patient, l.hurry = context.WithCancel(context.Background())
	go l.follow(agreed)
	return l, nil
}

// Append appends to the shared ledger: see [ledger.Ledger]. It returns once the
// file has the entries, too. Those that the shared ledger has acknowledged are
// appended, whatever becomes of the file: if the context ends, and [grace] is over,
// before the file has them, or the mirror fails, they are returned all the same.
func (l *Ledger) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	if err := l.begin(); err != nil {
		return nil, fmt.Errorf("append to ledger: %w", err)
	}
	defer l.appends.Done()
	l.offers.ask()
	entries, err := l.shared.Append(ctx, expected, drafts...)
	l.offers.put(entries)
	if err != nil || len(entries) == 0 {
		return entries, err
	}
	defer l.offers.withdraw(entries)
	l.await(ctx, entries[len(entries)-1].Seq)
	return entries, nil
}

// grace is how much longer than its context an append waits for the file, which
// has its entries in a moment unless something is wrong.
const grace = time.Second

// await waits until the file has the entry, or waiting is over.
func (l *Ledger) await(ctx context.Context, seq ledger.Seq) {
	waiting, cancel := context.WithCancel(l.patient)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })()
	_ = l.file.Wait(waiting, seq-1) // the entries are appended in any case
}

// begin counts a running append, unless none is taken any more.
func (l *Ledger) begin() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ledger.ErrClosed
	case l.fault != nil:
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, l.fault)
	}
	l.appends.Add(1)
	return nil
}

// lastTakes is how long Close waits for the file to get what was just appended.
const lastTakes = 3 * time.Second

// Close finishes the appends that wait, and closes the file and the shared
// ledger. Closing twice is harmless.
func (l *Ledger) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	defer time.AfterFunc(lastTakes, l.hurry).Stop()
	l.appends.Wait()
	l.hurry()
	l.end()
	<-l.done
	if err := errors.Join(l.shared.Close(), l.file.Close()); err != nil {
		return fmt.Errorf("close the ledger and this node's file of it: %w", err)
	}
	return nil
}
