package translog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// OpenFile opens the log in dir with its signing keys, or starts an empty one where
// dir is empty or missing. Only one Log at a time can have a folder open: two
// writers would fork the log. The keys are in a file, which is made, with a key for
// origin, if there is none. It finishes a change of keys that a crash cut short.
// Keys are added and revoked with AddKey and RevokeKey, never by hand: a key
// that the log does not tell of must not sign.
func OpenFile(dir, keyFile, origin string) (*Log, error) {
	l, err := open(dir, keyFile, origin)
	if err != nil {
		return nil, fmt.Errorf("open log %s: %w", dir, err)
	}
	return l, nil
}

// open reads the keys once it has the folder to itself.
func open(dir, keyFile, origin string) (_ *Log, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := atomicfile.SyncDir(filepath.Dir(filepath.Clean(dir))); err != nil {
		return nil, err
	}
	l := &Log{dir: dir, keyFile: keyFile, failAt: func(string) error { return nil }}
	if l.lock, err = os.Open(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = l.lock.Close() // the error that brought us here matters more
		}
	}()
	if err := syscall.Flock(int(l.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, fmt.Errorf("another process has it open: %w", err)
	}
	if err := atomicfile.Clean(dir); err != nil {
		return nil, err
	}
	found, err := readKeyring(keyFile, origin)
	if err != nil {
		return nil, err
	}
	l.keys = found
	if err := l.load(); err != nil {
		return nil, err
	}
	if found.change != nil {
		return l, l.finishChange(found)
	}
	return l, nil
}

// load takes the state from the files, finishing a publication that a crash cut
// short.
func (l *Log) load() error {
	current, err := os.ReadFile(l.path(checkpointFile))
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	next, err := os.ReadFile(l.path(nextFile))
	switch {
	case err == nil:
		if err := l.adopt(next); err != nil {
			return fmt.Errorf("finish publishing %s: %w", nextFile, err)
		}
		return errors.Join(os.Rename(l.path(nextFile), l.path(checkpointFile)), atomicfile.SyncDir(l.dir))
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case !missing:
		return l.adopt(current)
	}
	// A log without a checkpoint is new. One that has tiles has lost it, and
	// starting anew would sign a second history.
	if _, err := os.Stat(l.path("tile")); err == nil {
		return fmt.Errorf("%w: there are tiles and no checkpoint: restore the file %s", ErrCorrupt, checkpointFile)
	}
	return l.publish(Checkpoint{Origin: l.keys.origin(), Root: emptyRoot}, edge{})
}

// adopt makes a signed checkpoint the log's state, if the tiles bear it out.
func (l *Log) adopt(signed []byte) error {
	tree, err := OpenCheckpoint(signed, l.keys.verifiers()...)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	e, err := loadEdge(l.dir, tree.Size)
	if err != nil {
		return err
	}
	if root, err := e.root(tree.Size); err != nil || root != tree.Root {
		return errors.Join(fmt.Errorf("%w: the tiles at the right edge do not hash to the checkpoint's root", ErrCorrupt), err)
	}
	l.become(tree, signed, e)
	return nil
}
