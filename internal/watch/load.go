package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// large is from how many bytes on a file of indicators becomes a snapshot on
// disk and not a table in memory.
const large = 8 << 20

// LoadFile reads a file of indicators: a STIX bundle, or a plain list. A large
// one becomes a snapshot in dir, of which little is held in memory, and which is
// used again as long as the file stays what it was; dir "" is a temporary one
// that is gone when the library is closed or the process ends.
func LoadFile(path, dir string, options patternset.Options) (Library, match.Problems, error) {
	file, err := os.Open(path)
	if err != nil {
		return Library{}, match.Problems{}, fmt.Errorf("open indicators: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return Library{}, match.Problems{}, fmt.Errorf("open indicators: %w", err)
	}
	l := loading{file: file, path: path, patterns: patternset.New(options)}
	lib := Library{Patterns: l.patterns}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return Library{}, match.Problems{}, fmt.Errorf("open indicators: %w", err)
	}
	from := origin{Path: absolute, Size: info.Size(), Modified: info.ModTime().UnixNano()}
	if index, ok := from.built(dir); ok {
		lib.Index = index
		return lib, match.Problems{}, nil
	}
	if info.Size() < large {
		lib.Index = match.New()
		for ind := range l.indicators() {
			if l.batch = append(l.batch, ind); len(l.batch) == cap(l.batch) || len(l.batch) >= 4096 {
				lib.Index.Add(l.batch...)
				l.batch = l.batch[:0]
			}
		}
		lib.Index.Add(l.batch...)
	} else {
		lib.Index, err = l.snapshot(dir, from)
	}
	if err = errors.Join(l.err, err); err != nil {
		return Library{}, l.problems, err
	}
	if lib.Index.Len()+lib.Patterns.Len() == 0 {
		err = fmt.Errorf("no indicator in %s: want a STIX bundle, or one domain, address, prefix, URL or hash a line", path)
		if len(l.problems.First) > 0 {
			err = fmt.Errorf("%w (%v)", err, l.problems.First[0])
		}
		return Library{}, l.problems, err
	}
	return lib, l.problems, nil
}

// Close closes what a library has open.
func (l Library) Close() error {
	if l.Index == nil {
		return nil
	}
	return l.Index.Close()
}

// loading is a file on its way into a library.
type loading struct {
	file     *os.File
	path     string
	patterns *patternset.Set
	problems match.Problems
	batch    []match.Indicator
	err      error
}

// indicators reads the file. What stands in it of patterns goes into the set;
// one that the set refuses is a problem of the file.
func (l *loading) indicators() iter.Seq[match.Indicator] {
	return func(yield func(match.Indicator) bool) {
		t := &taker{patterns: l.patterns, yield: yield, more: true}
		l.problems, l.err = match.Load(l.file, l.path, t)
		l.problems.First = append(l.problems.First, t.refused...)
		l.problems.Count += len(t.refused)
	}
}

type taker struct {
	patterns *patternset.Set
	yield    func(match.Indicator) bool
	more     bool
	refused  []match.Problem
}

// Indicator implements match.Taker.
func (t *taker) Indicator(i match.Indicator) { t.more = t.more && t.yield(i) }

// Pattern implements match.Taker.
func (t *taker) Pattern(id string, p pattern.Pattern) {
	if err := t.patterns.Add(id, p); err != nil && len(t.refused) < match.MostProblems {
		t.refused = append(t.refused, match.Problem{Indicator: id, Reason: err.Error() + "; it was left out"})
	}
}

// The snapshot of a file, and what it was made of.
const (
	snapshotFile = "own.indicators"
	originFile   = "own.json"
)

// origin is the file that a snapshot was made of. One with patterns is read
// again: they are in no snapshot.
type origin struct {
	Path     string `json:"path"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"` // ns since 1970
}

// built opens the snapshot if it was made of just this file.
func (o origin) built(dir string) (*match.Index, bool) {
	if dir == "" {
		return nil, false
	}
	text, err := os.ReadFile(filepath.Join(dir, originFile))
	var made origin
	if err != nil || json.Unmarshal(text, &made) != nil || made != o {
		return nil, false
	}
	index, err := match.Open(filepath.Join(dir, snapshotFile))
	return index, err == nil
}

func (l *loading) snapshot(dir string, from origin) (*match.Index, error) {
	keep := dir != ""
	if !keep {
		temporary, err := os.MkdirTemp("", "tocsin-indicators-")
		if err != nil {
			return nil, fmt.Errorf("load indicators: %w", err)
		}
		defer os.RemoveAll(temporary) //nolint:errcheck // the open file stays readable
		dir = temporary
	}
	// While the snapshot is being replaced it is nobody's.
	if err := os.Remove(filepath.Join(dir, originFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("load indicators: %w", err)
	}
	path := filepath.Join(dir, snapshotFile)
	if _, err := match.Build(path, l.indicators()); err != nil {
		return nil, err
	}
	if l.err != nil {
		return nil, nil
	}
	if keep && l.patterns.Len() == 0 {
		text, err := json.Marshal(from)
		if err == nil {
			err = atomicfile.Write(filepath.Join(dir, originFile), text, 0o600)
		}
		if err != nil {
			return nil, fmt.Errorf("load indicators: %w", err)
		}
	}
	return match.Open(path)
}
