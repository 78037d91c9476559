package rebuild

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// setAside renames what is damaged, and notes under which names it can be found.
func (p Plan) setAside(stored *jetstream.Stored, found findings, out *Outcome) error {
	ending := p.ending()
	var moved []string
	var err error
	if found.copy != "" {
		moved, err = stored.SetAside(ending)
	}
	if err == nil && found.file != "" {
		var files []string
		files, err = p.setFileAside(ending)
		moved = append(moved, files...)
	}
	for _, path := range moved {
		size, sizeErr := sizeOf(path)
		err = errors.Join(err, sizeErr)
		out.Aside = append(out.Aside, Aside{Path: path, Bytes: size})
	}
	return err
}

// setFileAside renames the file and what SQLite keeps beside it, the file last:
// a new one must never meet an old write-ahead log. The anchor stays, unless it
// is damaged itself.
func (p Plan) setFileAside(ending string) (moved []string, err error) {
	parts := []string{"-wal", "-shm", ""}
	if _, _, err := anchor.Read(p.File); errors.Is(err, ledger.ErrCorrupt) {
		parts = append(parts, ".head")
	}
	for _, part := range parts {
		switch err := os.Rename(p.File+part, p.File+ending+part); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return moved, fmt.Errorf("set the damaged file aside: %w", err)
		default:
			moved = append(moved, p.File+ending+part)
		}
	}
	return moved, atomicfile.SyncDir(filepath.Dir(p.File))
}

// renewFile writes the file anew from the copy, under another name until it is
// whole, and reads it.
func (p Plan) renewFile(ctx context.Context, stored *jetstream.Stored, head ledger.Head) error {
	fresh := p.File + ".rebuilt"
	for _, part := range []string{"", "-wal", "-shm", ".head", ".lock"} { // of a rebuild that was cut short
		if err := os.Remove(fresh + part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	written, err := sqlite.Import(ctx, fresh, func(yield func(ledger.Entry, error) bool) {
		for e, err := range stored.Read(ctx, 0) {
			if e.Seq%1000 == 0 {
				p.tell("writing the node's file", e.Seq, head.Seq)
			}
			if !yield(e, err) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	report, err := sqlite.Check(ctx, fresh)
	switch {
	case err != nil:
		return err
	case len(report.Damage) > 0 || written != head || report.Head != head:
		return fmt.Errorf("%w: the new file ends with entry %d, %s, and the copy with %d, %s; %v",
			ledger.ErrCorrupt, report.Head.Seq, report.Head.Hash, head.Seq, head.Hash, report.Damage)
	}
	if exists(p.File) || exists(p.File+"-wal") {
		return fmt.Errorf("%s is there again: somebody else writes it", p.File)
	}
	err = errors.Join(
		os.Rename(fresh, p.File), os.Rename(anchor.Path(fresh), anchor.Path(p.File)), os.Remove(fresh+".lock"),
		atomicfile.SyncDir(filepath.Dir(p.File)))
	if err != nil {
		return fmt.Errorf("put the new file in its place: %w", err)
	}
	return nil
}

// sizeOf is how many bytes a file has, or all those in a directory.
func sizeOf(path string) (bytes int64, err error) {
	err = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return bytes, err
}
