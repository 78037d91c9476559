package ransom

import (
	"math"
	"testing"

	"github.com/zeebo/xxh3"
)

// Of the keys of one set, that which was used least lately goes.
func TestTableForgets(t *testing.T) {
	table := newTable[int](8)
	for k := uint64(1); k <= 8; k++ {
		i, known := table.claim(k<<1, k)
		if known {
			t.Fatalf("key %d was there", k)
		}
		table.values[i] = int(k)
	}
	table.claim(1<<1, 9)
	i, known := table.claim(100, 10)
	if known || table.values[i] != 0 || table.find(2<<1) >= 0 || table.forgotten != 1 {
		t.Errorf("known %v, value %d, second still at %d, %d forgotten", known, table.values[i], table.find(2<<1), table.forgotten)
	}
	if i := table.find(1 << 1); i < 0 || table.values[i] != 1 {
		t.Error("the first, used again, was forgotten")
	}
}

func TestSketch(t *testing.T) {
	for _, n := range []int{0, 1, 2, 10, 100, 1000, 30_000} {
		var s sketch
		for range 2 {
			for i := range n {
				s.add(xxh3.HashString(string(rune(i)) + "x"))
			}
		}
		if got := s.count(); math.Abs(float64(got-n)) > max(0.1*float64(n), 0.4) { // three times the standard error
			t.Errorf("%d counted as %d", n, got)
		}
	}
}
