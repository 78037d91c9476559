package epidemic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Site is a network of hosts, one partner's for instance.
type Site struct {
	Hosts       int
	Susceptible int // of Hosts, before anything happens; at most Hosts
}

// Params are how the worm spreads and what becomes of hosts. Rates are an hour.
type Params struct {
	Step time.Duration // how long a Step is; what happens within it is not told apart

	// Inside is how many infections one infectious host causes in its own site
	// while all the site's susceptible hosts still are: ln 2 / doubling time.
	Inside float64
	// Between is the same, spread evenly over the susceptible hosts of all
	// sites, its own among them.
	Between float64

	Remove float64 // infectious -> removed
	Patch  float64 // susceptible -> immune, protected or not
	Sleep  float64 // infectious -> dormant
	Wake   float64 // dormant -> infectious
}

// fastest is the largest rate taken, in events an hour.
const fastest = 1e6

// Validate says which parameter cannot be played.
func (p Params) Validate() error {
	if p.Step <= 0 {
		return fmt.Errorf("check the parameters of an epidemic: the step is %s, it must be positive", p.Step)
	}
	for _, r := range []struct {
		name string
		rate float64
	}{{"inside", p.Inside}, {"between", p.Between}, {"remove", p.Remove}, {"patch", p.Patch}, {"sleep", p.Sleep}, {"wake", p.Wake}} {
		if !(r.rate >= 0 && r.rate <= fastest) {
			return fmt.Errorf("check the parameters of an epidemic: the rate %s is %g an hour, it must be from 0 to %g", r.name, r.rate, fastest)
		}
	}
	return nil
}

// World is one playing. It belongs to one goroutine.
//
// Each site plays its own events in continuous time, one after the other, with
// one exponential clock that runs by the sum of the site's rates (Gibson, Bruck:
// Efficient Exact Stochastic Simulation of Chemical Systems with Many Species and
// Many Channels, 2000): a host that is infected within a step infects others of
// its site within the same step. Only what comes from other sites is held
// constant during a step, at the mean over the step that the rates at its
// beginning predict. A step is therefore a resolution, not an approximation of
// the growth: the infected multiply by exp(rate x step) in it, to the second
// order in rate x step where sites fill up (see force).
//
// A step in which nothing happens costs a subtraction per site, an event some
// tens of nanoseconds; to fall asleep and wake again and again are events too.
// Each site draws from a stream of its own, so what is done to one site changes
// another only by what reaches it.
type World struct {
	seed  uint64
	step  time.Duration
	steps int

	// rates per step
	inside, between, remove, patch, sleep, wake float64

	sites      []site
	vulnerable float64 // hosts susceptible at the beginning, of all sites

	// One value per site, apart from the sites because each step reads them all.
	left []float64 // what is left of the clock until the site's next event
	own  []float64 // how far the clock runs in a step, without what comes from outside
	open []float64 // unprotected susceptible hosts: by how much the force from outside speeds it up

	sum     sums
	busy    int // sites whose own is not zero
	pending []int
	fresh   []int // sites with infections in the last step
	stops   stops
	touched []int
	first   time.Duration
}

// sums over all sites.
type sums struct {
	ever, infectious   int
	open, protected    int
	spreading, resting int     // infectious and dormant hosts that are not quarantined
	inward, blocked    float64 // spreading hosts times open, and protected, hosts of their site by its vulnerable
	exposed            int     // sites that have both protected and spreading hosts
}

type site struct {
	rng        *rand.Rand
	vulnerable int

	open, protected, immune int // susceptible hosts, and those that no longer are
	// Hosts that were infected. Those that are quarantined infect nobody.
	spreading, quarantined  int // infectious
	resting, restingInside  int // dormant; the second will be quarantined when they wake
	removed                 int
	fresh, stopped, pending int
	covered, isolated       float64 // shares that Cover has reached
	coverOwed, spreadOwed   float64 // what rounding to whole hosts has left over
	restOwed                float64
}

// names of the streams of random numbers
const (
	streamSite = iota
	streamStops
)

