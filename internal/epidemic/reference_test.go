package epidemic

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// What a host of the reference is.
const (
	open = iota
	protected
	spreading
	quarantined
	resting
	restingInside
	removed
	immune
	states
)

// reference plays the same law with no steps: every event of every site is drawn
// from the sum of all rates (Gillespie: Exact Stochastic Simulation of Coupled
// Chemical Reactions, 1977, the direct method).
type reference struct {
	p       Params
	sites   [][states]int
	stopped int
}

type channel struct {
	site, from, to int
	rate           float64
}

func (g *reference) channels() (list []channel, total float64) {
	all, hosts := 0.0, 0.0
	sizes := make([]float64, len(g.sites))
	for i, s := range g.sites {
		for _, n := range s {
			sizes[i] += float64(n)
		}
		hosts += sizes[i]
		all += float64(s[spreading])
	}
	for i, s := range g.sites {
		force := g.p.Inside*float64(s[spreading])/sizes[i] + g.p.Between*all/hosts
		for _, c := range []channel{
			{i, open, spreading, force},
			{i, protected, protected, force},
			{i, open, immune, g.p.Patch}, {i, protected, immune, g.p.Patch},
			{i, spreading, removed, g.p.Remove}, {i, quarantined, removed, g.p.Remove},
			{i, spreading, resting, g.p.Sleep}, {i, quarantined, restingInside, g.p.Sleep},
			{i, resting, spreading, g.p.Wake}, {i, restingInside, quarantined, g.p.Wake},
		} {
			c.rate *= float64(s[c.from])
			total += c.rate
			list = append(list, c)
		}
	}
	return list, total
}

func (g *reference) run(r *rand.Rand, hours float64) {
	for {
		list, total := g.channels()
		if hours -= r.ExpFloat64() / total; total == 0 || hours < 0 {
			return
		}
		x := r.Float64() * total
		k := slices.IndexFunc(list, func(c channel) bool { x -= c.rate; return x < 0 })
		c := list[k]
		g.sites[c.site][c.from]--
		g.sites[c.site][c.to]++
		if c.from == protected && c.to == protected {
			g.stopped++
		}
	}
}

func (g *reference) move(site, from, to, n int) {
	g.sites[site][from] -= n
	g.sites[site][to] += n
}

// The simulation against the reference: the same small world, with everything
// that can happen, has the same law of each count in the end.
func TestTheLawIsThatOfHostByHost(t *testing.T) {
	const runs = 1200
	all := Params{Step: 36 * time.Second, Inside: 4, Between: 2, Remove: 0.7, Patch: 0.3, Sleep: 0.5, Wake: 1}
	for name, p := range map[string]Params{
		"SI": {Step: all.Step, Inside: 4, Between: 2}, "between": {Step: all.Step, Between: 3},
		"removal": {Step: all.Step, Inside: 2, Between: 2, Remove: 2}, "all": all,
	} {
		t.Run(name, func(t *testing.T) {
			var ours, theirs [7][]float64
			for seed := range uint64(runs) {
				w := New(seed, p, []Site{{8, 8}, {25, 25}, {60, 60}})
				r := Stream(seed, 99)
				g := reference{p: p, sites: [][states]int{{8}, {25}, {60}}}
				w.Infect(2, 3)
				w.Step()
				g.run(r, p.Step.Hours())
				g.move(2, open, spreading, min(3, g.sites[2][open]))
				for range 60 {
					w.Step()
				}
				g.run(r, 0.6)
				// All of one site is protected, and kept in; and another whose
				// infectious go on.
				w.Cover(1, 1, true)
				g.move(1, open, protected, g.sites[1][open])
				g.move(1, spreading, quarantined, g.sites[1][spreading])
				g.move(1, resting, restingInside, g.sites[1][resting])
				w.Cover(0, 1, false)
				g.move(0, open, protected, g.sites[0][open])
				for range 50 {
					w.Step()
				}
				g.run(r, 0.5)
				w.Uncover(1)
				g.move(1, protected, open, g.sites[1][protected])
				g.move(1, quarantined, spreading, g.sites[1][quarantined])
				g.move(1, restingInside, resting, g.sites[1][restingInside])
				for range 30 {
					w.Step()
				}
				g.run(r, 0.3)
				var a, b [7]int
				for i, s := range g.sites {
					c := w.At(i)
					for k, n := range []int{c.Infected, c.Infectious, c.Dormant, c.Removed, c.Immune} {
						a[k] += n
					}
					up, down := s[spreading]+s[quarantined], s[resting]+s[restingInside]
					for k, n := range []int{up + down + s[removed], up, down, s[removed], s[immune]} {
						b[k] += n
					}
				}
				a[5], b[5] = w.Stopped(), g.stopped
				a[6], b[6] = w.At(1).Infected, 25-g.sites[1][open]-g.sites[1][immune]
				for k := range a {
					ours[k], theirs[k] = append(ours[k], float64(a[k])), append(theirs[k], float64(b[k]))
				}
			}
			for k, what := range []string{"infected", "infectious", "dormant", "removed", "immune", "stopped", "infected at the second site"} {
				if d := apart(ours[k], theirs[k]); d > 2.2 {
					t.Errorf("%s: the laws are %.2f apart, which chance exceeds once in eight thousand times", what, d)
				}
			}
		})
	}
}

// apart is the statistic of Kolmogorov and Smirnov for two samples of one size:
// the largest difference of their distributions times the root of n/2. Of counts,
// that have ties, it is on the safe side.
func apart(a, b []float64) float64 {
	slices.Sort(a)
	slices.Sort(b)
	n, worst := float64(len(a)), 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		x := min(a[i], b[j])
		for i < len(a) && a[i] == x {
			i++
		}
		for j < len(b) && b[j] == x {
			j++
		}
		worst = max(worst, math.Abs(float64(i-j))/n)
	}
	return worst * math.Sqrt(n/2)
}
