package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/feed"
)

// Outlet is a place where protections are put in force.
type Outlet interface {
	// Name is what receipts call it.
	Name() string
	// Apply makes the set the one in force; if it fails, the one before stays.
	// It is called again a little later then.
	Apply(ctx context.Context, set feed.Set) error
}

// Files is the outlet for engines that read files: a plain block list, a hosts
// file and the protections as JSON in one directory. Each file is replaced
// atomically, so that an engine never reads half of it.
type Files struct{ Dir string }

// Name is "files".
func (f Files) Name() string { return "files" }

// Apply writes the files and has them on disk before it returns. All are
// written before the first is replaced: a full disk changes none.
func (f Files) Apply(_ context.Context, set feed.Set) error {
	if err := os.MkdirAll(f.Dir, 0o755); err != nil {
		return fmt.Errorf("files outlet: %w", err)
	}
	err := replaceFiles(f.Dir,
		content{"block.txt", 0o644, func(w io.Writer) error { return feed.Plain(w, set) }},
		content{"hosts", 0o644, func(w io.Writer) error { return feed.Hosts(w, set) }},
		content{"protections.json", 0o644, func(w io.Writer) error { return feed.JSON(w, set) }},
	)
	if err != nil {
		return fmt.Errorf("files outlet: %w", err)
	}
	return nil
}

// content is a file to be, by its name in a directory.
type content struct {
	name  string
	mode  fs.FileMode
	write func(io.Writer) error
}

// replaceFiles stages every file, and only when all are on disk puts them in
// their places. What an earlier crash has left staged goes.
func replaceFiles(dir string, files ...content) (err error) {
	if err := atomicfile.Clean(dir); err != nil {
		return err
	}
	staged := make([]string, 0, len(files))
	defer func() {
		if err != nil {
			err = errors.Join(err, atomicfile.Clean(dir))
		}
	}()
	for _, f := range files {
		path, err := atomicfile.Stage(dir, f.mode, f.write)
		if err != nil {
			return err
		}
		staged = append(staged, path)
	}
	for i, f := range files {
		if err := os.Rename(staged[i], filepath.Join(dir, f.name)); err != nil {
			return err
		}
	}
	return atomicfile.SyncDir(dir)
}
