package haproxy

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// entry is what a protection is in the maps.
type entry struct {
	where string // the map's file name, "" for none
	key   string
	until int64 // seconds since 1970
}

// entryOf gives the entry of a protection, and whether there is one.
func entryOf(p protect.Protection) (entry, bool) {
	if refuses(p) != "" {
		return entry{}, false
	}
	e := entry{key: p.Text, until: until(p.Expires)}
	switch {
	case p.Polarity == protect.MustResolve:
		e.where = feed.HAProxyPass
	case p.Type == observable.URL:
		e.where = feed.HAProxyURLs
	case p.Type != observable.Domain:
		e.where = feed.HAProxyAddresses
	case p.Exact:
		e.where = feed.HAProxyNames
	default:
		e.where = feed.HAProxyDomains
	}
	return e, true
}

// homes are the maps of blocks that may hold a value of a type.
func homes(t observable.Type) []string {
	switch t {
	case observable.Domain:
		return []string{feed.HAProxyNames, feed.HAProxyDomains}
	case observable.IPv4, observable.IPv6:
		return []string{feed.HAProxyAddresses}
	case observable.URL:
		return []string{feed.HAProxyURLs}
	}
	return nil
}

// until rounds up to the second, so that nothing ends before its time.
func until(expires time.Time) int64 {
	if expires.IsZero() {
		return math.MaxInt32 << 8 // some 17,000 years on, far from where HAProxy's sums overflow
	}
	return expires.Add(time.Second - 1).Unix()
}

// line is the entry as a map's file and the socket's payload have it.
func (e entry) line(out []byte) []byte {
	out = append(append(out, e.key...), ' ')
	return append(strconv.AppendInt(out, e.until, 10), '\n')
}

// entries are the maps of a set. Names are excepted from a block above them
// although the must-resolve itself may be kept from this outlet.
func entries(set feed.Set) map[string][]entry {
	all, passed := map[string][]entry{}, newPasses()
	for _, p := range set.MustResolve() {
		if e, ok := entryOf(*p); ok {
			passed.musts[e.key] = e.until
		}
	}
	for _, p := range set.Blocks() {
		e, ok := entryOf(*p)
		if !ok {
			continue
		}
		all[e.where] = append(all[e.where], e)
		if e.where == feed.HAProxyDomains {
			passed.except(set.Except(e.key), e.until)
		}
	}
	all[feed.HAProxyPass] = passed.entries()
	return all
}

// passes are names that must resolve, and until when that is looked after.
type passes struct {
	musts  map[string]int64 // for as long as the must-resolve itself
	others map[string]int64 // as long as the longest block above
}

func newPasses() passes { return passes{map[string]int64{}, map[string]int64{}} }

// except takes in names that must resolve beneath a domain which is blocked.
func (p passes) except(names []string, until int64) {
	for _, name := range names {
		p.others[name] = max(p.others[name], until)
	}
}

func (p passes) entries() []entry {
	all := maps.Clone(p.others)
	maps.Copy(all, p.musts)
	list := make([]entry, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, entry{feed.HAProxyPass, name, all[name]})
	}
	return list
}

// have is what is in HAProxy's maps, by the hash of the map and the key: 64 bits, so
// that one which is not there is taken for one that is once in 10^13 at a million.
type have map[uint64]struct{}

func (h have) has(e entry) bool {
	_, has := h[e.hash()]
	return has
}

func (h have) add(e entry)    { h[e.hash()] = struct{}{} }
func (h have) remove(e entry) { delete(h, e.hash()) }

func (e entry) hash() uint64 { return xxh3.HashStringSeed(e.key, xxh3.HashString(e.where)) }
