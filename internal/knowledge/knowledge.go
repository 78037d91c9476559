// Package knowledge is what the partners of a hub know, kept at an edge: the
// indicators of the change stream, in the matcher and on disk. An edge that
// starts maps what it had; while the hub is away it goes on with that, and
// afterwards catches up by its mark.
//
// # On disk
//
// knowledge.json names the generation; with it belong
//
//	indicators.G   the snapshot of the index (package match)
//	versions.G     what is told of each id: by which contributions, in which versions
//	expiries.G     ids by the end of their validity
//	patterns.G     the patterns that no table holds: one JSON line each
//	journal.G      what was learned since: one JSON line for a line of the stream
//
// A lesson is on disk before it counts as learned. When a journal is long the
// store writes the next generation beside, while both readers and lessons go
// on: the lessons go into the next generation's journal from then on, and
// knowledge.json switches when all of it is on disk. A crash before leaves the
// old generation and both journals, which are read one after the other;
// learning something twice changes nothing.
//
// A line of the stream that says nothing of indicators leaves only its mark,
// once a second at most: after a crash a few of them may be read again.
package knowledge

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// Store holds indicators. Its methods may be called from many goroutines; those
// that learn take turns.
type Store struct {
	Index    *match.Index
	Patterns *patternset.Set

	dir   string
	clock func() time.Time

	mu       sync.Mutex
	at       generation // whose files are in use
	writing  uint64     // the generation whose journal is written on
	journal  *journal
	versions *versions
	expiries *expiries
	patterns map[string]op // what Patterns holds
	left     uint64
	ended    int64 // the latest end of validity that took effect, in microseconds since 1970
	missing  int64 // the latest end of what still holds and is not held, in microseconds since 1970; 0: nothing
	loading  bool
	closed   bool

	compacting sync.Mutex
}

// generation is what knowledge.json says.
type generation struct {
	Number uint64      `json:"generation"`
	Mark   stream.Mark `json:"mark"` // what the generation's files hold; the journals know more
	// Ended is the latest end of validity, in microseconds since 1970, whose
	// indicator the files do not hold any more.
	Ended int64 `json:"ended,omitzero"`
	// Record is the size of a record of versions.G, 16 where nothing is said.
	Record int64 `json:"record,omitzero"`
	// Missing is the latest end, in microseconds since 1970, of what still holds and
	// is not in the files: see ErrIncomplete.
	Missing int64 `json:"missing,omitzero"`
}

const manifest = "knowledge.json"

// Open reads what a directory has; an empty or missing one is a store that
// knows nothing. The limits are those of the patterns. What cannot be read is an
// ErrDamaged.
func Open(dir string, limits patternset.Options, clock func() time.Time) (*Store, error) {
	s := &Store{dir: dir, clock: clock, Patterns: patternset.New(limits), patterns: map[string]op{}}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("open the indicators in %s: %w", dir, errors.Join(err, s.Close()))
	}
	return s, nil
}

func (s *Store) load() error {
	err := settle(s.dir)
	if err == nil {
		err = os.MkdirAll(s.dir, 0o700)
	}
	if err == nil {
		err = atomicfile.Clean(s.dir)
	}
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(s.dir, manifest))
	switch {
	case err == nil:
		if err := json.Unmarshal(text, &s.at); err != nil {
			return damage(fmt.Errorf("%s: %w", manifest, err))
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := s.base(); err != nil {
		return damage(err)
	}
	s.ended, s.missing = max(s.ended, s.at.Ended), s.at.Missing
	s.sweep()
	if err := s.replay(); err != nil {
		return err
	}
	return s.expire(s.clock())
}

// replay has the journals count.
func (s *Store) replay() (err error) {
	s.loading = true
	defer func() { s.loading = false }()
	mark := s.at.Mark
	for s.writing = s.at.Number; ; s.writing++ {
		s.journal, err = openJournal(s.path("journal", s.writing), mark, func(l lesson) error { return s.apply(l, nil) })
		if err != nil {
			return err
		}
		if !exists(s.path("journal", s.writing+1)) {
			return nil // the last one is written on
		}
		mark = s.journal.last
		if err := s.journal.close(); err != nil {
			return err
		}
	}
}

// base opens the generation's files. Generation 0 has none.
func (s *Store) base() (err error) {
	if s.at.Number == 0 {
		s.Index = match.New()
		s.expiries = &expiries{}
		s.versions, err = openVersions("", recordSize)
		return err
	}
	if s.Index, err = match.Open(s.path("indicators", s.at.Number)); err != nil {
		return err
	}
	if s.versions, err = openVersions(s.path("versions", s.at.Number), cmp.Or(s.at.Record, narrowSize)); err != nil {
		return err
	}
	if s.expiries, err = openExpiries(s.path("expiries", s.at.Number)); err != nil {
		return err
	}
	return s.readPatterns(s.path("patterns", s.at.Number))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (s *Store) path(kind string, number uint64) string {
	return filepath.Join(s.dir, fmt.Sprintf("%s.%d", kind, number))
}

// sweep removes the files of generations that are over, and those of a next one
// that was never finished; its journal counts.
func (s *Store) sweep() {
	for _, kind := range []string{"indicators", "versions", "expiries", "patterns", "journal"} {
		found, _ := filepath.Glob(filepath.Join(s.dir, kind+".*"))
		for _, path := range found {
			var number uint64
			if n, err := fmt.Sscanf(filepath.Base(path), kind+".%d", &number); n != 1 || err != nil {
				continue
			}
			if number < s.at.Number || number > s.at.Number && kind != "journal" {
				_ = os.Remove(path) // it is only room that it takes
			}
		}
	}
}

// Mark is how far the stream has been learned.
func (s *Store) Mark() stream.Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.last
}

// Left counts the indicators that could not be taken since the store was opened.
func (s *Store) Left() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left
}

// Close closes the files; a second time it does nothing.
func (s *Store) Close() error {
	s.compacting.Lock()
	defer s.compacting.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	if s.journal != nil {
		errs = append(errs, s.journal.close())
	}
	if s.versions != nil {
		errs = append(errs, s.versions.close())
	}
	if s.expiries != nil {
		errs = append(errs, s.expiries.close())
	}
	if s.Index != nil {
		errs = append(errs, s.Index.Close())
	}
	return errors.Join(errs...)
}
