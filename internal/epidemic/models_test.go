package epidemic_test

import (
	"math"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/epidemic"
)

func near(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if !(math.Abs(got-want) <= share*math.Abs(want)) {
		t.Errorf("%s: %g, want %g within %g of it", what, got, want, share)
	}
}

// 13.3 scans a second and 100, 300 and 800 thousand vulnerable hosts.
func TestDoublingOfRandomScanning(t *testing.T) {
	for _, c := range []struct{ hosts, minutes float64 }{{100_000, 37.3}, {300_000, 12.43}, {800_000, 4.66}} {
		k := epidemic.Scanning(13.3, c.hosts)
		near(t, "doubling", epidemic.Doubling(k).Minutes(), c.minutes, 0.002)
		near(t, "and back", epidemic.Rate(epidemic.Doubling(k)), k, 1e-9)
	}
	// Code Red's two published rates, as the doubling times that go with them.
	near(t, "1.12/h", epidemic.Doubling(epidemic.CodeRedSlow).Minutes(), 37, 0.01)
	near(t, "1.8/h", epidemic.Doubling(epidemic.CodeRedFast).Minutes(), 23, 0.01)
}

func TestLogistic(t *testing.T) {
	l := epidemic.SI(2, 1e6, 100)
	near(t, "start", l.At(0), 100, 1e-9)
	near(t, "half", l.At(l.T), 5e5, 1e-12)
	near(t, "one percent", l.At(l.Reaches(0.01)), 1e4, 1e-9)
}

// Without removal and dormancy the numerical solution is the closed form.
func TestSIIDRIsSIWithoutTheRest(t *testing.T) {
	l := epidemic.SI(3, 1e7, 1)
	points := epidemic.SIIDR{Hosts: 1e7, Start: 1, Beta: 3}.Curve(10, 0.5)
	if len(points) != 21 {
		t.Fatalf("%d points", len(points))
	}
	for _, p := range points {
		near(t, "infected", p.Infectious, l.At(p.Hours), 1e-6)
	}
}

func TestSIIDR(t *testing.T) {
	m := epidemic.SIIDR{Hosts: 1e6, Start: 1, Beta: 3, Remove: 1, Sleep: 2, Wake: 0.5}
	points := m.Curve(200, 1)
	for _, p := range points {
		if sum := p.Susceptible + p.Ever() + p.Immune; math.Abs(sum/m.Hosts-1) > 1e-9 {
			t.Fatalf("%g hosts at hour %g", sum, p.Hours)
		}
	}
	near(t, "in the end, the dormant awake", points[200].Ever()/m.Hosts, epidemic.FinalSize(m.Reproduction(), 1/m.Hosts), 1e-6)
	// At first the infectious and the dormant grow as the larger root says of
	// (x - b + m + s)(x + w) = s w.
	m.Hosts = 1e12 // so that nothing fills up
	points = m.Curve(8, 1)
	net := m.Beta - m.Remove - m.Sleep
	rate := (net - m.Wake + math.Sqrt((net+m.Wake)*(net+m.Wake)+4*m.Sleep*m.Wake)) / 2
	near(t, "growth", math.Log(points[8].Infectious/points[5].Infectious)/3, rate, 2e-5)
	near(t, "dormant to infectious", points[8].Dormant/points[8].Infectious, m.Sleep/(rate+m.Wake), 2e-5)
}

func TestFinalSize(t *testing.T) {
	near(t, "reproduction 2", epidemic.FinalSize(2, 0), 0.7968121, 1e-6) // 1 + W(-2 exp(-2))/2
	near(t, "everybody was infected at first", epidemic.FinalSize(2, 1), 1, 1e-12)
	if z := epidemic.FinalSize(0.5, 0); z > 1e-9 {
		t.Errorf("below the threshold %g are infected", z)
	}
	end := epidemic.SIIDR{Hosts: 1e6, Start: 1e3, Beta: 3, Remove: 2}.Curve(100, 100)[1]
	near(t, "against the curve", end.Ever()/1e6, epidemic.FinalSize(1.5, 1e-3), 1e-7)
}

// Without congestion and patching the two-factor model is SIR; with them each
// lowers what is infected at most, and nothing is lost.
func TestTwoFactor(t *testing.T) {
	m := epidemic.TwoFactor{Hosts: 1e6, Start: 1, Beta: 0.8, Gamma: 0.05}
	sir := epidemic.SIIDR{Hosts: 1e6, Start: 1, Beta: 0.8, Remove: 0.05}.Curve(80, 1)
	peak := func(points []epidemic.Point) (most float64) {
		for _, p := range points {
			if sum := p.Susceptible + p.Ever() + p.Immune; math.Abs(sum/1e6-1) > 1e-9 {
				t.Fatalf("%g hosts at hour %g", sum, p.Hours)
			}
			most = max(most, p.Infectious)
		}
		return most
	}
	plain := m.Curve(80, 1)
	for i, p := range plain {
		near(t, "as SIR", p.Infectious, sir[i].Infectious, 1e-6)
	}
	m.Eta = 3
	slowed := peak(m.Curve(80, 1))
	m.Mu = 0.06
	both := peak(m.Curve(80, 1))
	if !(both < slowed && slowed < peak(plain)) {
		t.Errorf("peaks %g, %g, %g", peak(plain), slowed, both)
	}
}

func TestAAWP(t *testing.T) {
	const n = 1e6
	per := 4294967296 / n // scans of a tick in which one host hits one other
	first := epidemic.AAWP{Vulnerable: n, Start: 100, Scans: 0.5 * per}.Iterate(2)
	// Two of 50 scans hit the same host next to never; patients of the first
	// tick infect in the second.
	near(t, "one tick", first[1], 150, 2e-4)
	near(t, "two ticks", first[2], 225, 3e-4)
	// With short ticks it is the logistic curve, later by half a tick's growth.
	const tick = 1e-4
	short := epidemic.AAWP{Vulnerable: n, Start: 100, Scans: tick * per}.Iterate(120_000)
	for _, i := range []int{30_000, 60_000, 90_000, 120_000} {
		near(t, "short ticks", short[i], epidemic.SI(1, n, 100).At(float64(i)*tick), 1e-3)
	}
	// Cleaned hosts become vulnerable: as many are infected as cleaned where
	// (N - n)(1 - exp(-a n/N)) = d n, and n = N/2 for d = 1 - exp(-a/2).
	m := epidemic.AAWP{Vulnerable: n, Start: 100, Scans: 0.5 * per, Death: -math.Expm1(-0.25)}
	near(t, "balance", m.Iterate(2000)[2000], n/2, 1e-6)
	// Patched ones are gone.
	m.Death, m.Patch = 0, 0.02
	if end := m.Iterate(2000)[2000]; end > 1e-6 {
		t.Errorf("%g are infected after all are patched", end)
	}
}

// What Code Red's and Slammer's published figures ask of K.
func TestPublishedRates(t *testing.T) {
	// 55 million scans a second came from some 75,000 hosts about three minutes
	// in (Moore et al. 2003, from memory): as SI with doublings of 8.5 s, 90 % of
	// 75,000 are infected well within the ten minutes.
	slammer := epidemic.SI(epidemic.Rate(8500*time.Millisecond), 75_000, 1)
	if at := slammer.Reaches(0.9) * 60; at > 10 {
		t.Errorf("90 %% after %.1f min", at)
	}
}
