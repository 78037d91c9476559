// Package hindsight is an edge's bounded memory of what its telemetry showed in
// the past days. When an indicator arrives, it answers "did we already see
// this?", and since when.
//
// # Exactness
//
// Memory holds the text of each value, in RAM and on disk; a fingerprint only
// finds it. No answer rests on a fingerprint, so none accuses a host because
// two values share one. Estimated is Past.Hosts alone.
//
// # Life of a note
//
// Note counts an event under its value in the current generation, a table in
// RAM. Flush, or a table that is full, has a generation written as a segment:
// records sorted by key, front-coded (see segment.go for the bytes). Segments
// of one day are merged with one another as they become many. Older days give
// way, by number and by bytes (see days.go). A segment becomes part of the
// memory by a rename, whole or not at all.
//
// # After a crash
//
// What was noted since the last Flush is lost by kill -9. Telemetry is then
// read again from the position that was stored last, so nothing is missing, and
// nothing is counted twice if the caller does this:
//
//  1. flush: Flush, then Mark gives the number of the flush;
//  2. store the position together with that number, and call Stored with it;
//  3. after a restart give the stored number as Options.Mark: what was flushed
//     after it is forgotten, as it is going to be read again.
//
// Without Options.Mark everything on disk is kept, and what was noted between
// the last stored position and the last flush counts twice after a crash.
package hindsight

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// Options of a memory; the zero value works.
type Options struct {
	Days     int   // how many days are remembered; 0 means 30
	MaxBytes int64 // on disk, besides what a merge is writing; 0 means 1 GiB
	// MaxMemory is how many bytes of RAM the generations and their sorting
	// take; 0 means 32 MiB, less than 2 MiB means 2 MiB. The segments' index
	// comes on top, some 32 bytes for each 4 KiB on disk, and what many
	// questions at once take while they are answered.
	MaxMemory int
	// Clock is the edge's own; nil means time.Now. Days begin and end by it,
	// whatever the telemetry says.
	Clock func() time.Time
	// Mark is the number of the last flush that counts; nil means all do.
	Mark *uint64
	Log  *slog.Logger // nil discards
}

func (o Options) withDefaults() Options {
	if o.Days <= 0 {
		o.Days = 30
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 1 << 30
	}
	if o.MaxMemory <= 0 {
		o.MaxMemory = 32 << 20
	}
	o.MaxMemory = max(o.MaxMemory, 2<<20)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Memory remembers. All methods may be called from many goroutines.
type Memory struct {
	dir  string
	opts Options

	// latest is the second of the Unix epoch up to which a time is taken as
	// the telemetry says it, looked up anew when something claims to be later.
	latest  atomic.Int64
	active  atomic.Pointer[generation]
	dropped atomic.Uint64
	tooLong atomic.Uint64
	damaged atomic.Uint64

	// Locks are taken in this order: merging, flushing, mu.
	merging  sync.Mutex // one merge at a time
	flushing sync.Mutex // one segment at a time is written from a generation

	mu       sync.Mutex
	room     sync.Cond   // of mu: the pending generation has been written, or cannot be
	pending  *generation // cut off and not yet on disk
	spare    *generation // empty
	failed   error       // why pending is not on disk
	segments []*segment  // never changed in place
	next     uint64      // the mark of what is noted now
	flushed  uint64      // the mark of the last flush
	stored   uint64      // the last mark that the caller has stored
	sequence uint64      // of the last segment
	today    int64       // the day that is written to
	closed   bool
	work     sync.WaitGroup
}

// Open opens the memory in dir, which it makes if need be. One process at a
// time may have it open. A segment that cannot be read is set aside with the
// name's ending ".damaged", and logged.
func Open(dir string, opts Options) (*Memory, error) {
	opts = opts.withDefaults()
	m := &Memory{dir: dir, opts: opts, today: dayOf(opts.Clock())}
	m.room.L = &m.mu
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = atomicfile.Clean(dir)
	}
	if err == nil {
		err = m.load()
	}
	if err != nil {
		return nil, fmt.Errorf("open hindsight in %s: %w", dir, err)
	}
	// What remains is for sorting one of them.
	m.active.Store(newGeneration(opts.MaxMemory / 3))
	m.spare = newGeneration(opts.MaxMemory / 3)
	m.mu.Lock()
	m.forget()
	m.mu.Unlock()
	return m, nil
}

// slack is how far ahead of the edge's clock a sensor's may be.
const slack = 24 * time.Hour

// second is the time as the memory keeps it: whole seconds from 1970 to 2106.
// No time, and one too far ahead of the edge's clock, is the edge's.
func (m *Memory) second(at time.Time) uint32 {
	s := at.Unix()
	if s > m.latest.Load() || at.IsZero() {
		now := m.opts.Clock()
		m.latest.Store(now.Add(slack).Unix())
		if at.IsZero() || s > now.Add(slack).Unix() {
			s = now.Unix()
		}
	}
	return uint32(min(max(s, 0), 1<<32-1))
}

// Note remembers that an event at a time showed v, and which of the partner's
// hosts was behind it; no address means that none is known. v is normalised as
// observable.New does it and is not kept. A value longer than 4,096 bytes is
// not remembered but counted. Note waits for the disk only when both halves of
// the memory are full; when the disk fails, what is new is dropped and counted.
func (m *Memory) Note(v observable.Value, host netip.Addr, at time.Time) {
	if len(v.Text) > maxText {
		m.tooLong.Add(1)
		return
	}
	s := m.second(at)
	code := codeOf(v.Type)
	if code == 0 {
		m.noteOther(v, host, s)
		return
	}
	m.note(code, v.Text, hostBit(host), s)
}

// noteOther notes a type without a code of its own: its name goes before the
// text.
func (m *Memory) noteOther(v observable.Value, host netip.Addr, s uint32) {
	text := string(v.Type) + "\x00" + v.Text
	if len(text) > maxText {
		m.tooLong.Add(1)
		return
	}
	m.note(0, text, hostBit(host), s)
}

func (m *Memory) note(code byte, text string, host uint64, s uint32) {
	h := fingerprint(code, text)
	for {
		g := m.active.Load()
		switch g.note(h, code, text, host, s) {
		case noted:
			return
		case full:
			if !m.spill(g) {
				m.dropped.Add(1)
				return
			}
		}
	}
}
