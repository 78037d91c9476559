// Package scratch keeps texts that wait for somebody's yes: on disk, so that they
// take no memory, and unreadable to everybody else. Each is encrypted under a key
// that only this process has, in a file whose name is removed as soon as it is
// open: however the process ends, nobody can read them then.
package scratch

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

var (
	// ErrLong says that a text is longer than one may be.
	ErrLong = errors.New("the text is too long")
	// ErrFull says that the texts that wait take all the room that there is.
	ErrFull = errors.New("too much waits already")
	// ErrShare says that the texts of the owner's house take all its share of the room.
	ErrShare = errors.New("too much of the same house waits already")
	// ErrBusy says that another text of the owner's house is on its way.
	ErrBusy = errors.New("another text of the same house is being sent")
	// ErrSlow says that a text took longer to arrive than one may.
	ErrSlow = errors.New("the text took too long to arrive")
)

// leastBytes is what the shortest text counts for, so that their number is bounded
// as well.
const leastBytes = 64 << 10

// Owner is whose text one is: somebody's, of a house, whose people share what the
// house may have. Each has one text that waits, and each house one that is on its way.
type Owner struct{ House, Name string }

// Limits are what texts may take.
type Limits struct {
	Most     int64         // bytes of all texts
	Share    int64         // of them those of one house
	Patience time.Duration // with a text that nobody asks for: then it is dropped
	Arrival  time.Duration // the longest time in which a text arrives
}

// Room is where texts wait. Its methods may be called from many goroutines.
type Room[N any] struct {
	dir    string
	limits Limits
	clock  func() time.Time

	mu       sync.Mutex
	bytes    int64
	shares   map[string]int64 // bytes by house; no zeros
	arriving map[string]bool  // houses of which a text is on its way
	texts    map[Owner]*Text[N]
}

// NewRoom makes a room in a folder, "" for the system's own.
func NewRoom[N any](dir string, limits Limits, clock func() time.Time) *Room[N] {
	return &Room[N]{dir: dir, limits: limits, clock: clock, shares: map[string]int64{}, arriving: map[string]bool{}, texts: map[Owner]*Text[N]{}}
}

// Text is one that waits, and what its owner wants to remember of it.
type Text[N any] struct {
	ID   string // nobody can guess it
	Size int64  // bytes
	Note N

	file  *os.File
	block cipher.Block
	asked time.Time
	house string
	held  int64 // of the room
}

// Keep reads a text of at most longest bytes to its end, in the place of the one
// that its owner had waiting. The error is one of this package's, or the reader's.
func (r *Room[N]) Keep(owner Owner, text io.Reader, longest int64) (Text[N], error) {
	if !r.begin(owner) {
		return Text[N]{}, fmt.Errorf("keep a text: %w", ErrBusy)
	}
	defer r.end(owner)
	var key [32]byte
	_, _ = rand.Read(key[:]) // it never fails: see package crypto/rand
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return Text[N]{}, fmt.Errorf("keep a text: %w", err)
	}
	file, err := os.CreateTemp(r.dir, "waiting-")
	if err != nil {
		return Text[N]{}, fmt.Errorf("keep a text: %w", err)
	}
	t := &Text[N]{ID: rand.Text(), file: file, block: block, house: owner.House}
	if err = os.Remove(file.Name()); err == nil {
		err = r.fill(t, &punctual{text, r.clock, r.clock().Add(r.limits.Arrival)}, longest)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.forget(t)
		return Text[N]{}, fmt.Errorf("keep a text: %w", err)
	}
	t.asked = r.clock()
	r.texts[owner] = t
	return *t, nil
}

// begin has a text of a house be on its way, unless one is, and makes room for it.
func (r *Room[N]) begin(owner Owner) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.arriving[owner.House] {
		return false
	}
	r.arriving[owner.House] = true
	r.drop(owner)
	return true
}

func (r *Room[N]) end(owner Owner) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.arriving, owner.House)
}

// punctual reads until a time.
type punctual struct {
	io.Reader
	clock func() time.Time
	until time.Time
}

func (p *punctual) Read(b []byte) (int, error) {
	if p.clock().After(p.until) {
		return 0, ErrSlow
	}
	return p.Reader.Read(b)
}

func (r *Room[N]) fill(t *Text[N], text io.Reader, longest int64) error {
	hidden := cipher.StreamWriter{S: t.stream(), W: t.file}
	chunk := make([]byte, leastBytes)
	for {
		if err := r.reserve(t, leastBytes); err != nil {
			return err
		}
		n, err := io.ReadFull(text, chunk)
		if t.Size += int64(n); t.Size > longest {
			return ErrLong
		}
		if _, err := hidden.Write(chunk[:n]); err != nil {
			return err
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func (r *Room[N]) reserve(t *Text[N], bytes int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep()
	switch {
	case r.shares[t.house]+bytes > r.limits.Share:
		return ErrShare
	case r.bytes+bytes > r.limits.Most:
		return ErrFull
	}
	r.take(t, bytes)
	return nil
}

// take gives a text so many bytes of the room, or takes them back.
func (r *Room[N]) take(t *Text[N], bytes int64) {
	r.bytes, t.held = r.bytes+bytes, t.held+bytes
	if r.shares[t.house] += bytes; r.shares[t.house] == 0 {
		delete(r.shares, t.house)
	}
}

// Get is what an owner has waiting under an id, as it is now.
func (r *Room[N]) Get(owner Owner, id string) (Text[N], bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep()
	t := r.texts[owner]
	if t == nil || t.ID != id {
		return Text[N]{}, false
	}
	t.asked = r.clock()
	return *t, true
}

// Note remembers something of a text, if it still waits.
func (r *Room[N]) Note(owner Owner, id string, note N) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.texts[owner]; t != nil && t.ID == id {
		t.Note = note
	}
}

// Drop forgets what an owner has waiting.
func (r *Room[N]) Drop(owner Owner) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(owner)
}

func (r *Room[N]) drop(owner Owner) {
	if t := r.texts[owner]; t != nil {
		delete(r.texts, owner)
		r.forget(t)
	}
}

// sweep drops what nobody asked for during the patience.
func (r *Room[N]) sweep() {
	for owner, t := range r.texts {
		if r.clock().Sub(t.asked) > r.limits.Patience {
			delete(r.texts, owner)
			r.forget(t)
		}
	}
}

func (r *Room[N]) forget(t *Text[N]) {
	r.take(t, -t.held)
	_ = t.file.Close() // it has no name, and what is in it is no longer wanted
}

// Open reads the text from its beginning. Of one that was dropped reading fails.
func (t *Text[N]) Open() io.Reader {
	return cipher.StreamReader{S: t.stream(), R: io.NewSectionReader(t.file, 0, t.Size)}
}

// stream is the key stream. Each text has a key of its own and is written once, so
// that the counter may begin at 0.
func (t *Text[N]) stream() cipher.Stream { return cipher.NewCTR(t.block, make([]byte, aes.BlockSize)) }
