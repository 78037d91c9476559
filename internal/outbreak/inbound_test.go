package outbreak_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/sighting"
)

// What every partner sees rise rings whatever two of them report besides.
func TestFewHideNoTrend(t *testing.T) {
	for name, lie := range map[string]func(r *rand.Rand, at time.Time) int{
		"noise":              func(r *rand.Rand, _ time.Time) int { return 1 + r.IntN(500) },
		"a step":             func(_ *rand.Rand, at time.Time) int { return max(0, 2000*at.Compare(noon)) },
		"one huge report":    func(_ *rand.Rand, at time.Time) int { return max(0, 1-int(at.Sub(noon).Abs()/time.Second)) << 40 },
		"huge ones at times": func(_ *rand.Rand, at time.Time) int { return max(0, 1-at.Minute()%30) << 24 },
	} {
		for liars := 1; liars <= 2; liars++ {
			k := newDesk(t)
			r := rand.New(rand.NewPCG(5, 6))
			for at := noon.Add(-2 * time.Hour); at.Before(noon.Add(2 * time.Hour)); at = at.Add(time.Minute) {
				for p := range liars {
					if n := lie(r, at); n > 0 {
						k.scanned(50+p, n, 0, 445, at.Add(time.Duration(p)*time.Millisecond))
					}
				}
				k.inflowAt(r, 12, at)
				k.decide(at.Add(time.Minute))
			}
			if list := k.state.List(); len(list) != 1 {
				t.Errorf("%s of %d among 14: %d outbreaks", name, liars, len(list))
			}
		}
	}
}

// inflowAt is a minute's scans from elsewhere at each of some partners: after
// noon there are ever more.
func (k *desk) inflowAt(r *rand.Rand, partners int, at time.Time) {
	for p := range partners {
		n := poisson(r, 3)
		if at.After(noon) {
			n += poisson(r, 0.5*exp2(at.Sub(noon), 10*time.Minute))
		}
		k.scanned(p, n, 0, 445, at.Add(time.Duration(p)*time.Millisecond))
	}
}

// As many ports as are followed at all, reported by three voices through twenty
// partners, do not push out one that five voices report.
func TestManyPartnersOfOneVoicePushOutNoTrend(t *testing.T) {
	k := newDesk(t)
	r := rand.New(rand.NewPCG(7, 8))
	for at := noon.Add(-2 * time.Hour); at.Before(noon.Add(2 * time.Hour)); at = at.Add(time.Minute) {
		k.inflowAt(r, 5, at)
		if at.Equal(noon.Add(-time.Hour)) {
			for p := range 20 {
				organisation := ""
				if p > 1 {
					organisation = "trust"
				}
				var scans []sighting.Scan
				for port := range 300 {
					scans = append(scans, sighting.Scan{Port: uint16(10000 + port), Direction: sighting.In, Sources: 1, Fresh: 1, Contacts: 9, FirstSeen: at, LastSeen: at})
				}
				k.report(50+p, sighting.Report{Organisation: organisation, Scans: scans})
			}
		}
		k.decide(at.Add(time.Minute))
	}
	if list := k.state.List(); len(list) != 1 || list[0].Port != 445 {
		t.Errorf("outbreaks %+v, want one of port 445", list)
	}
}
