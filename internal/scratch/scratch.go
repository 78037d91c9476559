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
)

// leastBytes is what the shortest text counts for, so that their number is bounded
// as well.
const leastBytes = 64 << 10

// Room is where texts wait. Its methods may be called from many goroutines.
type Room[N any] struct {
	dir      string
	most     int64 // bytes of all texts
	patience time.Duration
	clock    func() time.Time

	mu    sync.Mutex
	bytes int64
	texts map[string]*Text[N] // by owner: each has one
}

// NewRoom makes a room for so many bytes in all, in a folder, "" for the system's
// own. A text that nobody asks for during patience is dropped.
func NewRoom[N any](dir string, most int64, patience time.Duration, clock func() time.Time) *Room[N] {
	return &Room[N]{dir: dir, most: most, patience: patience, clock: clock, texts: map[string]*Text[N]{}}
}

// Text is one that waits, and what its owner wants to remember of it.
type Text[N any] struct {
	ID   string // nobody can guess it
	Size int64  // bytes
	Note N

	file  *os.File
	block cipher.Block
	asked time.Time
	held  int64 // of the room
}

// Keep reads a text of at most longest bytes to its end, in the place of the one
// that its owner had waiting. The error is ErrLong, ErrFull, or the reader's.
func (r *Room[N]) Keep(owner string, text io.Reader, longest int64) (Text[N], error) {
	r.Drop(owner)
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
	t := &Text[N]{ID: rand.Text(), file: file, block: block}
	if err = os.Remove(file.Name()); err == nil {
		err = r.fill(t, text, longest)
	}
	if err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.forget(t)
		return Text[N]{}, fmt.Errorf("keep a text: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other := r.texts[owner]; other != nil { // one that came meanwhile
		r.forget(other)
	}
	t.asked = r.clock()
	r.texts[owner] = t
	return *t, nil
}

func (r *Room[N]) fill(t *Text[N], text io.Reader, longest int64) error {
	hidden := cipher.StreamWriter{S: t.stream(), W: t.file}
	chunk := make([]byte, leastBytes)
	for {
		if !r.reserve(t, leastBytes) {
			return ErrFull
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

func (r *Room[N]) reserve(t *Text[N], bytes int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep()
	if r.bytes+bytes > r.most {
		return false
	}
	r.bytes, t.held = r.bytes+bytes, t.held+bytes
	return true
}

// Get is what an owner has waiting under an id, as it is now.
func (r *Room[N]) Get(owner, id string) (Text[N], bool) {
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
func (r *Room[N]) Note(owner, id string, note N) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.texts[owner]; t != nil && t.ID == id {
		t.Note = note
	}
}

// Drop forgets what an owner has waiting.
func (r *Room[N]) Drop(owner string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.texts[owner]; t != nil {
		delete(r.texts, owner)
		r.forget(t)
	}
}

// sweep drops what nobody asked for during the patience.
func (r *Room[N]) sweep() {
	for owner, t := range r.texts {
		if r.clock().Sub(t.asked) > r.patience {
			delete(r.texts, owner)
			r.forget(t)
		}
	}
}

func (r *Room[N]) forget(t *Text[N]) {
	r.bytes -= t.held
	t.held = 0
	_ = t.file.Close() // it has no name, and what is in it is no longer wanted
}

// Open reads the text from its beginning. Of one that was dropped reading fails.
func (t *Text[N]) Open() io.Reader {
	return cipher.StreamReader{S: t.stream(), R: io.NewSectionReader(t.file, 0, t.Size)}
}

// stream is the key stream. Each text has a key of its own and is written once, so
// that the counter may begin at 0.
func (t *Text[N]) stream() cipher.Stream { return cipher.NewCTR(t.block, make([]byte, aes.BlockSize)) }
