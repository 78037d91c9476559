// Package match is the indicator index: which indicators name what telemetry
// shows? It answers exactly. A fingerprint only finds the candidates, and each
// is compared with the text.
//
// # Layers
//
// The base is a snapshot of any size (see base): per indicator about three
// bytes of filter and directory in memory; texts and ids stay in the file and
// are read when the filter lets a value through, which of 5,000 values that no
// indicator names happens with one. Above it lies what changed since: tables of
// indicators added, removed and superseded by id, the latter two asked on hits
// only. Compact writes base and changes as a new snapshot.
//
// # Live updates
//
// Readers never wait. The tables are open-addressing hash tables of 8-byte
// slots over append-only arenas; one writer at a time stores an entry and then
// its slot, atomically, so a value is visible as soon as Add has stored it. A
// table that is full is copied to a larger one, and with a new snapshot the
// whole state changes, behind one atomic pointer, while readers go on in the
// old one. Tables, arenas and the base hold no pointers, so the garbage
// collector does not walk them however many indicators there are; it frees
// what readers have left.
//
// Prefixes are indicators like all others; beside them, a trie says which
// prefixes around an address are worth looking up.
package match

import (
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gaissmai/bart"

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
	compacting sync.Mutex // before write
	write      sync.Mutex
	now        atomic.Pointer[state]
	count      atomic.Int64
}

// state is what readers work in. They load it once a lookup; the writer
// changes its tables in place where readers can bear it, and else replaces it.
type state struct {
	seed   uint64
	live   layer
	frozen *layer // what is being compacted, or nil
	base   *base  // or nil
	// ranges holds every prefix that is an indicator's. It may hold more:
	// what a prefix stands for is looked up.
	ranges *bart.Lite
	single bool // some indicator that includes subdomains may be of one label
}

// New is an empty index in memory.
func New() *Index {
	seed := rand.Uint64()
	return newIndex(&state{seed: seed, live: newLayer(seed), ranges: &bart.Lite{}})
}

func newIndex(s *state) *Index {
	x := &Index{}
	if s.base != nil {
		x.count.Store(s.base.count)
	}
	x.now.Store(s)
	return x
}

// Open opens the snapshot at path that Build or Compact wrote. It reads and
// checks what is kept in memory of it and leaves the file open for the rest.
// An error says what is wrong with the file; it is no snapshot, damaged, or of
// a version that this program does not know.
func Open(path string) (*Index, error) {
	b, err := openBase(path)
	if err != nil {
		return nil, err
	}
	return newIndex(&state{seed: b.seed, live: newLayer(b.seed), base: b, ranges: b.ranges, single: b.single}), nil
}

func isRange(v observable.Value) bool {
	return (v.Type == observable.IPv4 || v.Type == observable.IPv6) && strings.IndexByte(v.Text, '/') >= 0
}
