package mispfeed

import (
	"iter"
	"slices"

	"github.com/google/uuid"
	"github.com/zeebo/xxh3"
)

// links leads from objects, by a hash of their ids, to numbers. The hash has a
// seed of its own: nobody outside can make two ids meet.
type links struct {
	seed  uint64
	first map[uint64]int32 // 1 + an index of all
	all   []link
}

type link struct{ to, next int32 }

func newLinks(seed uint64) links { return links{seed: seed, first: map[uint64]int32{}} }

func (l *links) hash(id string) uint64 { return xxh3.HashStringSeed(id, l.seed) }

// add adds a link, unless it is there.
func (l *links) add(hash uint64, to int32) {
	for n := range l.of(hash) {
		if n == to {
			return
		}
	}
	l.all = append(l.all, link{to, l.first[hash]})
	l.first[hash] = int32(len(l.all))
}

// of is where a hash leads, the newest link first.
func (l *links) of(hash uint64) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for i := l.first[hash]; i != 0; i = l.all[i-1].next {
			if !yield(l.all[i-1].to) {
				return
			}
		}
	}
}

// keep leaves only the links that still lead somewhere, and renames where.
func (l *links) keep(renamed func(to int32) (int32, bool)) {
	old := *l
	*l = newLinks(old.seed)
	for hash := range old.first {
		for _, to := range slices.Backward(slices.Collect(old.of(hash))) {
			if now, kept := renamed(to); kept {
				l.add(hash, now)
			}
		}
	}
}

// ident is an object's id in few bytes.
type ident struct {
	of   uint8 // an index of identTypes
	uuid uuid.UUID
}

// identTypes are the types of objects that an index has to find again. Of the
// first looseTypes those that no report names make events of their own.
var identTypes = []string{
	"indicator", "observed-data", "vulnerability", "campaign", "threat-actor", "note",
	"domain-name", "ipv4-addr", "ipv6-addr", "url", "file", "email-addr", "mac-addr", "mutex", "windows-registry-key", "user-account",
	"sighting", "grouping",
}

var looseTypes = slices.Index(identTypes, "sighting")

// identOf is an id in few bytes; false if its type is none of identTypes.
func identOf(objectType, id string) (ident, bool) {
	of := slices.Index(identTypes, objectType)
	if of < 0 || len(id) != len(objectType)+len("--")+36 {
		return ident{}, false
	}
	u, err := uuid.Parse(id[len(id)-36:])
	return ident{uint8(of), u}, err == nil
}

func (i ident) String() string { return identTypes[i.of] + "--" + i.uuid.String() }
