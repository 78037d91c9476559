package exercise

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// World is one playing of a scenario. Step belongs to one goroutine; between
// two steps, Emit may be called for different sites at once.
type World struct {
	scenario Scenario
	seed     uint64
	tick     int // steps done
	ticks    int
	sites    []site
	seeds    []seeding
	mean     float64 // susceptible hosts per site
	inside   float64 // growth of the infected within a site in a tick
	between  float64 // infections elsewhere in a tick per site's worth of infected
	infected int
	stopped  int
	first    time.Time
	pressure []float64 // scratch: each site's infected per mean site
}

type site struct {
	Site
	rng      *rand.Rand
	infected int
	fresh    int // infected in the last tick
	stopped  int // hit in the last tick where protections were in force
	covered  bool
	writer   writer
}

// seeding is an infection from outside all sites.
type seeding struct {
	tick, site int
}

// World sets the stage. It panics if the scenario does not Validate.
func (s Scenario) World(seed uint64) *World {
	if err := s.Validate(); err != nil {
		panic("play " + err.Error())
	}
	w := &World{scenario: s, seed: seed, ticks: s.ticks()}
	setup := stream(seed, streamSetup)
	total := 0
	for i, place := range layout(s.Partners, s.Hosts) {
		low, high := s.Worm.Susceptible[0], s.Worm.Susceptible[1]
		place.Susceptible = int(float64(place.Hosts) * (low + (high-low)*setup.Float64()))
		total += place.Susceptible
		w.sites = append(w.sites, site{Site: place, rng: stream(seed, streamSite, uint64(i))})
	}
	w.pressure = make([]float64, len(w.sites))
	w.mean = max(float64(total)/float64(len(w.sites)), 1)
	w.inside = math.Exp2(Tick.Minutes()/s.Worm.InsideDoubling) - 1
	w.between = Tick.Minutes() * math.Ln2 / s.Worm.BetweenDoubling
	w.scatter(setup)
	return w
}

// names of the streams of random numbers
const (
	streamSetup = iota
	streamSite
	streamHosts
	streamLines
	streamPlan
	streamPolls
)

// scatter chooses where and when the worm enters: different sites that have
// susceptible hosts, the first of them in the first tick.
func (w *World) scatter(r *rand.Rand) {
	order := r.Perm(len(w.sites))
	order = slices.DeleteFunc(order, func(i int) bool { return w.sites[i].Susceptible == 0 })
	for _, i := range order[:min(w.scenario.Worm.Seeds, len(order))] {
		at := int(r.Float64() * w.scenario.Worm.SeedMinutes * float64(time.Minute) / float64(Tick))
		w.seeds = append(w.seeds, seeding{tick: at, site: i})
	}
	slices.SortFunc(w.seeds, func(a, b seeding) int { return cmp.Or(a.tick-b.tick, a.site-b.site) })
	if len(w.seeds) > 0 {
		w.seeds[0].tick = 0
	}
}

// Step plays one tick; it returns false, and does nothing, when the horizon is
// over. covered says for a site, numbered as in Sites, whether its protections are in force during
// this tick; nil is nowhere.
func (w *World) Step(covered func(site int) bool) bool {
	if w.tick >= w.ticks {
		return false
	}
	sum := 0.0
	for i := range w.sites {
		w.pressure[i] = float64(w.sites[i].infected) / w.mean
		sum += w.pressure[i]
	}
	capacity := w.mean * float64(len(w.sites))
	for i := range w.sites {
		s := &w.sites[i]
		s.covered = covered != nil && covered(i)
		s.fresh, s.stopped = 0, 0
		if sum > 0 && s.infected < s.Susceptible {
			hazard := w.inside*float64(s.infected)/float64(s.Susceptible) + w.between*max(sum-w.pressure[i], 0)/capacity
			s.hit(binomial(s.rng, s.Susceptible-s.infected, -math.Expm1(-hazard)))
		}
	}
	for len(w.seeds) > 0 && w.seeds[0].tick <= w.tick {
		s := &w.sites[w.seeds[0].site]
		s.hit(min(1, s.Susceptible-s.infected-s.fresh))
		w.seeds = w.seeds[1:]
	}
	w.tick++
	for i := range w.sites {
		s := &w.sites[i]
		s.infected += s.fresh
		w.infected += s.fresh
		w.stopped += s.stopped
	}
	if w.first.IsZero() && w.infected > 0 {
		w.first = w.Now()
	}
	return true
}

// hit is the mechanism of the switch: a host where the name answers exits.
func (s *site) hit(n int) {
	if s.covered {
		s.stopped += n
	} else {
		s.fresh += n
	}
}

// Sites are the partners; their order is their number elsewhere.
func (w *World) Sites() []Site {
	list := make([]Site, len(w.sites))
	for i := range w.sites {
		list[i] = w.sites[i].Site
	}
	return list
}

// Now is the end of the last tick.
func (w *World) Now() time.Time { return w.scenario.Start.Add(time.Duration(w.tick) * Tick) }

// Infected is how many hosts have been infected so far.
func (w *World) Infected() int { return w.infected }

// InfectedAt is how many of a site's have been.
func (w *World) InfectedAt(site int) int { return w.sites[site].infected }

// Stopped is how many times a host was hit and exited, because the kill switch
// answered.
func (w *World) Stopped() int { return w.stopped }

// Hosts is how many hosts there are, susceptible or not.
func (w *World) Hosts() int { return w.scenario.Hosts }

// FirstInfection is the end of the tick in which the first host was infected;
// zero if none has been.
func (w *World) FirstInfection() time.Time { return w.first }
