package knowledge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

const (
	aside   = ".before"  // ends the name of a store that another takes the place of
	damaged = ".damaged" // and of one that cannot be read
)

// ErrDamaged is the kind of the errors of Open about what the files hold. The
// hub can tell everything again: see SetAside.
var ErrDamaged = errors.New("what is kept of the hub's partners is damaged")

// damage has an error be of the kind ErrDamaged, unless it is the machine that
// refused something; a file that is missing is damage.
func damage(err error) error {
	var refused syscall.Errno
	if err == nil || errors.As(err, &refused) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

// SetAside gives a directory that cannot be read another name, over that of an
// earlier one, and returns it.
func SetAside(dir string) (string, error) {
	to := dir + damaged
	if err := replace(dir, to); err != nil {
		return "", fmt.Errorf("set aside what cannot be read: %w", err)
	}
	return to, nil
}

// TakePlaceOf puts a store where another one is, which can still be asked and
// has to be discarded then. After an error both are where they were. A crash
// leaves one of them in the place, or the old one for Open to take back.
func (s *Store) TakePlaceOf(old *Store) error {
	for _, one := range []*Store{s, old} {
		one.compacting.Lock()
		defer one.compacting.Unlock()
		one.mu.Lock()
		defer one.mu.Unlock()
	}
	dir, away := old.dir, old.dir+aside
	err := replace(dir, away)
	if err == nil {
		if err = replace(s.dir, dir); err != nil {
			err = errors.Join(err, os.Rename(away, dir))
		}
	}
	if err != nil {
		return fmt.Errorf("put the indicators in their place: %w", err)
	}
	s.dir, old.dir = dir, away
	return nil
}

// replace renames a directory, over what has its new name.
func replace(from, to string) error {
	err := os.RemoveAll(to)
	if err == nil {
		err = os.Rename(from, to)
	}
	if err == nil {
		err = atomicfile.SyncDir(filepath.Dir(to))
	}
	return err
}

// settle finishes what a crash left of TakePlaceOf.
func settle(dir string) error {
	away := dir + aside
	if _, err := os.Lstat(away); err != nil {
		return ignoreMissing(err)
	}
	_, err := os.Lstat(dir)
	switch {
	case err == nil:
		return os.RemoveAll(away)
	case errors.Is(err, fs.ErrNotExist):
		return replace(away, dir)
	}
	return err
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Discard closes the store and removes it from disk.
func (s *Store) Discard() error {
	err := errors.Join(s.Close(), os.RemoveAll(s.dir))
	if err != nil {
		return fmt.Errorf("remove the indicators in %s: %w", s.dir, err)
	}
	return nil
}
