package epidemic

import (
	"math"
	"math/rand/v2"
)

// stops are hits on protected hosts. Their number in a step is one draw for all
// sites; where they were is drawn only when somebody asks, from a stream of the
// step's own, so that asking changes nothing.
type stops struct {
	ever   int
	owed   int       // of the last step, not yet spread over the sites
	force  float64   // from outside, in the last step
	sites  []int     // with any in the last step
	upTo   []float64 // scratch: sums of the sites' weights
	gaps   []float64 // scratch: places of hits, in order
	source *rand.PCG
	rng    *rand.Rand
}

func newStops(sites int) stops {
	source := rand.NewPCG(0, 0)
	return stops{upTo: make([]float64, sites), source: source, rng: rand.New(source)}
}

func (w *World) clearStops() {
	for _, i := range w.stops.sites {
		w.sites[i].stopped = 0
	}
	w.stops.sites = w.stops.sites[:0]
	w.stops.owed = 0
}

// drawStops draws how many hits were stopped in the step that ends. A protected
// host may be hit more than once in a step, and each hit is stopped; what the
// hits come from is taken as the mean of the step's ends, and nothing is counted
// if at its end no host is left to be hit.
func (w *World) drawStops(force, protected, blocked float64) {
	mean := 0.0
	if w.sum.protected > 0 {
		mean = force * (protected + float64(w.sum.protected)) / 2
	}
	if w.sum.exposed > 0 {
		mean += w.inside * max(blocked+w.sum.blocked, 0) / 2
	}
	if mean <= 0 {
		return
	}
	w.stops.force = force
	w.stops.source.Seed(seeds(w.seed, streamStops, uint64(w.steps), 0))
	w.stops.owed = Poisson(w.stops.rng, mean, math.MaxInt32)
	w.stops.ever += w.stops.owed
}

// stop counts hits of the last step at a site.
func (w *World) stop(i, n int) {
	s := &w.sites[i]
	if n > 0 && s.stopped == 0 {
		w.stops.sites = append(w.stops.sites, i)
	}
	s.stopped += n
}

// settle spreads the hits stopped in the last step over the sites: independent
// Poisson counts whose sum is known are a multinomial draw by their means.
func (w *World) settle() {
	n := w.stops.owed
	if n == 0 {
		return
	}
	w.stops.owed = 0
	total := 0.0
	for i := range w.sites {
		if s := &w.sites[i]; s.protected > 0 {
			total += float64(s.protected) * (w.stops.force + w.inside*float64(s.spreading)/float64(s.vulnerable))
		}
		w.stops.upTo[i] = total
	}
	w.stops.source.Seed(seeds(w.seed, streamStops, uint64(w.steps), 1))
	if n <= 4*len(w.sites) {
		w.throw(n, total)
	} else {
		w.share(n, total)
	}
}

// throw places n hits one after the other, from the first site to the last: the
// places of n hits in order are the sums of n+1 exponential gaps, scaled.
func (w *World) throw(n int, total float64) {
	gaps, sum := w.stops.gaps[:0], 0.0
	for range n {
		sum += w.stops.rng.ExpFloat64()
		gaps = append(gaps, sum)
	}
	w.stops.gaps = gaps
	scale := total / (sum + w.stops.rng.ExpFloat64())
	i, k := 0, 0
	for _, at := range gaps {
		for at*scale >= w.stops.upTo[i] && i < len(w.stops.upTo)-1 {
			w.stop(i, k)
			i, k = i+1, 0
		}
		k++
	}
	w.stop(i, k)
}

// share gives each site its part of n hits, binomial in what is left.
func (w *World) share(n int, total float64) {
	before := 0.0
	for i, sum := range w.stops.upTo {
		if n == 0 {
			break
		}
		if sum > before {
			k := Binomial(w.stops.rng, n, (sum-before)/(total-before))
			w.stop(i, k)
			n -= k
		}
		before = sum
	}
}
