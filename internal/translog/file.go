package translog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// staging names files that are not yet what they will be; Open removes them.
const staging = ".staging-"

// replaceFile writes data to path so that after a crash path has either all of
// it or is as before. The rename is on disk once path's directory is synced.
func replaceFile(dir, path string, data []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(dir, staging+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the error that brought us here matters more
		}
	}()
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
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
	if err := replaceFile(w.root, full, data, 0o644); err != nil {
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
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	clear(w.dirty)
	return nil
}

// removeStaging clears away what a crash left half-written.
func removeStaging(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), staging) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
