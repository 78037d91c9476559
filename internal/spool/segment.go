package spool

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// segment is a file of records.
type segment struct {
	number uint64
	marker marker
	path   string
	file   *os.File
	size   int64
	last   uint64 // id of the last item in it, or of one before if it has none
}

const segmentSuffix = ".segment"

// parseName reads the name of a segment.
func parseName(name string) (number uint64, m marker, ok bool) {
	name, ok = strings.CutSuffix(name, segmentSuffix)
	if !ok || len(name) != 33 || name[16] != '-' {
		return 0, m, false
	}
	number, err := strconv.ParseUint(name[:16], 16, 64)
	if err != nil {
		return 0, m, false
	}
	if _, err = hex.Decode(m[:], []byte(name[17:])); err != nil {
		return 0, m, false
	}
	return number, m, true
}

// newSegment makes an empty one; its name is not on disk yet.
func newSegment(dir string, number uint64) (*segment, error) {
	g := &segment{number: number}
	if _, err := rand.Read(g.marker[:]); err != nil {
		return nil, err
	}
	g.path = filepath.Join(dir, fmt.Sprintf("%016x-%x%s", number, g.marker, segmentSuffix))
	file, err := os.OpenFile(g.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	g.file = file
	return g, nil
}

// write puts a record at the end, on disk. If that fails the segment is what it
// was; usable says whether it can be written to again.
func (g *segment) write(record []byte) (usable bool, err error) {
	if _, err = g.file.WriteAt(record, g.size); err == nil {
		if err = g.file.Sync(); err == nil {
			g.size += int64(len(record))
			return true, nil
		}
		// After this nobody knows what of the file is on disk.
		return false, errors.Join(err, g.file.Truncate(g.size))
	}
	cut := g.file.Truncate(g.size)
	return cut == nil, errors.Join(err, cut)
}

// remove deletes the segment. It can be tried again.
func (g *segment) remove() error {
	if err := os.Remove(g.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return g.file.Close()
}

// newFirst makes a segment with a first record; nothing is left if that fails.
func newFirst(dir string, number uint64, record func(marker) []byte) (*segment, error) {
	g, err := newSegment(dir, number)
	if err != nil {
		return nil, err
	}
	_, err = g.write(record(g.marker))
	if err == nil {
		err = atomicfile.SyncDir(dir)
	}
	if err != nil {
		return nil, errors.Join(err, g.remove())
	}
	return g, nil
}
