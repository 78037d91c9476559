// Package ledger is the one place where Tocsin remembers: an append-only,
// hash-chained sequence of entries. Everything else (the catalog, the feeds,
// the alarms, the board, the cases) is a view that folds over it and can be
// deleted and rebuilt.
//
// # The entry, byte by byte
//
// An entry is stored and hashed as its record, which is the same on every
// engine. Integers are big-endian; lengths count bytes.
//
//	offset  size  field
//	0       1     format, always 1
//	1       8     seq: 1 for the first entry, then without a gap
//	9       8     time: microseconds since 1970-01-01 UTC, never before the previous entry's
//	17      32    prev: the hash of the previous entry, 32 zero bytes for the first
//	49      1     k, the length of kind (1-64)
//	50      k     kind, ASCII letters, digits, '.' and '-'
//	..      2     a, the length of actor (0-255)
//	..      a     actor: the partner that caused the entry, or "hub"
//	..      2     u, the length of audience (0-65,535)
//	..      u     audience: who may be told; opaque to the ledger (see package access)
//	..      4     b, the length of body (at most MaxBody; SealOverhead more if sealed)
//	..      b     body: by convention one JSON object, or one sealed (see package sealed)
//
// The entry's hash is SHA-256(record). Since the record holds prev, the hash
// of the last entry (the head) commits to every byte before it.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Seq is an entry's position: 1 for the first, then without a gap. As a
// cursor, n means "after entry n", so 0 is the beginning.
type Seq uint64

// Any as the expected head of an append means that the caller does not mind
// what was appended in between.
const Any = ^Seq(0)

// MaxBody is the largest body of one entry in bytes: JetStream's default
// payload limit is 1 MiB, and the record has to fit there as well.
const MaxBody = 1<<20 - 1<<12

// SealMark begins the bodies that package sealed encrypted, as no JSON text
// does. To the ledger they are bytes like any other, but they may be
// SealOverhead bytes longer than MaxBody, so that the limit is the same
// whether bodies are sealed or not.
const (
	SealMark     = 0x01
	SealOverhead = 37
)

// Kind names what happened, as "area.event": "protection.decided".
type Kind string

// Hash is the SHA-256 of an entry's record.
type Hash [32]byte

// Draft is an entry before it has a place in the ledger.
type Draft struct {
	Kind     Kind
	Actor    string
	Audience string
	Body     []byte
}

// Entry is one thing that happened.
type Entry struct {
	Seq      Seq
	Time     time.Time // UTC, microseconds; when the ledger accepted it
	Prev     Hash
	Kind     Kind
	Actor    string
	Audience string
	Body     []byte
	Hash     Hash
}

// Head is the position and the hash of the last entry; the zero Head is that
// of an empty ledger.
type Head struct {
	Seq  Seq  `json:"seq"`
	Hash Hash `json:"hash"`
}

var (
	// ErrConflict says that the ledger's head was not the expected one;
	// nothing was appended.
	ErrConflict = errors.New("the ledger has moved on")
	// ErrCorrupt says that stored bytes are not what was appended.
	ErrCorrupt = errors.New("the ledger is damaged")
	// ErrInvalid says that a draft can never be an entry.
	ErrInvalid = errors.New("invalid entry")
	// ErrUnavailable says that the ledger takes no entries now: its disk is
	// full or fails, or it was opened read-only.
	ErrUnavailable = errors.New("the ledger takes no entries")
	// ErrFenced says that another node has taken the lead under which something was
	// decided: nothing was appended.
	ErrFenced = fmt.Errorf("%w: another node leads", ErrUnavailable)
	// ErrClosed says that the ledger has been closed.
	ErrClosed = errors.New("the ledger is closed")
)

// Ledger is what an engine has to offer. All methods may be called from many
// goroutines at once.
type Ledger interface {
	// Append adds the drafts in order, all of them or none, and returns the
	// entries once they are on disk. With expected other than Any it fails
	// with ErrConflict unless the head's Seq is expected. An error that is
	// not ErrConflict, ErrInvalid or ErrClosed leaves open whether the entries were
	// appended; the caller finds out by reading.
	Append(ctx context.Context, expected Seq, drafts ...Draft) ([]Entry, error)

	// Read yields the entries after the cursor in order, up to the head as
	// it is when reading reaches it, and only the named kinds if there are
	// any. It checks every entry's hash and, where no kind is named, the
	// chain; damage ends it with ErrCorrupt and the damaged entry's Seq.
	Read(ctx context.Context, after Seq, kinds ...Kind) iter.Seq2[Entry, error]

	// Head is the last entry on disk.
	Head(ctx context.Context) (Head, error)

	// Wait returns as soon as the head's Seq is greater than after, or with
	// the context's error.
	Wait(ctx context.Context, after Seq) error

	// Check reads everything and reports what is damaged. It goes on past
	// damage; the error is for not being able to look at all.
	Check(ctx context.Context) (Report, error)

	Close() error
}

// Report is the outcome of Check.
type Report struct {
	Head    Head     `json:"head"`
	Entries uint64   `json:"entries"` // that could be read and are sound
	Damage  []Damage `json:"damage"`
	Sound   []Span   `json:"sound"` // what is still sound, as runs without a break
}

// Damage is one entry that is not what was appended, and why.
type Damage struct {
	Seq    Seq    `json:"seq"` // 0: no entry in particular, but the store around them
	Reason string `json:"reason"`
}

// Span is a run of entries, both ends included.
type Span struct {
	First Seq `json:"first"`
	Last  Seq `json:"last"`
}
