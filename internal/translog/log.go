// Package translog is the public transparency log: an append-only Merkle tree
// of entries under a signed checkpoint, kept as static files that any web
// server can serve.
//
// # Files
//
// The layout is C2SP tlog-tiles, the hashes are those of RFC 6962, section 2.1,
// and the tree comes from golang.org/x/mod/sumdb/tlog:
//
//	checkpoint                  the signed checkpoint (C2SP tlog-checkpoint)
//	tile/<L>/<N>                a full tile: 256 hashes of level 8L, 8,192 bytes
//	tile/<L>/<N>.p/<W>          a partial tile, at the tree's right edge
//	tile/entries/<N>[.p/<W>]    the entries themselves, each after its length in two bytes
//
// N is written in groups of three digits: 1234067 is x001/x234/067.
//
// # Order of writing
//
// Append writes entry bundles and tiles under names that no published
// checkpoint refers to, syncs them, signs the new checkpoint into
// checkpoint.next, syncs it, and renames it to checkpoint. A crash before
// checkpoint.next leaves the log as it was. Once checkpoint.next is whole a
// signature exists, and OpenFile finishes what Append began: a log must not sign
// two trees of which neither holds the other. Appends that wait for one another
// share a checkpoint.
//
// # Keys
//
// A checkpoint is signed with every key of the log. Adding and revoking one is an
// entry; see AddKey for what a crash leaves. Cosignatures of witnesses are added
// to the published checkpoint; they go when the next one is published.
package translog

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/mod/sumdb/note"
)

const (
	checkpointFile = "checkpoint"
	nextFile       = "checkpoint.next"
)

var (
	// ErrCorrupt says that the files are not what the checkpoint commits to.
	ErrCorrupt = errors.New("the log is damaged")
	// ErrClosed says that the log has been closed.
	ErrClosed = errors.New("the log is closed")
	// ErrInvalid says that an entry, an index or a size can never be right.
	ErrInvalid = errors.New("invalid")
)

// Log is an open log; its methods may be called from many goroutines at once.
type Log struct {
	dir     string
	keyFile string
	lock    *os.File
	failAt  func(step string) error // for tests: a fault before the named step

	// queued guards waiting. appending is held over a whole commit and guards
	// edge and broken; mu only while what readers see is exchanged, so that they
	// do not wait for a disk. Lock order: appending, then queued or mu. What mu
	// guards changes only with appending held.
	queued    sync.Mutex
	waiting   []*request
	appending sync.Mutex
	edge      edge
	broken    error // why the log has to be opened again

	mu     sync.RWMutex
	keys   keyring
	tree   Checkpoint
	signed []byte
}

// Checkpoint is the signed checkpoint, as it is served.
func (l *Log) Checkpoint() []byte {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return bytes.Clone(l.signed)
}

// Tree is what the checkpoint commits to.
func (l *Log) Tree() Checkpoint {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.tree
}

// Keys are the verifier keys of the keys that sign the log's checkpoints.
func (l *Log) Keys() []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	keys := l.keys.signing()
	vkeys := make([]string, 0, len(keys))
	for _, k := range keys {
		vkeys = append(vkeys, k.vkey)
	}
	return vkeys
}

// Verifiers are for checking the log's checkpoints: each is signed with every
// key, so one that is trusted is enough.
func (l *Log) Verifiers() []note.Verifier {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.keys.verifiers()
}

// Close lets the folder go; what was appended is on disk already.
func (l *Log) Close() error {
	l.appending.Lock()
	defer l.appending.Unlock()
	if l.broken != nil && errors.Is(l.broken, ErrClosed) {
		return nil
	}
	l.broken = ErrClosed
	return l.lock.Close()
}

func (l *Log) path(name string) string { return filepath.Join(l.dir, filepath.FromSlash(name)) }
