package rpz

import (
	"iter"
	"net/netip"
	"slices"
	"sync"
)

// What is kept for IXFR. A resolver that is further behind gets the whole zone.
const (
	maxChanges        = 1000
	maxChangedRecords = 200_000
	// So few are always sent as changes, even if the zone itself is smaller.
	fewRecords = 1000
)

// version is a zone at one serial; it does not change.
type version struct {
	serial  uint32
	history []change // from old to new; the last leads to this version
	size    int      // about how many records there are
	rows    iter.Seq[record]

	// What a cold version is made of.
	names   facts[name]
	nets    facts[block]
	answers []netip.Addr
	room    int
}

// change leads from one serial to the next.
type change struct {
	from, to       uint32
	removed, added []record
}

func (c change) size() int { return len(c.removed) + len(c.added) }

// zone is a name's content, version after version.
type zone struct {
	mu      sync.Mutex
	current *version // nil before the first
	changed chan struct{}
}

// get gives the current version, nil before the first, and what is closed when
// the next one is there.
func (z *zone) get() (*version, <-chan struct{}) {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.current, z.changed
}

func (z *zone) version() *version {
	v, _ := z.get()
	return v
}

func (z *zone) put(next *version) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.current = next
	close(z.changed)
	z.changed = make(chan struct{})
}

// serve puts a version that differs from the last one by some records.
func (z *zone) serve(next *version, removed, added []record) {
	if last := z.version(); last != nil {
		next.follow(last, removed, added)
	}
	z.put(next)
}

func (v *version) follow(last *version, removed, added []record) {
	v.history = trimmed(append(slices.Clone(last.history), change{last.serial, v.serial, removed, added}))
}

// after compares serials as RFC 1982, section 3.2, does; those half the circle
// apart are not after each other.
func after(a, b uint32) bool { return a != b && a-b < 1<<31 }

// trimmed forgets the oldest changes beyond what is kept.
func trimmed(history []change) []change {
	size, first := 0, len(history)
	for first > 0 && len(history)-first < maxChanges {
		size += history[first-1].size()
		if size > maxChangedRecords {
			break
		}
		first--
	}
	return history[first:]
}

// since gives the changes from a serial to this version; false if they are
// not kept, or are more than the zone itself.
func (v *version) since(serial uint32) ([]change, bool) {
	i := slices.IndexFunc(v.history, func(c change) bool { return c.from == serial })
	if i < 0 {
		return nil, false
	}
	size := 0
	for _, c := range v.history[i:] {
		size += c.size()
	}
	return v.history[i:], size <= max(fewRecords, v.size)
}
