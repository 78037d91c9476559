// Package witness is an independent process that cosigns what a transparency log
// has shown it consistently (C2SP tlog-witness, tlog-cosignature). A log that
// shows one history to one reader and another to the next cannot have both
// cosigned by one witness. A cosignature says nothing more: it is not a vote.
//
// # Files
//
//	witness.key      the signing key, readable by its owner only
//	logs/<hash>      the checkpoint of a log that was cosigned last, with the cosignature
//	forks/<hash>-<size>-<root>
//	                 two checkpoints of a log that contradict each other, one after the other
//
// where <hash> is the hex of SHA-256(origin). The file of a log is on disk before
// the cosignature leaves the witness: after a crash, or a kill, it remembers at
// least what it has told others. A witness that has a key and no folder logs has
// lost its memory and does not start: it would sign a second history.
package witness

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// MaxLogs is how many logs a witness can be told to accept.
const MaxLogs = 1000

// Config says what a witness is.
type Config struct {
	Data   string   // its folder
	Name   string   // of the key, if there is none yet; empty: one by chance
	Logs   []string // verifier keys of the logs that it accepts; several of one origin are keys of one log
	Clock  func() time.Time
	Logger *slog.Logger
}

// Witness is a running witness; its methods may be called at the same time.
type Witness struct {
	dir    string
	lock   *os.File
	key    *translog.Cosigner
	logs   map[string]*memory // by origin
	clock  func() time.Time
	logger *slog.Logger
}

// memory is what the witness knows of one log.
type memory struct {
	verifiers []note.Verifier

	mu     sync.Mutex // held from the comparison until the new state is on disk
	tree   translog.Checkpoint
	at     time.Time // of the last cosignature; zero: none yet
	signed []byte    // the checkpoint as it is kept
	forks  int       // proofs of forks that are kept
}

// Open starts a witness, or goes on with one. Only one process at a time can
// have its folder: two would not know what the other has signed.
func Open(cfg Config) (_ *Witness, err error) {
	w := &Witness{dir: cfg.Data, logs: make(map[string]*memory), clock: cfg.Clock, logger: cfg.Logger}
	if w.clock == nil {
		w.clock = time.Now
	}
	if w.logger == nil {
		w.logger = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("open witness %s: %w", cfg.Data, errors.Join(err, w.Close()))
		}
	}()
	if err := w.own(); err != nil {
		return nil, err
	}
	if w.key, err = openKey(w.dir, cfg.Name); err != nil {
		return nil, err
	}
	for _, dir := range []string{"logs", "forks"} {
		if err := atomicfile.Clean(w.path(dir)); err != nil {
			return nil, err
		}
	}
	if err := w.accept(cfg.Logs); err != nil {
		return nil, err
	}
	return w, nil
}

// own makes the folder and keeps others out of it.
func (w *Witness) own() (err error) {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	if w.lock, err = os.Open(w.dir); err != nil {
		return err
	}
	if err := syscall.Flock(int(w.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("another process has it open: %w", err)
	}
	return atomicfile.Clean(w.dir)
}

// accept reads what is remembered of each log.
func (w *Witness) accept(vkeys []string) error {
	if len(vkeys) > MaxLogs {
		return fmt.Errorf("%d keys of logs are given, at most %d are allowed", len(vkeys), MaxLogs)
	}
	for _, vkey := range slices.Compact(slices.Sorted(slices.Values(vkeys))) {
		v, err := translog.NewLogVerifier(vkey)
		if err != nil {
			return err
		}
		m := w.logs[v.Name()]
		if m == nil {
			if m, err = w.remember(v.Name()); err != nil {
				return err
			}
			if m.at.After(w.clock().Add(time.Minute)) {
				w.logger.Warn("the clock is behind the last cosignature, whose time is used until then", "log", v.Name(), "last", m.at)
			}
			w.logs[v.Name()] = m
		}
		m.verifiers = append(m.verifiers, v)
	}
	return nil
}

// VerifierKey is for whoever is to trust the witness.
func (w *Witness) VerifierKey() string { return w.key.VerifierKey() }

// Close lets the folder go; what was cosigned is on disk already.
func (w *Witness) Close() error {
	if w.lock == nil {
		return nil
	}
	err := w.lock.Close()
	w.lock = nil
	return err
}

func (w *Witness) path(name ...string) string {
	return filepath.Join(append([]string{w.dir}, name...)...)
}
