// Package match is the indicator index: which indicators name what telemetry
// shows? It answers exactly. A fingerprint only finds the candidates, and each
// is compared with the text.
//
// # Live updates
//
// Readers never wait. Exact values lie in an open-addressing hash table of
// 8-byte slots (24 bits of fingerprint, 40 bits of place) over an append-only
// arena of entries; one writer at a time stores an entry and then its slot,
// atomically, so a value is visible as soon as Add has stored it. A table that
// is full is copied to a larger one behind an atomic pointer, while readers go
// on in the old one. Prefixes lie in a bart table that is replaced as a whole,
// sharing what did not change. Slots and arena hold no pointers, so the garbage
// collector does not walk them however many indicators there are.
package match

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Indicator is one value to look for. Two that differ in any field are two
// indicators.
type Indicator struct {
	// ID is what a hit is reported under: a STIX id, a protection's id, or
	// for a plain list the value as it is written there.
	ID string
	observable.Value
	// Subdomains says that a domain stands for the names below it, too.
	Subdomains bool
}

// Index holds indicators. All methods may be called from many goroutines.
type Index struct {
	write    sync.Mutex
	exact    atomic.Pointer[table]
	prefixes atomic.Pointer[prefixTable]
	count    atomic.Int64
}

// New is an empty index.
func New() *Index {
	x := &Index{}
	x.exact.Store(newTable(newArena(), minSlots))
	x.prefixes.Store(&prefixTable{})
	return x
}

// Len is the number of indicators.
func (x *Index) Len() int { return int(x.count.Load()) }

// Add adds indicators; one that is there already is not added twice. Each can
// be found as soon as it has been stored, all of them when Add returns. Many
// at once are cheaper than one by one.
func (x *Index) Add(indicators ...Indicator) {
	x.write.Lock()
	defer x.write.Unlock()
	added := 0
	x.reserve(len(indicators))
	var ranges []Indicator
	for _, ind := range indicators {
		if isRange(ind.Value) {
			ranges = append(ranges, ind)
		} else if x.exact.Load().add(ind) {
			added++
		}
	}
	added += x.addRanges(ranges)
	x.count.Add(int64(added))
}

// Remove removes indicators that equal the given ones in every field.
func (x *Index) Remove(indicators ...Indicator) {
	x.write.Lock()
	defer x.write.Unlock()
	removed := 0
	var ranges []Indicator
	for _, ind := range indicators {
		if isRange(ind.Value) {
			ranges = append(ranges, ind)
		} else if x.exact.Load().remove(ind) {
			removed++
		}
	}
	removed += x.removeRanges(ranges)
	x.count.Add(int64(-removed))
}

// reserve makes room for n more exact values.
func (x *Index) reserve(n int) {
	if t := x.exact.Load(); !t.fits(n) {
		x.exact.Store(t.rebuilt(n))
	}
}

// Match is the first indicator that All would yield: the value itself before
// what contains it, and the narrower before the wider.
func (x *Index) Match(v observable.Value) (found Indicator, ok bool) {
	x.All(v, func(ind Indicator) bool {
		found, ok = ind, true
		return false
	})
	return found, ok
}

// All calls yield for each indicator that names v, until it returns false: the
// same value; for a domain also the names above it whose indicators include
// subdomains; for an address or a prefix also the prefixes that contain it.
// A URL is compared as a URL only; its host is a value of its own (see
// observable.Value.Host). v is normalised as observable.New does it.
func (x *Index) All(v observable.Value, yield func(Indicator) bool) {
	t := x.exact.Load()
	if !t.each(v, false, yield) {
		return
	}
	switch v.Type {
	case observable.Domain:
		above := v
		for {
			dot := strings.IndexByte(above.Text, '.')
			if dot < 0 {
				return
			}
			above.Text = above.Text[dot+1:]
			if !t.each(above, true, yield) {
				return
			}
		}
	case observable.IPv4, observable.IPv6:
		eachPrefix(x.prefixes.Load(), v, yield)
	}
}

func isRange(v observable.Value) bool {
	return (v.Type == observable.IPv4 || v.Type == observable.IPv6) && strings.IndexByte(v.Text, '/') >= 0
}
