package shelf

import (
	"fmt"
	"slices"
	"sync"
)

// Stage is versions that wait to be added: Write writes them to the files,
// Publish shows them to Views. What is not published leaves no trace. There is
// one Stage at a time, and one goroutine that fills it.
type Stage struct {
	s        *Shelf
	versions newer[Record]
	ends     newer[ends]
	files    []stored
	altered  map[Number]Record // as they will be, of those that are there
	keys     map[Key]uint32    // of new ids
	ids      newer[entry]
	heads    map[uint32]heads // as they will be, of ids that are there
	long     map[uint32]times // as they will be, of the times that change
	bytes    []byte
	runs     []run
	slots    []uint32 // of the ids, with room for the new ones
}

// Stage begins an empty one, with room for so many bytes.
func (s *Shelf) Stage(room int) *Stage {
	return &Stage{
		s: s, bytes: make([]byte, 0, room), versions: newer[Record]{base: &s.versions}, ends: newer[ends]{base: &s.ends}, ids: newer[entry]{base: &s.ids.list},
		altered: map[Number]Record{}, keys: map[Key]uint32{}, heads: map[uint32]heads{}, long: map[uint32]times{},
	}
}

// Lengths are the shelf's when the stage is published.
func (st *Stage) Lengths() Lengths {
	return Lengths{Versions: Number(st.versions.base.n + len(st.versions.own)), Bytes: st.s.length + int64(len(st.bytes))}
}

// At is a version as it will be; it must not be changed.
func (st *Stage) At(n Number) Record {
	if r, ok := st.altered[n]; ok {
		return r
	}
	return *st.versions.at(uint32(n))
}

// alter changes a version.
func (st *Stage) alter(n Number, change func(*Record)) {
	if st.versions.isNew(uint32(n)) {
		change(st.versions.at(uint32(n)))
		return
	}
	r := st.At(n)
	change(&r)
	st.altered[n] = r
}

// Newest is the version of an id that was added last, 0 if there is none.
func (st *Stage) Newest(key Key) Number {
	if id, ok := st.find(key); ok {
		return st.headsOf(id).newest
	}
	return 0
}

func (st *Stage) find(key Key) (uint32, bool) {
	if id, ok := st.s.ids.find(key); ok {
		return id, true
	}
	id, ok := st.keys[key]
	return id, ok
}

func (st *Stage) intern(key Key) uint32 {
	id, ok := st.find(key)
	if !ok {
		id = st.ids.add(entry{key: key})
		st.keys[key] = id
	}
	return id
}

func (st *Stage) headsOf(id uint32) heads {
	if h, ok := st.heads[id]; ok {
		return h
	}
	return st.ids.at(id).heads
}

func (st *Stage) setHeads(id uint32, h heads) {
	if st.ids.isNew(id) {
		st.ids.at(id).heads = h
		return
	}
	st.heads[id] = h
}

// Raw is the bytes of a version.
func (st *Stage) Raw(n Number) ([]byte, error) {
	r := st.At(n)
	if r.offset >= st.s.length {
		at := r.offset - st.s.length
		return slices.Clone(st.bytes[at : at+int64(r.length)]), nil
	}
	return st.s.read(&r)
}

// Write writes everything to the files, and returns when it is on disk. Until
// Lengths are committed it counts as not written.
func (st *Stage) Write() error {
	if len(st.files) == 0 {
		return nil
	}
	records := make([]byte, 0, len(st.files)*recordSize)
	for _, f := range st.files {
		records = f.append(records)
	}
	st.slots = st.s.ids.room(len(st.ids.own))
	var failed [2]error
	var wg sync.WaitGroup
	wg.Go(func() { failed[0] = write(st.s.bytes, st.bytes, st.s.length) })
	wg.Go(func() { failed[1] = write(st.s.records, records, int64(st.versions.base.n)*recordSize) })
	wg.Wait()
	for _, err := range failed {
		if err != nil {
			return fmt.Errorf("write %d versions: %w", len(st.files), err)
		}
	}
	return nil
}

// Publish adds what was written to what Views see.
func (st *Stage) Publish() {
	s := st.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(st.ids.own) > 0 {
		s.ids.use(st.slots)
	}
	for _, e := range st.ids.own {
		s.ids.put(s.ids.slots, e.key, s.ids.list.add(e))
	}
	for id, h := range st.heads {
		s.ids.list.at(id).heads = h
	}
	for n, r := range st.altered {
		*s.versions.at(uint32(n)) = r
	}
	for _, r := range st.versions.own {
		s.versions.add(r)
	}
	for _, e := range st.ends.own {
		s.ends.add(e)
	}
	for _, r := range st.runs {
		s.runs.add(r)
	}
	st.publishLong()
	s.length += int64(len(st.bytes))
}
