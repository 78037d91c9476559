package haproxy

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/feed"
)

// files are the maps on disk, which HAProxy reads when it starts. Small ones are
// written after every change; large ones beside what goes on, for a twentieth of the
// time at most, so that a HAProxy that is started anew has the last state or, for
// the moment until the outlet notices, one a little before.
type files struct {
	dir     string
	clock   func() time.Time
	next    time.Time         // before which large ones are not written again
	waiting func() feed.Set   // what has still to be written; nil if nothing has
	large   bool              // that takes a while
	sums    map[string]uint64 // of what was written, by name
	writing chan error        // the outcome of a write that is under way; nil if none is
}

// small is how many entries are written at once, whatever it takes.
const small = 5_000

// follow writes what is in force after a change, or sees to it that it is written.
func (f *files) follow(set func() feed.Set, size int) error {
	f.waiting, f.large = set, size > small
	return f.settle()
}

// settle writes what has to be, large files not before their time. An error is that
// of the write before, if that was one of these.
func (f *files) settle() error {
	if !f.large {
		return f.finish()
	}
	if f.writing != nil {
		select {
		case err := <-f.writing:
			if f.writing = nil; err != nil {
				return err
			}
		default:
			return nil
		}
	}
	if f.waiting == nil || f.clock().Before(f.next) {
		return nil
	}
	set, outcome := f.waiting(), make(chan error, 1)
	f.waiting, f.writing = nil, outcome
	go func() { outcome <- f.write(set) }() // all of f that it uses is its own until then
	return nil
}

// finish has everything on disk when it returns.
func (f *files) finish() (err error) {
	if f.writing != nil {
		err = <-f.writing
		f.writing = nil
	}
	if err == nil && f.waiting != nil {
		err = f.write(f.waiting())
	}
	if err == nil {
		f.waiting = nil
	}
	return err
}

// instead writes what HAProxy itself could not be told.
func (f *files) instead(set func() feed.Set) error {
	f.waiting = set
	return f.finish()
}

// write replaces the maps that have changed, each atomically. All are on disk before
// the first takes its place: a full disk changes none.
func (f *files) write(set feed.Set) error {
	began := f.clock()
	all := entries(set)
	if err := atomicfile.Clean(f.dir); err != nil {
		return fmt.Errorf("write the maps: %w", err)
	}
	var changed, staged []string
	sums := map[string]uint64{}
	for _, name := range feed.HAProxyMaps() {
		sum := xxh3.New()
		_ = writeLines(sum, all[name]) // a hash takes everything
		sums[name] = sum.Sum64()
		if before, written := f.sums[name]; written && before == sums[name] {
			continue
		}
		// A partner's protections are not for everybody on the machine.
		path, err := atomicfile.Stage(f.dir, 0o640, func(w io.Writer) error { return writeLines(w, all[name]) })
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		changed, staged = append(changed, name), append(staged, path)
	}
	f.sums = nil // until all is done
	for i, name := range changed {
		if err := os.Rename(staged[i], filepath.Join(f.dir, name)); err != nil {
			return fmt.Errorf("replace %s: %w", name, err)
		}
	}
	if len(changed) > 0 {
		if err := atomicfile.SyncDir(f.dir); err != nil {
			return fmt.Errorf("write the maps: %w", err)
		}
	}
	const share = 20
	end := f.clock()
	f.next, f.sums = end.Add((share-1)*end.Sub(began)), sums
	return nil
}

func writeLines(w io.Writer, entries []entry) error {
	var line []byte
	for _, e := range entries {
		line = e.line(line[:0])
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}
