// Package shelf keeps the versions of objects in the order in which they were
// added, so that a page of them is one range of a file.
//
// # Files
//
//	PATH.bytes     the versions' bytes as they came, each with a comma after it
//	PATH.records   a record of recordSize bytes for each version (see record.go)
//
// Both only grow, but for what is erased. Their owner keeps their lengths with
// the rest of its state: Open cuts off what was written and not committed.
//
// In memory there are 11 bytes for each version, 15 for each id and 12 more for one
// that relationships name, 20 for each relationship, and 16 for each version of an id
// that has others. They lie beside the heap (package offheap). From an id to its versions and
// its relationships it takes one reading of 96 bytes, which says that it is the id that is
// looked for; and no index over random ids has to be kept on disk, which is what makes
// large imports slow. For each version of an id whose versions come in no order and are
// many, it is about 60 more.
package shelf

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// Number is a version's position on the shelf, from 1; 0 is none.
type Number uint32

// Lengths is how much of the files is committed.
type Lengths struct {
	Versions Number
	Bytes    int64
}

// ErrDamaged says that the files are not what was committed. Remove them and
// add everything anew.
var ErrDamaged = errors.New("the catalog's files are damaged")

// Shelf is the versions. Any number of Views may be open while the one writer
// fills a Stage; Publish waits for them.
type Shelf struct {
	bytes, records *os.File
	owner          func(audience uint32) uint32
	handles        handles

	mu       sync.RWMutex // guards what follows; held by Views
	versions chunks[packed]
	chain    chunks[chained]
	ends     chunks[ends]
	ids      ids
	runs     chunks[run]
	length   int64 // of the bytes

	keys chunks[Key]      // of ids, while the files are loaded
	long map[uint32]times // of ids with many versions, as they are; the writer's alone
}

// Open opens the files beside path, and creates them if there are none. moved
// is the audiences that versions were given after they had been added, owner
// the owner of an audience. The files' lengths become those that are given;
// ErrDamaged says that they are shorter.
func Open(path string, committed Lengths, moved map[Number]uint32, owner func(audience uint32) uint32) (*Shelf, error) {
	s := &Shelf{owner: owner, ids: newIDs(), long: map[uint32]times{}}
	var err error
	if s.bytes, err = openFile(path+".bytes", committed.Bytes); err != nil {
		return nil, err
	}
	s.handles.path = path + ".bytes"
	if s.records, err = openFile(path+".records", int64(committed.Versions)*recordSize); err != nil {
		return nil, errors.Join(err, s.bytes.Close())
	}
	s.length = committed.Bytes
	if err := s.load(committed.Versions, moved); err != nil {
		return nil, errors.Join(fmt.Errorf("load %s: %w", s.records.Name(), err), s.Close())
	}
	return s, nil
}

func openFile(name string, length int64) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() < length {
		err = fmt.Errorf("%w: %s has %d bytes, there have to be %d", ErrDamaged, name, info.Size(), length)
	}
	if err == nil && info.Size() > length {
		err = f.Truncate(length)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close closes the files and empties the memory, once the Views that are open are
// closed; later ones find nothing. A Body that is being read goes on with its own file.
func (s *Shelf) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions.free()
	s.chain.free()
	s.ends.free()
	s.runs.free()
	s.ids.free()
	return errors.Join(s.bytes.Close(), s.records.Close(), s.handles.close())
}
