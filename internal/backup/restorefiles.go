package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// file puts one file in its place; a later one replaces it.
func (r *restoring) file(name string, mode fs.FileMode, content io.Reader) error {
	pin := name == r.layout.Pin
	if pin {
		text := new(bytes.Buffer)
		content = io.TeeReader(content, text)
		defer func() { r.Pin = text.Bytes() }()
	}
	if r.opts.Skip != nil && r.opts.Skip(name) {
		_, err := io.Copy(io.Discard, content)
		return err
	}
	if !pin && !r.layout.Kept(name) {
		return fmt.Errorf("%w: it is not among the files that are kept", ErrDamaged)
	}
	folder := fs.FileMode(0o700)
	if mode&0o044 != 0 {
		folder = 0o755 // below one that only its owner enters
	}
	if in := path.Dir(name); in != "." {
		if err := r.root.MkdirAll(in, folder); err != nil {
			return err
		}
	}
	f, err := r.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	r.restoredFiles[name] = true
	r.Files = len(r.restoredFiles)
	return nil
}

// keys writes the keys file from the newest of its blocks.
func (r *restoring) keys() error {
	size := r.history.last().KeyBytes
	if size == 0 {
		return nil
	}
	f, err := r.root.OpenFile(r.layout.Keys, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	for n := 0; int64(n)*blockBytes < size && err == nil; n++ {
		var content []byte
		if content, err = r.history.readKeys(r.dir, n, r.opts.Identities); err == nil {
			_, err = f.WriteAt(content, int64(n)*blockBytes)
		}
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// readKeys reads the newest of a block of the keys file.
func (h *history) readKeys(dir string, n int, identities []age.Identity) (content []byte, err error) {
	b, ok := h.keys[n]
	if !ok {
		return nil, fmt.Errorf("%w: no run has block %d of the keys", ErrDamaged, n)
	}
	err = b.read(dir, identities, func(plain io.Reader) error {
		text := new(bytes.Buffer)
		err := h.holdsKeys(b, io.TeeReader(plain, text))
		content = text.Bytes()
		return err
	})
	return content, err
}

// holdsKeys holds a block against what its run says.
func (h *history) holdsKeys(b block, plain io.Reader) error {
	content, err := io.ReadAll(io.LimitReader(plain, blockBytes+1))
	if err != nil {
		return err
	}
	want := min(blockBytes, h.last().KeyBytes-int64(b.Block)*blockBytes)
	if sha256.Sum256(content) != b.Content || int64(len(content)) != want {
		return Damage{b.Name, "it does not hold the keys that its run says"}
	}
	return nil
}

// verify reads the ledger from its new place: every entry's hash, the chain to the
// head, and every sealed body with its key.
func (r *restoring) verify() (err error) {
	l, err := openSealed(r.ctx, r.path(r.layout.Ledger), r.path(r.layout.Keys))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	var head ledger.Head
	for e, err := range l.Read(r.ctx, 0) {
		if err != nil {
			return err
		}
		head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
	}
	if head != r.Head {
		return fmt.Errorf("%w: it ends with entry %d (%s), not with %d (%s)", ledger.ErrCorrupt, head.Seq, head.Hash, r.Head.Seq, r.Head.Hash)
	}
	return nil
}

func openSealed(ctx context.Context, path, keysFile string) (*sealed.Ledger, error) {
	engine, err := sqlite.Open(path, sqlite.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	keys, err := sealed.OpenKeys(keysFile)
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	l, err := sealed.Open(ctx, engine, keys, func(ledger.Kind) bool { return false }) // it is only read
	if err != nil {
		return nil, errors.Join(err, keys.Close(), engine.Close())
	}
	return l, nil
}

// syncFolders has the names of all that was restored on disk.
func (r *restoring) syncFolders() error {
	return filepath.WalkDir(r.root.Name(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return atomicfile.SyncDir(path)
	})
}
