package sighting

import (
	"encoding/binary"
	"time"

	"github.com/zeebo/xxh3"
)

// aList is how many findings in one report make it unlikely that another
// partner saw the same by chance, even in whole seconds.
const aList = 5

// Print is what a sighting says of its value: PrintOf its times and counts.
func Print(r *Report, s *Sighting) uint64 {
	return PrintOf(r, s.FirstSeen, s.LastSeen, s.Count, s.Hosts)
}

// PrintOf is what a finding says, in 64 bits: its times and its counts. Two
// findings about one subject with the same print are taken for copies; that
// different ones share it has a chance of one in 10^19. It is 0 where so little
// is said that two may well say the same: one instant, or whole seconds, and few
// findings with it.
func PrintOf(r *Report, first, last time.Time, counts ...int) uint64 {
	coarse := first.Equal(last) || first.Nanosecond() == 0 && last.Nanosecond() == 0
	if coarse && r.Findings() < aList {
		return 0
	}
	var room [96]byte
	b := room[:0]
	for _, at := range []time.Time{first, last} {
		b = binary.BigEndian.AppendUint64(b, uint64(at.Unix()))
		b = binary.BigEndian.AppendUint32(b, uint32(at.Nanosecond()))
	}
	for _, n := range counts {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return max(xxh3.Hash(b), 1)
}
