// Package sqlite is the embedded engine of the ledger: one SQLite file in WAL
// mode with synchronous=FULL, so that an append is acknowledged only when it
// is on disk.
//
// # Files
//
//	PATH        the ledger
//	PATH-wal    SQLite's write-ahead log; belongs to the ledger until a clean close removes it
//	PATH-shm    SQLite's index of the write-ahead log; can be rebuilt
//	PATH.head   the anchor: the head as of the last acknowledged append (see package anchor)
//	PATH.lock   held (flock) by the one process that may write
//
// # Order of an append
//
//  1. the writer goroutine takes every waiting append into one transaction
//  2. COMMIT, which returns after fsync of the write-ahead log
//  3. the anchor is written, without fsync
//  4. the head moves in memory and followers wake
//  5. the appends are acknowledged
//
// Hence what is stored is never behind the anchor. If it is, stored bytes
// were lost, and the ledger refuses to be written to: it would issue sequence
// numbers a second time.
//
// Only the writer's connection writes or checkpoints; readers have read-only
// connections of their own and hold a transaction for one page of entries.
// This also keeps clear of SQLite's "WAL-reset" bug (3.7.0 to 3.51.2), which
// takes two connections that write or checkpoint at the same moment.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
	"github.com/tocsin-project/tocsin/internal/ledger/queue"
	"zombiezen.com/go/sqlite"
)

// Options of a ledger; the zero value opens for writing.
type Options struct {
	Clock    func() time.Time // when an entry is accepted; nil: time.Now
	ReadOnly bool             // read and check only, also while another process writes
}

// Ledger is an open ledger file; it implements [ledger.Ledger].
type Ledger struct {
	path     string
	readOnly bool
	readers  *pool
	queue    *queue.Queue
	life     context.Context // ends with Close
	end      context.CancelFunc
	checks   sync.WaitGroup // running calls of Check

	// What follows belongs to the writer goroutine; nil if read-only.
	lock   *os.File
	anchor *anchor.Anchor
	conn   *sqlite.Conn
	clock  func() time.Time
	last   time.Time // of the head
	dirty  int       // pages in the write-ahead log since the last checkpoint, estimated
	done   chan struct{}

	mu      sync.Mutex // guards what follows
	head    ledger.Head
	changed chan struct{} // closed and replaced when head moves
	closed  bool
}

var _ ledger.Ledger = (*Ledger)(nil)

// Open opens the ledger at path and, unless it is to be read only, creates it
// if it is not there. It fails with [ledger.ErrCorrupt] if entries that were
// acknowledged are missing or the last one is damaged; then nothing has been
// changed on disk, and Check or a read-only ledger tells more. It fails if
// another process has the ledger open for writing, and for a file that is not
// a ledger or was written by a newer version.
func Open(path string, opts Options) (*Ledger, error) {
	l, err := open(path, opts)
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", path, err)
	}
	return l, nil
}

func open(path string, opts Options) (_ *Ledger, err error) {
	if path == "" || path == ":memory:" {
		return nil, errors.New("a ledger needs a file")
	}
	// SQLite follows links, so the files next to the ledger have to as well.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	l := &Ledger{path: path, readOnly: opts.ReadOnly, clock: opts.Clock, changed: make(chan struct{}), queue: queue.New()}
	if l.clock == nil {
		l.clock = time.Now
	}
	l.life, l.end = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			err = errors.Join(err, l.release())
		}
	}()
	if opts.ReadOnly {
		if _, err := identify(path); err != nil {
			return nil, err
		}
		l.readers = newPool(path)
		_ = l.queue.Refuse(fmt.Errorf("%w: it was opened read-only", ledger.ErrUnavailable))
		return l, nil
	}
	if l.lock, err = acquireLock(path); err != nil {
		return nil, err
	}
	was, err := inspect(path)
	if err != nil {
		return nil, err
	}
	if l.conn, err = openWriter(path, was.fresh); err != nil {
		return nil, err
	}
	if l.anchor, err = anchor.Open(path, was.head); err != nil {
		return nil, err
	}
	l.head, l.last = was.head, was.last
	l.readers = newPool(path)
	l.done = make(chan struct{})
	go l.write()
	return l, nil
}

// Head is the last entry on disk.
func (l *Ledger) Head(ctx context.Context) (ledger.Head, error) {
	if err := ctx.Err(); err != nil {
		return ledger.Head{}, fmt.Errorf("read the ledger's head: %w", err)
	}
	if l.life.Err() != nil {
		return ledger.Head{}, fmt.Errorf("read the ledger's head: %w", ledger.ErrClosed)
	}
	if l.readOnly {
		h, err := l.storedHead(ctx)
		if err != nil {
			return ledger.Head{}, fmt.Errorf("read the ledger's head: %w", err)
		}
		return h, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head, nil
}

// Close finishes the appends that wait, ends readers and followers with
// [ledger.ErrClosed], and moves the write-ahead log into the ledger's file.
// Closing twice is harmless.
func (l *Ledger) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	l.queue.Close()
	if l.done != nil {
		<-l.done
	}
	l.end()
	l.checks.Wait()
	if err := l.release(); err != nil {
		return fmt.Errorf("close ledger %s: %w", l.path, err)
	}
	return nil
}

// release closes what is open. The writer's connection comes last of all
// connections, so that its closing empties the write-ahead log; the lock
// comes last of all.
func (l *Ledger) release() error {
	l.end()
	var errs []error
	if l.readers != nil {
		errs = append(errs, l.readers.close())
	}
	if l.conn != nil {
		errs = append(errs, l.conn.Close())
	}
	if l.anchor != nil {
		errs = append(errs, l.anchor.Close())
	}
	if l.lock != nil {
		errs = append(errs, l.lock.Close())
	}
	return errors.Join(errs...)
}
