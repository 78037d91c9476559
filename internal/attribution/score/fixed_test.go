package score_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// Sums are exact: they are what numbers of any length give, and what is added
// and taken away again leaves no trace.
func TestSumsAreExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.Float64Range(0x1p-52, 0x1p16)
		add, gone := rapid.SliceOfN(size, 1, 50).Draw(rt, "add"), rapid.SliceOfN(size, 0, 50).Draw(rt, "gone")
		exact := new(big.Float).SetPrec(300)
		for _, x := range add {
			exact.Add(exact, big.NewFloat(x))
		}
		want, _ := exact.Float64()
		got := score.SumExactly(slices.Concat(add, gone), gone)
		if got != want && got != math.Nextafter(want, got) { // two roundings may differ from one by the last bit
			rt.Fatalf("the sum of %v, with %v for a while, is %v, want %v", add, gone, got, want)
		}
	})
	for x, want := range map[float64]float64{0: 0, 5e-324: 0, 0x1p-105: 0, 0x1p-104: 0x1p-104, 0x1.8p-103: 0x1.8p-103, 0x1.0000000000001p-52: 0x1.0000000000001p-52, 0x1.fffffffffffffp23: 0x1.fffffffffffffp23} {
		if got := score.SumExactly([]float64{x}, nil); got != want {
			t.Errorf("%v is kept as %v, want %v", x, got, want)
		}
	}
}
