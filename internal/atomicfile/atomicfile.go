// Package atomicfile replaces files so that after a crash or a power failure
// each is either as it was or as it was to be. A new file is staged, with its
// content on disk, under a name that no reader looks for; a rename puts it in
// its place; and syncing the folder has the rename on disk.
package atomicfile

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// staging begins the names of files that are not yet what they will be.
const staging = ".staging-"

// Write replaces the file at path, or makes it, and returns once it is on disk.
// An error before the rename leaves the file as it was.
func Write(path string, data []byte, mode fs.FileMode) error {
	dir := filepath.Dir(path)
	staged, err := Stage(dir, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return err
	}
	if err := os.Rename(staged, path); err != nil {
		return errors.Join(err, os.Remove(staged))
	}
	return SyncDir(dir)
}

// Stage writes a new file in dir, with its content on disk, and returns its
// path. Whoever staged it renames it within the file system and syncs the
// folder that it is in then. Nothing is left of a file that cannot be written.
func Stage(dir string, mode fs.FileMode, write func(io.Writer) error) (staged string, err error) {
	f, err := os.CreateTemp(dir, staging+"*") // with mode 0600: nobody reads along
	if err != nil {
		return "", err
	}
	out := bufio.NewWriter(f)
	if err = write(out); err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = errors.Join(f.Chmod(mode), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// SyncDir has the names in a folder on disk: what was made, renamed and removed
// there survives a power failure.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Clean removes what a crash left staged in dir. Nobody may be staging there.
func Clean(dir string) error {
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
