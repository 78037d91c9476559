package translog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// replaceFile puts a file that was staged in dir in the place of path. It is
// there after a power failure once path's folder is synced.
func replaceFile(dir, path string, data []byte) error {
	staged, err := atomicfile.Stage(dir, 0o644, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return err
	}
	return os.Rename(staged, path)
}

// writer puts files into a log's folder and remembers which directories have to
// be synced for the files to be found after a power loss.
type writer struct {
	root  string
	dirty map[string]bool
}

func (w *writer) put(path string, data []byte) error {
	full := filepath.Join(w.root, filepath.FromSlash(path))
	if err := w.makeDir(filepath.Dir(full)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := replaceFile(w.root, full, data); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	w.dirty[filepath.Dir(full)] = true
	return nil
}

// makeDir is os.MkdirAll that marks the parents of what it makes.
func (w *writer) makeDir(dir string) error {
	err := os.Mkdir(dir, 0o755)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		if err := w.makeDir(filepath.Dir(dir)); err != nil {
			return err
		}
		return w.makeDir(dir)
	case err != nil:
		return err
	}
	w.dirty[filepath.Dir(dir)] = true
	return nil
}

func (w *writer) sync() error {
	for dir := range w.dirty {
		if err := atomicfile.SyncDir(dir); err != nil {
			return err
		}
	}
	clear(w.dirty)
	return nil
}
