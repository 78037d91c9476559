package epidemic_test

import (
	"math"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/epidemic"
)

// thousands are sites of 1,000 hosts.
func thousands(n int) []epidemic.Site {
	sites := make([]epidemic.Site, n)
	for i := range sites {
		sites[i] = epidemic.Site{Hosts: 1000, Susceptible: 1000}
	}
	return sites
}

func perHour(doubling time.Duration) float64 { return math.Ln2 / doubling.Hours() }

const twelve = 744 * time.Second // 12.4 minutes

// play is 48 hours in steps of ten seconds.
func play(w *epidemic.World, each func()) {
	w.Infect(0, 1)
	for range 48 * 360 {
		w.Step()
		if each != nil {
			each()
		}
	}
}

func report(b *testing.B, w *epidemic.World, limit float64) {
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/limit, "of-the-limit")
	b.ReportMetric(float64(w.Infected())/1e6, "M-infected")
	b.ReportMetric(float64(w.Stopped())/1e6, "M-stopped")
}

// BenchmarkTenMillion plays 48 hours of 10,000,000 hosts at 10,000 sites that a
// uniform worm doubling in 12.4 minutes fills, under the limit of 20 s.
func BenchmarkTenMillion(b *testing.B) {
	sites := thousands(10_000)
	uniform := epidemic.Params{Step: 10 * time.Second, Between: perHour(twelve)}
	levels := uniform
	levels.Between, levels.Inside = perHour(twelve)/4, perHour(twelve)
	removal := uniform
	removal.Remove, removal.Patch = 0.1, 0.02
	dormancy := removal
	dormancy.Remove, dormancy.Patch, dormancy.Sleep, dormancy.Wake = 0.1, 0, 1, 0.5
	for _, c := range []struct {
		name    string
		params  epidemic.Params
		covered int // of the sites, from the sixth hour on
		share   float64
		touched bool
	}{
		{"uniform", uniform, 0, 0, false},
		{"uniform,touched", uniform, 0, 0, true},
		{"two levels", levels, 0, 0, false},
		{"removal and patches", removal, 0, 0, false},
		{"dormancy", dormancy, 0, 0, false},
		{"half the sites protected", uniform, 5000, 1, false},
		{"half the sites protected,touched", uniform, 5000, 1, true},
		{"half of each site protected", levels, 10_000, 0.5, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var w *epidemic.World
			seen := 0
			for seed := uint64(1); b.Loop(); seed++ {
				w = epidemic.New(seed, c.params, sites)
				step := 0
				play(w, func() {
					if step++; step == 2*360 {
						for i := range c.covered {
							w.Cover(i, c.share, false)
						}
					}
					if c.touched {
						for _, i := range w.Touched() {
							seen += w.At(i).Fresh
						}
					}
				})
			}
			report(b, w, 20)
		})
	}
}
