package trend_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// answers is all that a pool can be asked.
type answers struct {
	Growth, Rising  trend.Growth
	Makers          []string
	Rises           bool
	Hosts, Partners trend.Interval
}

func asked(p *trend.Pool, k int, growthOnly bool) (a answers) {
	if growthOnly {
		a.Growth = p.Growth()
		return a
	}
	a.Rising, a.Makers, a.Rises = p.Rising(k)
	a.Growth = p.Growth()
	a.Hosts, a.Partners = p.Reach(time.Hour)
	return a
}

// A pool that fits and searches only the scales that changed says what one says
// that begins anew each time: whatever is counted, however late, after whatever
// silence, by however many more than there is room for.
func TestOnlyWhatChangedIsAskedAnew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := trend.PoolConfig{
			Bins:     rapid.SampledFrom([]int{16, 32, 64}).Draw(t, "bins"),
			Partners: rapid.SampledFrom([]int{4, 9, 1000}).Draw(t, "room"),
		}
		kept, anew := trend.NewPool(cfg), trend.NewPool(cfg)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		at, k := start, rapid.IntRange(1, 4).Draw(t, "k")
		for range rapid.IntRange(1, 3).Draw(t, "times") {
			at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 60, 3000, 100_000}).Draw(t, "silence")) * time.Minute)
			partners, liars := rapid.IntRange(1, 12).Draw(t, "partners"), rapid.IntRange(0, 3).Draw(t, "liars")
			rate, late := rapid.Float64Range(-0.02, 0.1).Draw(t, "rate"), rapid.Float64Range(0, 0.3).Draw(t, "late")
			for m := range rapid.IntRange(1, 200).Draw(t, "minutes") {
				at = at.Add(time.Minute)
				compare := func() {
					anew.ForgetScales()
					growthOnly := r.IntN(3) == 0
					if diff := cmp.Diff(asked(anew, k, growthOnly), asked(kept, k, growthOnly)); diff != "" {
						t.Fatalf("minute %d (-anew +kept):\n%s", m, diff)
					}
				}
				for i := range partners {
					n := poisson(r, 1+0.3*math.Exp(rate*float64(m)))
					if i < liars {
						n = r.IntN(500)
					}
					when := at
					if r.Float64() < late {
						when = at.Add(-time.Duration(r.IntN(200)) * time.Minute)
					}
					kept.Add(fmt.Sprint(i), when, n)
					anew.Add(fmt.Sprint(i), when, n)
					if r.IntN(20) == 0 {
						compare()
					}
				}
				if r.IntN(50) == 0 {
					k = 1 + r.IntN(4)
				}
				compare()
			}
		}
	})
}
