package pattern

import "math"

// sight is an observation as the search for a match sees it.
type sight struct {
	first, last nanos // first is not after last
	name        uint64
	number      int32 // how many observations it stands for
	atoms       bits  // that it satisfies
}

func sightOf(s Seen) sight {
	first := nanosOf(s.First)
	return sight{
		first: first, last: max(first, nanosOf(s.Last)), name: s.Ref,
		number: int32(min(max(1, s.Number), math.MaxInt32)),
	}
}

// bits is a set of atoms.
type bits struct {
	low  uint64
	high *[maxAtoms/64 - 1]uint64 // of the atoms from 64 on
}

func (b *bits) add(atom int) {
	if atom < 64 {
		b.low |= 1 << atom
		return
	}
	if b.high == nil {
		b.high = new([maxAtoms/64 - 1]uint64)
	}
	b.high[atom/64-1] |= 1 << (atom % 64)
}

func (b *bits) has(atom int) bool {
	if atom < 64 {
		return b.low&(1<<atom) != 0
	}
	return b.high != nil && b.high[atom/64-1]&(1<<(atom%64)) != 0
}

// span bounds observations: those that are over before from, or begin at or
// after before, are outside. What lasted was at any time in between.
type span struct{ from, before nanos }

var always = span{from: earliest, before: latest}

// fills says whether a slot takes an observation.
func (s *slot) fills(o *sight, in span) bool {
	if o.last < in.from || o.first >= in.before {
		return false
	}
	if o.atoms.has(s.atom) {
		return true
	}
	for _, atom := range s.others {
		if o.atoms.has(atom) {
			return true
		}
	}
	return false
}
