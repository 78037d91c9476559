package knowledge

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// longJournal is how many versions of indicators a journal may hold before it
// is worth writing a generation anew, and wideJournal how many bytes: reading it
// is what a start costs.
const (
	longJournal = 200_000
	wideJournal = 256 << 20
)

// Due says that Compact is worth its work.
func (s *Store) Due() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.ops >= longJournal || s.journal.size >= wideJournal
}

// Compact writes the next generation, while matching and learning go on.
func (s *Store) Compact() error {
	s.compacting.Lock()
	defer s.compacting.Unlock()
	begun, err := s.begin()
	if err == nil {
		err = s.write(begun)
	}
	if err == nil {
		err = s.adopt(begun)
	}
	if err != nil {
		return fmt.Errorf("write the indicators anew: %w", err)
	}
	return nil
}

// state is what a generation to be holds, beside the index.
type state struct {
	generation
	versions map[uint64]tellings
	patterns map[string]op
	ends     []expiry
	from     int64 // what ends later is in the generation, in microseconds since 1970
}

// begin has lessons go into the next generation's journal from now on.
func (s *Store) begin() (state, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	if err := s.expire(now); err != nil {
		return state{}, err
	}
	next := state{
		from:       now.UnixMicro(),
		generation: generation{Number: s.writing + 1, Mark: s.journal.last, Record: recordSize},
		versions:   maps.Clone(s.versions.fresh), patterns: maps.Clone(s.patterns), ends: slices.Clone(s.expiries.fresh),
	}
	onwards, err := openJournal(s.path("journal", next.Number), next.Mark, nil)
	if err == nil {
		err = atomicfile.SyncDir(s.dir)
	}
	if err != nil {
		return next, err
	}
	before := s.journal
	s.journal, s.writing = onwards, next.Number
	return next, before.close()
}

// write has the generation's files on disk, the manifest last.
func (s *Store) write(next state) error {
	if err := s.Index.Compact(s.path("indicators", next.Number)); err != nil {
		return err
	}
	if err := s.versions.write(s.dir, s.path("versions", next.Number), next.versions); err != nil {
		return err
	}
	old := ""
	if s.at.Number > 0 {
		old = s.path("expiries", s.at.Number)
	}
	if err := writeExpiries(s.dir, s.path("expiries", next.Number), old, next.from, next.ends); err != nil {
		return err
	}
	if err := writePatterns(s.dir, s.path("patterns", next.Number), next.patterns); err != nil {
		return err
	}
	if err := atomicfile.SyncDir(s.dir); err != nil {
		return err
	}
	s.mu.Lock()
	next.Ended, next.Missing = s.ended, s.missing // also by what came while the index was being written
	s.mu.Unlock()
	text, err := json.Marshal(next.generation)
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(s.dir, manifest), text, 0o600)
}

// adopt goes on with the new files. What came meanwhile stays in memory.
func (s *Store) adopt(next state) error {
	versions, err := openVersions(s.path("versions", next.Number), recordSize)
	if err != nil {
		return err
	}
	ends, err := openExpiries(s.path("expiries", next.Number))
	if err != nil {
		return errors.Join(err, versions.close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, told := range s.versions.fresh {
		if written, ok := next.versions[key]; !ok || !slices.Equal(written, told) {
			versions.fresh[key] = told
		}
	}
	written := make(map[expiry]bool, len(next.ends))
	for _, one := range next.ends {
		written[one] = true
	}
	for _, one := range s.expiries.fresh {
		if !written[one] {
			ends.add(one)
		}
	}
	err = errors.Join(s.versions.close(), s.expiries.close())
	s.versions, s.expiries, s.at = versions, ends, next.generation
	s.sweep()
	return err
}

func writePatterns(dir, path string, patterns map[string]op) error {
	ids := slices.SortedFunc(maps.Keys(patterns), cmp.Compare)
	staged, err := atomicfile.Stage(dir, 0o600, func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<20)
		for _, id := range ids {
			if err := json.MarshalWrite(out, patterns[id]); err != nil {
				return err
			}
			if err := out.WriteByte('\n'); err != nil {
				return err
			}
		}
		return out.Flush()
	})
	if err == nil {
		err = os.Rename(staged, path)
	}
	return err
}

func (s *Store) readPatterns(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	in := bufio.NewReaderSize(file, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var one op
		if err := json.Unmarshal(line, &one); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		s.take(one)
	}
}