// New sets the stage. It panics if the parameters do not Validate or a site has
// more susceptible hosts than hosts.
func New(seed uint64, p Params, sites []Site) *World {
	if err := p.Validate(); err != nil {
		panic(err)
	}
	hours := p.Step.Hours()
	w := &World{
		seed: seed, step: p.Step,
		inside: p.Inside * hours, between: p.Between * hours,
		remove: p.Remove * hours, patch: p.Patch * hours, sleep: p.Sleep * hours, wake: p.Wake * hours,
		sites: make([]site, len(sites)),
		left:  make([]float64, len(sites)), own: make([]float64, len(sites)), open: make([]float64, len(sites)),
		stops: newStops(len(sites)),
	}
	for i, s := range sites {
		if s.Susceptible < 0 || s.Susceptible > s.Hosts {
			panic(fmt.Sprintf("set up site %d of an epidemic: %d of %d hosts are susceptible", i, s.Susceptible, s.Hosts))
		}
		w.sites[i] = site{rng: Stream(seed, streamSite, uint64(i)), vulnerable: s.Susceptible, open: s.Susceptible}
		w.left[i] = w.sites[i].rng.ExpFloat64()
		w.vulnerable += float64(s.Susceptible)
		w.add(&w.sites[i], 1)
		w.refresh(i)
	}
	return w
}

// Elapsed is the time played.
func (w *World) Elapsed() time.Duration { return time.Duration(w.steps) * w.step }

// Infected is how many hosts have ever been infected.
func (w *World) Infected() int { return w.sum.ever }

// Infectious is how many hosts are, the quarantined among them.
func (w *World) Infectious() int { return w.sum.infectious }

// Stopped is how many times a host was hit where a protection was in force.
func (w *World) Stopped() int { return w.stops.ever }

// First is the end of the step of the first infection; false if there was none.
func (w *World) First() (time.Duration, bool) { return w.first, w.sum.ever > 0 }

// add puts a site into the sums, or with -1 takes it out.
func (w *World) add(s *site, sign int) {
	w.sum.infectious += sign * (s.spreading + s.quarantined)
	w.sum.open += sign * s.open
	w.sum.protected += sign * s.protected
	w.sum.spreading += sign * s.spreading
	w.sum.resting += sign * s.resting
	if s.spreading > 0 {
		each := float64(sign) * float64(s.spreading) / float64(s.vulnerable)
		w.sum.inward += each * float64(s.open)
		w.sum.blocked += each * float64(s.protected)
		if s.protected > 0 {
			w.sum.exposed += sign
		}
	}
}

// resum recomputes the sums that rounding wears off.
func (w *World) resum() {
	w.sum.inward, w.sum.blocked = 0, 0
	for i := range w.sites {
		if s := &w.sites[i]; s.spreading > 0 {
			each := float64(s.spreading) / float64(s.vulnerable)
			w.sum.inward += each * float64(s.open)
			w.sum.blocked += each * float64(s.protected)
		}
	}
}

// force is the hazard that the infectious of all sites are to each susceptible
// host in the coming step: between times their number's mean over the step. They
// multiply at the rate that holds at its beginning, so that early growth is
// exact, and the error where that rate changes is of the third order in rate x
// step.
func (w *World) force() float64 {
	j := float64(w.sum.spreading)
	if w.between == 0 || w.vulnerable == 0 || j == 0 && w.sum.resting == 0 {
		return 0
	}
	mean := 0.0
	if j > 0 {
		rate := w.inside*max(w.sum.inward, 0)/j + w.between*float64(w.sum.open)/w.vulnerable - w.remove - w.sleep
		mean = j * growth(rate)
	}
	mean += w.wake * float64(w.sum.resting) / 2
	// However long the step, no more hosts can infect than there are.
	return w.between * min(mean, j+float64(w.sum.resting+w.sum.open)) / w.vulnerable
}

// growth is the mean of exp(z t) over t from 0 to 1.
func growth(z float64) float64 {
	if math.Abs(z) < 1e-5 {
		return 1 + z/2
	}
	return math.Expm1(z) / z
}
