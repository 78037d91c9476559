package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// sensor writes records as fast as an edge reads them, and counts what it wrote.
type sensor struct {
	dir     string
	noise   noise
	known   []observable.Value // that the edge knows beforehand
	largest int64              // a file is rotated when it has so many bytes
	follows func() string      // the file that the edge is reading; "" if it does not

	mu        sync.Mutex
	pushed    []observable.Value // that it learns while it runs, most of them after it has seen them
	wrote     map[observable.Value]int
	events    int
	malformed int
	rotations int
	stopping  bool
}

// Records and hits that are written at once; one more line in so many is broken.
const (
	recordsAtOnce  = 2000
	hitsAtOnce     = 4
	brokenOneIn    = 10 * recordsAtOnce
	filesLeftAlone = 8 // behind the one that is read: a restart goes back a little
)

func (s *sensor) path() string { return filepath.Join(s.dir, "eve.json") }

func (s *sensor) rotated(n int) string { return fmt.Sprintf("%s-%06d", s.path(), n) }

// run writes until it is stopped.
func (s *sensor) run(r *rand.Rand) (err error) {
	file, err := os.OpenFile(s.path(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var size int64
	for {
		now := time.Now().UTC().Format(timestampFormat)
		hits, stopping := s.hits(r, now)
		for _, piece := range [][]byte{s.noise.some(r, recordsAtOnce, now), hits} {
			cut := r.IntN(len(piece)) // a sensor's write may end within a line
			for _, part := range [][]byte{piece[:cut], piece[cut:]} {
				if _, err := file.Write(part); err != nil {
					return err
				}
			}
			size += int64(len(piece))
		}
		if stopping {
			return nil
		}
		if size < s.largest {
			continue
		}
		if file, err = s.rotate(file); err != nil {
			return err
		}
		size = 0
	}
}

// hits are records of indicators; the counts are those of what was written when
// the sensor has stopped.
func (s *sensor) hits(r *rand.Rand, now string) (b []byte, stopping bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := func(v observable.Value, server string) {
		b = appendHit(b, r, v, server, now)
		s.wrote[v]++
		s.events++
	}
	for range hitsAtOnce {
		one(s.known[r.IntN(len(s.known))], bystander)
	}
	if len(s.pushed) > 0 {
		v, known := s.pushed[r.IntN(len(s.pushed))], s.known[r.IntN(len(s.known))]
		if known.Type == observable.IPv4 { // one record of two indicators
			one(v, known.Text)
			s.wrote[known]++
		} else {
			one(v, bystander)
		}
	}
	if r.IntN(brokenOneIn/recordsAtOnce) == 0 {
		b = append(b, []string{"not a record\n", "{\"timestamp\":\n", "{\"event_type\":\"dns\",\"dns\":{}} {}\n"}[r.IntN(3)]...)
		s.malformed++
	}
	s.events += recordsAtOnce
	return b, s.stopping
}

// rotate renames the file and makes a new one. It waits for an edge that is far
// behind, and removes what it has read long since.
func (s *sensor) rotate(file *os.File) (*os.File, error) {
	err := errors.Join(file.Close(), os.Rename(s.path(), s.rotated(s.rotations)))
	if err == nil {
		file, err = os.Create(s.path())
	}
	if err != nil {
		return file, err
	}
	s.mu.Lock()
	s.rotations++
	n := s.rotations
	s.mu.Unlock()
	last := filepath.Base(s.rotated(n - 1))
	for name := ""; name != "eve.json" && name != last; time.Sleep(pause) {
		s.mu.Lock()
		stopping := s.stopping
		s.mu.Unlock()
		if name = s.follows(); stopping {
			break
		}
	}
	if err = os.Remove(s.rotated(n - 1 - filesLeftAlone)); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return file, err
}

// appendLast writes records after the sensor has stopped.
func (s *sensor) appendLast(r *rand.Rand, values ...observable.Value) error {
	var b bytes.Buffer
	now := time.Now().UTC().Format(timestampFormat)
	for _, v := range values {
		b.Write(appendHit(nil, r, v, bystander, now))
	}
	file, err := os.OpenFile(s.path(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(b.Bytes())
	return errors.Join(err, file.Close())
}

// push has records show more values, unpush has them show some no longer.
func (s *sensor) push(values ...observable.Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushed = append(s.pushed, values...)
}

func (s *sensor) unpush(values ...observable.Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushed = slices.DeleteFunc(s.pushed, func(v observable.Value) bool { return slices.Contains(values, v) })
}

func (s *sensor) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
}

// sofar is what has been written of values.
func (s *sensor) sofar(values ...observable.Value) map[observable.Value]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[observable.Value]int{}
	for _, v := range values {
		counts[v] = s.wrote[v]
	}
	return counts
}
