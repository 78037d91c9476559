package once

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Bounds of what is kept: an answer that is longer is not, and of too many the
// oldest are dropped. Who asks for one of those again hears a TakenError.
const (
	maxAnswer  = 256 << 10 // bytes of a body
	maxFile    = 64 << 20  // bytes of the file
	maxPrivate = 16 << 20  // bytes of bodies in memory
)

// answer is one that is kept.
type answer struct {
	Key ledger.Hash `json:"key"`
	Seq ledger.Seq  `json:"seq"` // of the entry that remembers the request; 0: repeatable, there is none
	At  time.Time   `json:"at"`
	Answer
	request ledger.Hash // of what is not on the ledger
}

// Answers are the answers of a hub, in a file that it alone reads. An answer is
// written before it is given, and not synced: it survives the end of the process,
// by whatever signal, and not that of the machine. What then is lost is the answer
// and never that the request was taken, which the ledger says; syncing would
// double the waiting of every call with a key for a case that is rare and ends in
// an honest answer.
//
// The file is records, one after the other: the length and the CRC-32C of what
// follows, each of 4 bytes, big-endian, and an answer as JSON. What follows the
// first damage is not read.
type Answers struct {
	most int64 // bytes of the file

	mu      sync.Mutex
	file    *os.File // nil: everything is kept in memory
	size    int64
	places  map[ledger.Hash]kept
	order   []ledger.Hash // of places, as they came
	private map[ledger.Hash]answer
	queued  []ledger.Hash // of private, as they came
	held    int           // bytes of private bodies
}

// kept is where an answer is in the file.
type kept struct {
	offset int64
	length int
	seq    ledger.Seq
	at     time.Time
}

// InMemory are answers that end with the process.
func InMemory() *Answers {
	return &Answers{most: maxFile, places: map[ledger.Hash]kept{}, private: map[ledger.Hash]answer{}}
}

// OpenAnswers opens the file at path or makes it.
func OpenAnswers(path string) (*Answers, error) {
	file, err := os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open kept answers: %w", err)
	}
	a := InMemory()
	a.file = file
	if err := a.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("open kept answers: %w", err), file.Close())
	}
	return a, nil
}

// Close closes the file.
func (a *Answers) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// keep keeps an answer; a secret one in memory alone.
func (a *Answers) keep(one answer, secret bool) error {
	if len(one.Body) > maxAnswer {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if secret || a.file == nil {
		a.hold(one)
		return nil
	}
	text, err := json.Marshal(one)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	if a.size+int64(frame+len(text)) > a.most {
		if err := a.compact(one.At); err != nil {
			return fmt.Errorf("keep answer: %w", err)
		}
	}
	if _, err := a.file.WriteAt(record(text), a.size); err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	a.place(one, len(text))
	return nil
}

// hold keeps an answer in memory.
func (a *Answers) hold(one answer) {
	const each = 256 // bytes that an answer takes without its body
	drop := func() {
		a.held -= each + len(a.private[a.queued[0]].Body)
		delete(a.private, a.queued[0])
		a.queued = a.queued[1:]
	}
	for len(a.queued) > 0 && one.At.Sub(a.private[a.queued[0]].At) >= Kept {
		drop()
	}
	if _, again := a.private[one.Key]; again {
		return
	}
	a.private[one.Key] = one
	a.queued = append(a.queued, one.Key)
	for a.held += each + len(one.Body); a.held > maxPrivate; {
		drop()
	}
}

// find is the answer to the request of the entry at seq.
func (a *Answers) find(key ledger.Hash, seq ledger.Seq, now time.Time) (bool, answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if one, held := a.private[key]; held && one.Seq == seq && now.Sub(one.At) < Kept {
		return true, one
	}
	at, known := a.places[key]
	if !known || at.seq != seq || seq == 0 {
		return false, answer{}
	}
	var one answer
	text, err := a.read(at.offset, a.size)
	if err == nil {
		err = json.Unmarshal(text, &one)
	}
	return err == nil && one.Key == key, one
}
