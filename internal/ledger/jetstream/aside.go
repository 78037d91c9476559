package jetstream

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
)

// rebuilding is the file that keeps a node from running while its copy is made
// anew, also if that was interrupted.
const rebuilding = "rebuilding"

// Unfinished says whether a rebuild of the node's copies has begun and not ended.
func (s *Stored) Unfinished() (bool, error) { return unfinished(s.dir) }

func unfinished(dir string) (bool, error) {
	_, err := os.Lstat(filepath.Join(dir, rebuilding))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// refuseUnfinished keeps a node from running with a copy that may not be whole.
func refuseUnfinished(dir string) error {
	begun, err := unfinished(dir)
	if begun {
		err = errors.New("a rebuild of its copy has begun and not ended: run `tocsin ledger rebuild` again")
	}
	return err
}

// Begin notes that a rebuild is under way: until [Stored.Finish] the node does not
// start.
func (s *Stored) Begin() error {
	return atomicfile.Write(filepath.Join(s.dir, rebuilding), []byte("run `tocsin ledger rebuild` again\n"), 0o600)
}

// Finish lets the node start again.
func (s *Stored) Finish() error {
	return errors.Join(os.Remove(filepath.Join(s.dir, rebuilding)), atomicfile.SyncDir(s.dir))
}

// SetAside renames what the server has, so that the node starts with nothing. The
// anchor stays, unless it is damaged itself. It gives the new names.
func (s *Stored) SetAside(ending string) (moved []string, err error) {
	names := []string{s.store()}
	if _, err := s.Acknowledged(); errors.Is(err, ledger.ErrCorrupt) {
		names = append(names, anchor.Path(filepath.Join(s.dir, s.names.stream)))
	}
	for _, name := range names {
		switch err := os.Rename(name, name+ending); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return moved, fmt.Errorf("set the damaged copy aside: %w", err)
		default:
			moved = append(moved, name+ending)
		}
	}
	return moved, atomicfile.SyncDir(s.dir)
}
