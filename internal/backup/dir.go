package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// Layout says what is what in a hub's data directory. Paths are below it, with
// slashes.
type Layout struct {
	Ledger string // the ledger's file
	Keys   string // the keys of what is sealed in it
	// Pin is a file that is written after all that it speaks of, such as the
	// checkpoint of the public log: they are copied as it has them.
	Pin string
	// Kept says whether any other file is to be kept. What it leaves out can be made
	// again.
	Kept func(path string) bool
}

// Dir is a backup that is open for writing. Its methods are for one caller at a time.
type Dir struct {
	path    string
	lock    *os.File
	history *history
	seen    map[string]stamp // the files of the data directory, as they were copied
	keys    stamp            // the keys file, as it was copied
}

// Open opens the backup in dir for this process alone, or begins one where dir is
// empty or missing. It fails with ErrDamaged if a .run is damaged or missing:
// what was copied is not known then, and another directory has to be used. It
// removes what runs left that did not end.
func Open(dir string) (*Dir, error) {
	d, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("open backup %s: %w", dir, err)
	}
	return d, nil
}

func open(dir string) (_ *Dir, err error) {
	if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
		return nil, err
	}
	d := &Dir{path: dir, seen: make(map[string]stamp)}
	if d.lock, err = os.Open(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.lock.Close())
		}
	}()
	if err := syscall.Flock(int(d.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, fmt.Errorf("another process writes to it: %w", err)
	}
	if d.history, err = readHistory(dir); err != nil {
		return nil, err
	}
	if err := d.history.sound(); err != nil {
		return nil, fmt.Errorf("%w; begin another backup in a new directory", err)
	}
	return d, d.tidy()
}

// Close lets the directory go.
func (d *Dir) Close() error { return d.lock.Close() }

// tidy removes what belongs to no run: what was being written when a run was cut
// short, and blocks of keys that others have replaced.
func (d *Dir) tidy() error {
	left, err := leftOver(d.path, d.history)
	if err != nil {
		return err
	}
	for _, name := range left {
		if err := os.Remove(filepath.Join(d.path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return errors.Join(atomicfile.Clean(d.path), atomicfile.Clean(filepath.Join(d.path, "keys")))
}

// leftOver are the segments and blocks of keys that no run names.
func leftOver(dir string, h *history) (left []string, err error) {
	named := make(map[string]bool)
	for _, m := range h.runs {
		for _, p := range m.Segments {
			named[p.Name] = true
		}
	}
	for _, b := range h.keys {
		named[b.Name] = true
	}
	lost := make(map[int]bool) // runs whose .run cannot be read
	for run := range h.at {
		lost[run+1] = true
	}
	for _, m := range h.runs {
		delete(lost, m.Run)
	}
	for _, folder := range []string{"", "keys/"} {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			name := folder + e.Name()
			run, ours := runOf(name)
			if ours && !named[name] && !lost[run] {
				left = append(left, name)
			}
		}
	}
	return left, nil
}

// runOf is the run that a segment or a block of keys is of, by its name.
func runOf(name string) (run int, ours bool) {
	match := names.segment.FindStringSubmatch(name)
	if match == nil {
		match = names.block.FindStringSubmatch(name)
	}
	if match == nil {
		return 0, false
	}
	run, _ = strconv.Atoi(match[1]) // it has eight digits
	return run, true
}
