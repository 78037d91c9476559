package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// Outlet is a place where protections are put in force.
type Outlet interface {
	// Name is what receipts call it.
	Name() string
	// Apply makes the set the one in force, whole or not at all.
	Apply(ctx context.Context, set feed.Set) error
}

// Files is the outlet for engines that read files: a plain block list, a hosts
// file and the protections as JSON in one directory. Each file is replaced
// atomically, so that an engine never reads half of it.
type Files struct{ Dir string }

// Name is "files".
func (f Files) Name() string { return "files" }

// Apply writes the files and has them on disk before it returns.
func (f Files) Apply(_ context.Context, set feed.Set) error {
	if err := os.MkdirAll(f.Dir, 0o755); err != nil {
		return fmt.Errorf("files outlet: %w", err)
	}
	for name, compile := range map[string]func(io.Writer) error{
		"block.txt":        func(w io.Writer) error { return feed.Plain(w, set) },
		"hosts":            func(w io.Writer) error { return feed.Hosts(w, set) },
		"protections.json": func(w io.Writer) error { return feed.JSON(w, set) },
	} {
		if err := replaceFile(filepath.Join(f.Dir, name), compile); err != nil {
			return fmt.Errorf("files outlet: %w", err)
		}
	}
	return nil
}

// replaceFile writes a file beside path, has it on disk, and renames it.
func replaceFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = write(f)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
