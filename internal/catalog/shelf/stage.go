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
	versions newer[packed]
	chain    newer[chained]
	ends     newer[ends]
	files    []stored
	altered  map[Number]Record // as they will be, of those that are there
	keys     map[Key]uint32    // of new ids
	ids      []named           // the new ones
	heads    map[uint32]heads  // as they will be, of ids that are there
	long     map[uint32]times  // as they will be, of the times that change
	bytes    []byte
	runs     []run
	slots    []uint32 // of the ids, with room for the new ones
}

// named is a new id.
type named struct {
	key Key
	heads
}

// Stage begins an empty one, with room for so many bytes.
func (s *Shelf) Stage(room int) *Stage {
	return &Stage{
		s: s, bytes: make([]byte, 0, room), versions: newer[packed]{base: &s.versions}, chain: newer[chained]{base: &s.chain}, ends: newer[ends]{base: &s.ends},
		altered: map[Number]Record{}, keys: map[Key]uint32{}, heads: map[uint32]heads{}, long: map[uint32]times{},
	}
}

// Lengths are the shelf's when the stage is published.
func (st *Stage) Lengths() Lengths {
	return Lengths{Versions: Number(st.versions.base.n + len(st.versions.own)), Bytes: st.s.length + int64(len(st.bytes))}
}

// At is a version as it will be.
func (st *Stage) At(n Number) Record {
	r, ok := st.altered[n]
	if !ok {
		r = st.versions.at(uint32(n)).record()
	}
	if r.chain != 0 {
		r = r.with(*st.chain.at(r.chain))
	}
	return r
}

// alter changes a version.
func (st *Stage) alter(n Number, change func(*Record)) {
	r := st.At(n)
	change(&r)
	if st.versions.isNew(uint32(n)) {
		*st.versions.at(uint32(n)) = r.pack()
		return
	}
	st.altered[n] = r
}

// Newest is the version of an id that was added last, 0 if there is none.
func (st *Stage) Newest(key Key) (Number, error) {
	id, ok, err := st.find(key)
	if !ok || err != nil {
		return 0, err
	}
	return st.headsOf(id).newest, nil
}

func (st *Stage) find(key Key) (uint32, bool, error) {
	if id, ok, err := st.s.find(key); ok || err != nil {
		return id, ok, err
	}
	id, ok := st.keys[key]
	return id, ok, nil
}

func (st *Stage) intern(key Key) (uint32, error) {
	id, ok, err := st.find(key)
	if !ok && err == nil {
		st.ids = append(st.ids, named{key: key})
		id = uint32(st.s.ids.list.n + len(st.ids))
		st.keys[key] = id
	}
	return id, err
}

// own is a new id; nil if it is not one.
func (st *Stage) own(id uint32) *named {
	if i := int(id) - st.s.ids.list.n; i > 0 {
		return &st.ids[i-1]
	}
	return nil
}

func (st *Stage) headsOf(id uint32) heads {
	if own := st.own(id); own != nil {
		return own.heads
	}
	if h, ok := st.heads[id]; ok {
		return h
	}
	return st.s.ids.heads(id)
}

func (st *Stage) setHeads(id uint32, h heads) {
	if own := st.own(id); own != nil {
		own.heads = h
		return
	}
	st.heads[id] = h
}

// stored is a version's record, in the file or on its way there.
func (st *Stage) stored(n Number) (stored, error) {
	if i := int(n) - st.versions.base.n; i > 0 {
		return st.files[i-1], nil
	}
	return st.s.stored(n)
}

// Raw is the bytes of a version.
func (st *Stage) Raw(n Number) ([]byte, error) {
	r, err := st.stored(n)
	if err != nil {
		return nil, err
	}
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
	st.slots = st.s.ids.room(len(st.ids))
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
	if len(st.ids) > 0 {
		s.ids.use(st.slots)
	}
	for _, e := range st.ids {
		s.ids.add(e.key, e.heads)
	}
	for id, h := range st.heads {
		s.ids.setHeads(id, h)
	}
	for n, r := range st.altered {
		*s.versions.at(uint32(n)) = r.pack()
	}
	for _, r := range st.versions.own {
		s.versions.add(r)
	}
	for _, c := range st.chain.own {
		s.chain.add(c)
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
