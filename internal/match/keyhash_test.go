package match

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What is shared between a name and those above it changes no hash.
func TestNamesAreHashedAsTheyAreAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOfN(rapid.SampledFrom([]rune("a.-\x00é")), 0, 40, -1).Draw(t, "name")
		single := rapid.Bool().Draw(t, "single")
		h := hasherOf(rapid.Uint64().Draw(t, "seed"))
		var want []probe
		for skip := range len(name) {
			above := name[skip+1:]
			if name[skip] == '.' && (single || strings.Contains(above, ".")) {
				want = append([]probe{{hash: h.hash(above), skip: int32(skip + 1)}}, want...)
			}
		}
		want = append(want, probe{hash: h.hash(name)})
		if got := h.names(nil, name, single); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q: %v, want %v", name, got, want)
		}
	})
}

// Texts that differ little, and the same text under seeds that do, are spread
// over the high bits, the low bits and the filter's as at random.
func TestHashesSpread(t *testing.T) {
	const n, cells = 1 << 16, 1 << 10
	for _, seed := range []uint64{0, 1, 1 << 63, 0x0123456789abcdef} {
		for name, text := range map[string]func(i int) (string, uint64){
			"numbers":   func(i int) (string, uint64) { return fmt.Sprint(i), seed },
			"addresses": func(i int) (string, uint64) { return fmt.Sprintf("240.0.%d.%d", i>>8, i&255), seed },
			"beginnings": func(i int) (string, uint64) {
				return fmt.Sprintf("%04x.a-name-that-all-of-them-have.example", i), seed
			},
			"lengths": func(i int) (string, uint64) { return strings.Repeat("a", i&1023) + strings.Repeat("b", i>>10), seed },
			"zeros": func(i int) (string, uint64) {
				return strings.Repeat("\x00", i&1023) + strings.Repeat("\x01", i>>10), seed
			},
			"seeds": func(i int) (string, uint64) { return "evil.example", seed + uint64(i) },
		} {
			var high, low, place [cells]int
			all := make(map[uint64]bool, n)
			for i := range n {
				text, seed := text(i)
				h := hasherOf(seed)
				sum := h.hash(text)
				all[sum] = true
				high[sum>>54]++
				low[sum&(cells-1)]++
				place[positions(sum)>>12&(cells-1)]++
			}
			if len(all) != n {
				t.Errorf("seed %x, %s: %d texts have %d hashes", seed, name, n, len(all))
			}
			for which, counts := range map[string]*[cells]int{"high": &high, "low": &low, "the filter's": &place} {
				chi := 0.0
				for _, k := range counts {
					d := float64(k) - n/cells
					chi += d * d / (n / cells)
				}
				// Chi-square of 1,023 degrees: six deviations from the mean.
				if math.Abs(chi-(cells-1)) > 6*math.Sqrt(2*(cells-1)) {
					t.Errorf("seed %x, %s: chi-square of %s bits is %.0f", seed, name, which, chi)
				}
			}
		}
	}
}
