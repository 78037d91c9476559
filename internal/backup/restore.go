package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/ahead"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// Options of a restore.
type Options struct {
	Identities []age.Identity // whichever of them a file needs
	// AsOf leaves out every entry that was accepted later; the zero time none. Files
	// and keys are the newest there are.
	AsOf time.Time
	// Expect is the hash of an entry that has to be among those restored: a head that
	// is known from elsewhere. The zero hash expects none.
	Expect ledger.Hash
	Skip   func(path string) bool // files that are not to be brought back; nil: none
	Read   func(bytes, of int64)  // is told how much of the segments has been read; nil: nobody is
}

// Restored is what was brought back.
type Restored struct {
	Head  ledger.Head `json:"head"`
	Time  time.Time   `json:"time,omitzero"` // of the head
	Run   int         `json:"run"`           // the last one
	Made  time.Time   `json:"made"`          // when that was
	Files int         `json:"files"`
	Pin   []byte      `json:"-"` // the content of the layout's pin, brought back or not
}

// Restore makes a hub's data directory at to, which must not be there or be empty,
// of the backup in dir. Before to gets its name it holds the ledger against its
// chain and against the head that the last run says, and opens every sealed body
// that was not erased. After an error nothing is at to that was not there before.
func Restore(ctx context.Context, dir, to string, layout Layout, opts Options) (Restored, error) {
	restored, err := restore(ctx, dir, to, layout, opts)
	if err != nil {
		return Restored{}, fmt.Errorf("restore %s from %s: %w", to, dir, err)
	}
	return restored, nil
}

func restore(ctx context.Context, dir, to string, layout Layout, opts Options) (_ Restored, err error) {
	to = filepath.Clean(to)
	if err := vacant(to); err != nil {
		return Restored{}, err
	}
	h, err := readHistory(dir)
	if err == nil {
		err = h.sound()
	}
	if err == nil && len(h.runs) == 0 {
		err = errors.New("there is no backup: not one run has ended")
	}
	if err != nil {
		return Restored{}, err
	}
	staging, err := os.MkdirTemp(filepath.Dir(to), ".staging-restore-*") // with mode 0700
	if err != nil {
		return Restored{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(staging))
		}
	}()
	root, err := os.OpenRoot(staging)
	if err != nil {
		return Restored{}, err
	}
	defer root.Close() //nolint:errcheck // what was written in it is synced
	r := &restoring{ctx: ctx, dir: dir, root: root, history: h, layout: layout, opts: opts, restoredFiles: make(map[string]bool)}
	if err := r.all(); err != nil {
		return Restored{}, err
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) { // which takes an empty directory only
		return Restored{}, fmt.Errorf("%w (where a file system is mounted, restore into a folder of it)", err)
	}
	if err := os.Rename(staging, to); err != nil {
		return Restored{}, err
	}
	return r.Restored, atomicfile.SyncDir(filepath.Dir(to))
}

// vacant is an error unless nothing is there that could be lost.
func vacant(to string) error {
	entries, err := os.ReadDir(to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(filepath.Dir(to), 0o700)
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("it is not empty (%s is there): a hub is never restored over another, name a new directory", entries[0].Name())
	}
	return nil
}

// restoring is a restore on its way.
type restoring struct {
	Restored
	ctx     context.Context
	dir     string
	root    *os.Root // what becomes the data directory
	history *history
	layout  Layout
	opts    Options
	last    time.Time // of the last entry that was imported
	cut     bool      // there are later ones
	met     bool      // the expected entry is among them

	restoredFiles map[string]bool
}

func (r *restoring) all() error {
	last := r.history.last()
	r.Run, r.Made = last.Run, last.Made
	// The next segment is read and decrypted while the one before is stored.
	head, err := sqlite.Import(r.ctx, r.path(r.layout.Ledger), ahead.Read(r.entries, importAhead))
	if err != nil {
		return err
	}
	switch {
	case !r.cut && head != last.Head:
		return fmt.Errorf("%w: the entries end with %d (%s), run %d says %d (%s)", ErrDamaged, head.Seq, head.Hash, last.Run, last.Head.Seq, last.Head.Hash)
	case !r.met && r.opts.Expect != ledger.Hash{}:
		return fmt.Errorf("no entry up to %d (%s) has the hash %s: the backup ends before it, or is not of that ledger", head.Seq, head.Hash, r.opts.Expect)
	}
	r.Head, r.Time = head, r.last
	if err := r.keys(); err != nil {
		return err
	}
	if err := r.verify(); err != nil {
		return fmt.Errorf("verify what was restored: %w", err)
	}
	return r.syncFolders()
}

// importAhead is how many bytes of entries are read at once, a few times.
const importAhead = 1 << 20

func (r *restoring) path(name string) string {
	return filepath.Join(r.root.Name(), filepath.FromSlash(name))
}

// entries yields what belongs into the ledger, and puts files in their places on the
// way: segments are read once.
func (r *restoring) entries(yield func(ledger.Entry, error) bool) {
	stopped := errors.New("the reader has stopped")
	take := contents{file: r.file, entry: func(e ledger.Entry) error {
		if r.cut = r.cut || !r.opts.AsOf.IsZero() && e.Time.After(r.opts.AsOf); r.cut {
			return nil
		}
		if !yield(e, nil) {
			return stopped
		}
		r.last, r.met = e.Time, r.met || e.Hash == r.opts.Expect
		return nil
	}}
	var parts []part
	var bytes, of int64
	for _, m := range r.history.runs {
		parts = append(parts, m.Segments...)
	}
	for _, p := range parts {
		of += p.Bytes
	}
	for _, p := range parts {
		err := p.read(r.dir, r.opts.Identities, take.segment)
		if bytes += p.Bytes; r.opts.Read != nil {
			r.opts.Read(bytes, of)
		}
		if err == nil {
			err = r.ctx.Err()
		}
		switch {
		case errors.Is(err, stopped):
			return
		case err != nil:
			yield(ledger.Entry{}, err)
			return
		}
	}
}
