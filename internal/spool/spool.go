// Package spool is a bounded queue on disk: what waits to be sent, oldest first,
// and a small state that goes with it. What is appended and the state of that
// moment are on disk together or not at all, so that a reader that stores its
// position as the state neither loses a finding nor makes one twice.
//
// An item is delivered at least once: Done is noted at once, but not synced, so
// that after a power failure (not after a crash of the process) some items may
// come again. Whoever receives them has to know them by an id of their own.
//
// # When there is no room
//
// Beyond the limits the oldest items give way and are counted. The other choice
// would be to refuse, which stops the reader: its sensor's files wait, but at
// three in the morning nobody would learn any more what happens now, in the
// partner's own house either, and what waits would be told in an order that
// helps last. A file system that is full is another matter: Append fails and
// changes nothing, reading and Done go on, and it is for the caller to try again.
//
// # Files
//
//	lock                    held (flock) by the one process that has the spool open
//	NUMBER-MARKER.segment   records, one after the other (see record.go); both in
//	                        16 hex digits; the marker is random and begins each record
//	state-0, state-1        the last states that came without items, in turn
//	progress                up to which item everything is delivered, in two places in turn
//
// A segment is removed when all of it is delivered or has given way, but never
// the newest: it has the last state.
package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// Limits bound a spool; the zero value works.
type Limits struct {
	Bytes int64 // of all segments; 0: 256 MiB
	Items int   // that wait; 0: 100,000
}

const (
	defaultBytes = 256 << 20
	defaultItems = 100_000
	maxSegment   = 8 << 20
	// maxRecord is what one append may come to, whatever the limits.
	maxRecord = 1 << 30
)

// ErrTooLarge says that an append is over the limits by itself: it will never
// succeed.
var ErrTooLarge = errors.New("it is larger than the spool may become")

// ErrEmpty says that nothing waits.
var ErrEmpty = errors.New("nothing waits")

// Spool is the queue. Its methods may be called concurrently.
type Spool struct {
	dir    string
	limits Limits
	lock   *os.File

	writing sync.Mutex // serialises Append; taken before mu
	buffer  []byte     // a record that is being made
	roll    bool       // the newest segment cannot be written to any more
	states  states

	mu       sync.Mutex // guards what follows; not held while Append waits for the disk, unless items give way
	closed   bool
	segments []*segment // the oldest first
	queue    []item     // that wait, the oldest first
	bytes    int64      // of all segments
	sequence uint64     // of the last append, from 1
	next     uint64     // id of the next item, from 1
	dropped  uint64
	state    []byte
	progress progress
	damage   []Damage
}

// item is where one is.
type item struct {
	id          uint64
	of          *segment
	offset      int64
	length, crc uint32
}

// Open opens the spool in a folder, which is made if there is none. What a crash
// broke off is cut; see Damage for that and for what cannot be read.
func Open(dir string, limits Limits) (*Spool, error) {
	if limits.Bytes == 0 {
		limits.Bytes = defaultBytes
	}
	if limits.Items == 0 {
		limits.Items = defaultItems
	}
	if limits.Bytes < 0 || limits.Items < 0 {
		return nil, fmt.Errorf("open spool %s: limits of %d bytes and %d items are none", dir, limits.Bytes, limits.Items)
	}
	s := &Spool{dir: dir, limits: limits}
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open spool %s: %w", dir, err), s.Close())
	}
	return s, nil
}

func (s *Spool) open() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := atomicfile.SyncDir(filepath.Dir(filepath.Clean(s.dir))); err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	s.lock = lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errors.New("another process has it open; stop that one or give this one a folder of its own")
		}
		return err
	}
	if err := s.progress.open(s.dir); err != nil {
		return err
	}
	if err := s.states.open(s.dir); err != nil {
		return err
	}
	if err := s.load(); err != nil {
		return err
	}
	return atomicfile.SyncDir(s.dir)
}

// Close closes the files. What was delivered until then is on disk as such.
func (s *Spool) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := errors.Join(s.progress.close(), s.states.close())
	for _, g := range s.segments {
		err = errors.Join(err, closeFile(g.file))
	}
	if err = errors.Join(err, closeFile(s.lock)); err != nil {
		return fmt.Errorf("close spool %s: %w", s.dir, err)
	}
	return nil
}

func closeFile(c *os.File) error {
	if c == nil {
		return nil
	}
	return c.Close()
}

// State is the last state that was appended; nil if there was none.
func (s *Spool) State() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]byte(nil), s.state...)
}

// Len is how many items wait.
func (s *Spool) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue)
}

// Bytes is what the segments take on disk.
func (s *Spool) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// Dropped is how many items have given way since the spool was made. One that
// gave way while it was being sent counts, too.
func (s *Spool) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}
