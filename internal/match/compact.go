package match

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Compact writes the snapshot and all changes as a new snapshot to path, as
// Build does, and goes on with that one. It takes its time, some ten seconds for
// ten million, for the readers' sake. Readers and writers go on meanwhile;
// what they change is kept in memory above the new snapshot. If it fails the
// index holds what it held.
func (x *Index) Compact(path string) error {
	x.compacting.Lock()
	defer x.compacting.Unlock()
	if err := x.finish(x.freeze(), path); err != nil {
		x.thaw()
		return fmt.Errorf("compact indicators to %s: %w", path, err)
	}
	return nil
}

// finish writes what was frozen, and goes on with it.
func (x *Index) finish(s *state, path string) error {
	m := newMerge(s)
	if _, err := writeSnapshot(path, s.seed, m.most(), m.shard); err != nil {
		return err
	}
	b, err := openBase(path)
	if err == nil {
		x.adopt(b)
	}
	return err
}

// freeze begins a new layer of changes above all others.
func (x *Index) freeze() *state {
	x.write.Lock()
	defer x.write.Unlock()
	return x.replace(func(next *state) {
		frozen := next.live
		next.frozen, next.live = &frozen, newLayer(next.seed)
	})
}

// adopt goes on with a new base that holds the frozen layer.
func (x *Index) adopt(b *base) {
	x.write.Lock()
	defer x.write.Unlock()
	s := x.now.Load()
	var ranges []netip.Prefix
	s.live.added.each(func(_ place, e parts) bool {
		if v := e.value(); isRange(v) {
			if p, ok := v.Prefix(); ok {
				ranges = append(ranges, p)
			}
		}
		return true
	})
	x.replace(func(next *state) {
		next.base, next.frozen = b, nil
		next.ranges = withRanges(b.ranges, ranges)
	})
	x.count.Store(b.count + int64(s.live.added.len()-s.live.removed.len()))
}

// thaw makes one layer of the frozen and the live one again.
func (x *Index) thaw() {
	x.write.Lock()
	defer x.write.Unlock()
	s := x.now.Load()
	both := newLayer(s.seed).reserve(
		s.frozen.added.len()+s.live.added.len(),
		s.frozen.removed.len()+s.live.removed.len(),
		s.frozen.superseded.len()+s.live.superseded.len())
	s.frozen.added.each(func(_ place, e parts) bool {
		ind := e.indicator()
		k := keyOf(ind.Value)
		if h := k.hash(s.seed); !s.live.buries(h, &k, &ind) {
			both.add(h, &k, ind.ID, ind.Subdomains)
		}
		return true
	})
	s.live.added.each(func(_ place, e parts) bool {
		ind := e.indicator()
		k := keyOf(ind.Value)
		both.add(k.hash(s.seed), &k, ind.ID, ind.Subdomains)
		return true
	})
	for _, from := range []*layer{s.frozen, &s.live} {
		unite(both.removed, from.removed)
		unite(both.superseded, from.superseded)
	}
	x.replace(func(next *state) { next.live, next.frozen = both, nil })
}

// unite adds to a table what is in another and not in it.
func unite(t, other *table) {
	other.each(func(_ place, e parts) bool {
		ind := e.indicator()
		k := keyOf(ind.Value)
		if e.code() == codeID {
			k = idKey(ind.Text)
		}
		if h := k.hash(t.seed); !t.has(h, &k, ind.ID, ind.Subdomains) {
			t.add(h, &k, ind.ID, ind.Subdomains)
		}
		return true
	})
}

// merge gives the shards of a base with a frozen layer on it.
type merge struct {
	*state
	added   []addedEntry // by hash
	data    []byte
	records []record
	began   time.Time // of the shard before
}

type addedEntry struct {
	hash uint64
	at   place
}

func newMerge(s *state) *merge {
	m := &merge{state: s, added: make([]addedEntry, 0, s.frozen.added.len())}
	s.frozen.added.each(func(p place, e parts) bool {
		m.added = append(m.added, addedEntry{e.hash(s.seed), p})
		return true
	})
	slices.SortFunc(m.added, func(a, b addedEntry) int { return cmp.Compare(a.hash, b.hash) })
	return m
}

// rest waits as long as the last shard took. Writing hundreds of megabytes at
// full speed keeps caches, memory and the kernel from readers: the slowest
// hundredth of their lookups took up to four times as long as without, and
// takes 1.2 to 1.3 times as long with these pauses.
func (m *merge) rest() {
	if !m.began.IsZero() {
		time.Sleep(min(time.Since(m.began), time.Second))
	}
	m.began = time.Now()
}

// most is how many entries there are, the dead ones among them.
func (m *merge) most() uint64 {
	n := uint64(len(m.added))
	if m.base != nil {
		n += uint64(m.base.count)
	}
	return n
}

func (m *merge) shard(n int) ([]byte, []record, error) {
	m.rest()
	m.data, m.records = m.data[:0], m.records[:0]
	if m.base != nil {
		if err := m.kept(n); err != nil {
			return nil, nil, err
		}
	}
	for len(m.added) > 0 && m.added[0].hash>>(64-shardBits) == uint64(n) {
		from := m.frozen.added.arena.entry(m.added[0].at)
		if e, ok := split(from); ok {
			m.records = append(m.records, record{m.added[0].hash, uint32(len(m.data)), uint32(e.size)})
			m.data = append(m.data, from[:e.size]...)
		}
		m.added = m.added[1:]
	}
	return m.data, m.records, nil
}

// kept reads a shard of the base and takes what is alive.
func (m *merge) kept(n int) error {
	s := &m.base.shards[n]
	if len(s.ends) == 0 {
		return nil
	}
	size := int(s.ends[len(s.ends)-1])
	m.data = slices.Grow(m.data, size)[:size]
	if _, err := m.base.file.ReadAt(m.data, s.start); err != nil {
		return fmt.Errorf("read shard %d: %w", n, err)
	}
	from := uint32(0)
	for i, end := range s.ends {
		entries, err := checked(n, uint32(i), m.data[from:end])
		if err != nil {
			return err
		}
		for at := from; len(entries) > 0; {
			e, ok := split(entries)
			if !ok {
				return damaged("an entry of shard %d", n)
			}
			if h, alive := m.alive(&e); alive {
				m.records = append(m.records, record{h, at, uint32(e.size)})
			}
			entries, at = entries[e.size:], at+uint32(e.size)
		}
		from = end
	}
	return nil
}

func (m *merge) alive(e *parts) (h uint64, alive bool) {
	h = e.hash(m.seed)
	if m.frozen.removed.len() == 0 && m.frozen.superseded.len() == 0 {
		return h, true
	}
	ind := e.indicator()
	k := keyOf(ind.Value)
	return h, !m.frozen.buries(h, &k, &ind)
}
