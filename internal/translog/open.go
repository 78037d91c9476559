package translog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// Open opens the log in dir with its signing key, or starts an empty one where
// dir is empty or missing. The key's name is the log's origin. Only one Log at
// a time can have a folder open: two writers would fork the log.
func Open(dir, skey string) (*Log, error) {
	l, err := open(dir, skey)
	if err != nil {
		return nil, fmt.Errorf("open log %s: %w", dir, err)
	}
	return l, nil
}

func open(dir, skey string) (_ *Log, err error) {
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	vkey, err := VerifierKey(skey)
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := atomicfile.SyncDir(filepath.Dir(filepath.Clean(dir))); err != nil {
		return nil, err
	}
	l := &Log{dir: dir, signer: signer, verifier: verifier, failAt: func(string) error { return nil }}
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
	if err := l.load(); err != nil {
		return nil, err
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
	root, err := tlog.TreeHash(0, nil)
	if err != nil {
		return err
	}
	return l.publish(Checkpoint{Origin: l.signer.Name(), Root: root}, edge{})
}

// adopt makes a signed checkpoint the log's state, if the tiles bear it out.
func (l *Log) adopt(signed []byte) error {
	tree, err := OpenCheckpoint(signed, l.verifier)
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
