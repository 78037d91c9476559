package exercise

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"github.com/tocsin-project/tocsin/internal/epidemic"
)

// World is one playing of a scenario. Step belongs to one goroutine; between
// two steps, Emit may be called for different sites at once.
type World struct {
	scenario    Scenario
	seed        uint64
	step        time.Duration
	tick        int // steps done
	ticks       int
	sites       []site
	seeds       []seeding
	epidemic    *epidemic.World
	susceptible int // hosts of all sites
	entered     int // infections from outside, planned: at most as many as there are hosts or sites to enter
}

type site struct {
	Site
	covered bool
	before  int // hosts infected when the protections came into force
	writer  writer
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
	w := &World{scenario: s, seed: seed, step: s.Step(), ticks: s.steps()}
	setup := epidemic.Stream(seed, streamSetup)
	places := layout(s.Partners, s.Hosts, s.Network.Sizes)
	counts := make([]epidemic.Site, len(places))
	w.sites = make([]site, len(places))
	for i, place := range places {
		low, high := s.Worm.Susceptible[0], s.Worm.Susceptible[1]
		// Rounding at random keeps the mean where a site has few such hosts.
		share := (low + (high-low)*setup.Float64()) * (1 - s.Network.Patched)
		place.Susceptible = min(int(float64(place.Hosts)*share+setup.Float64()), place.Hosts)
		w.susceptible += place.Susceptible
		w.sites[i].Site = place
		counts[i] = epidemic.Site{Hosts: place.Hosts, Susceptible: place.Susceptible}
	}
	w.epidemic = epidemic.New(seed, s.rates(float64(w.susceptible)/float64(len(places))), counts)
	w.scatter(setup)
	return w
}

// rates translates the worm's doublings. Both are those of networks in which
// nothing is patched: what is patched is hit in vain. mean is how many hosts of a
// site are susceptible on average.
func (s Scenario) rates(mean float64) epidemic.Params {
	w := s.Worm
	open := 1 - s.Network.Patched
	every := func(hours float64) float64 { // an hour; zero is never
		if hours == 0 {
			return 0
		}
		return 1 / hours
	}
	p := epidemic.Params{
		Step: s.Step(), Remove: every(w.RemoveHours), Patch: every(w.PatchHours),
		Sleep: every(w.SleepHours), Wake: every(w.WakeHours),
	}
	if w.uniform() {
		p.Between = w.Rate() * open
		return p
	}
	p.Inside = math.Ln2 / (w.InsideDoubling / 60) * open
	// A site with all of its susceptible hosts infected brings the worm to so many
	// hosts elsewhere.
	p.Between = math.Ln2 / (w.BetweenDoubling / 60) * open / max(mean, 1)
	return p
}

// maxCount bounds one draw of records or of scans seen.
const maxCount = 1 << 24

// names of the streams of random numbers
const (
	streamSetup = iota
	streamHosts
	streamLines
	streamPlan
	streamMembers
	streamHub
	streamCounts
	streamSweeps
)

// scatter chooses where and when the worm enters. One of two levels enters
// different sites that have susceptible hosts; one that scans evenly finds any
// susceptible host as easily as another. The first enters in the first step.
func (w *World) scatter(r *rand.Rand) {
	enter := func(site int) {
		at := int(r.Float64() * w.scenario.Worm.SeedMinutes * float64(time.Minute) / float64(w.step))
		w.seeds = append(w.seeds, seeding{tick: at, site: site})
	}
	if w.scenario.Worm.uniform() {
		upTo := make([]int, len(w.sites))
		sum := 0
		for i := range w.sites {
			sum += w.sites[i].Susceptible
			upTo[i] = sum
		}
		for range min(w.scenario.Worm.Seeds, sum) {
			enter(sort.SearchInts(upTo, r.IntN(sum)+1))
		}
	} else {
		order := r.Perm(len(w.sites))
		order = slices.DeleteFunc(order, func(i int) bool { return w.sites[i].Susceptible == 0 })
		for _, i := range order[:min(w.scenario.Worm.Seeds, len(order))] {
			enter(i)
		}
	}
	slices.SortFunc(w.seeds, func(a, b seeding) int { return cmp.Or(a.tick-b.tick, a.site-b.site) })
	if w.entered = len(w.seeds); w.entered > 0 {
		w.seeds[0].tick = 0
	}
}

// Step plays one step; it returns false, and does nothing, when the horizon is
// over. covered says for a site, numbered as in Sites, whether its protections
// are in force during this step; nil is nowhere.
func (w *World) Step(covered func(site int) bool) bool {
	if w.tick >= w.ticks {
		return false
	}
	for i := range w.sites {
		now := covered != nil && covered(i)
		switch {
		case now && !w.sites[i].covered:
			w.cover(i)
		case !now && w.sites[i].covered:
			w.sites[i].covered = false
			w.epidemic.Uncover(i)
		}
	}
	played := w.next()
	// What At and Emit say of a step is drawn when it is first asked for: here, so
	// that Emit may then be called for many sites at once.
	w.epidemic.Touched()
	return played
}

// cover puts a site's protections in force from the next step on.
func (w *World) cover(i int) {
	if !w.sites[i].covered {
		w.sites[i].covered, w.sites[i].before = true, w.InfectedAt(i)
		w.epidemic.Cover(i, w.scenario.Defence.Covers, w.scenario.Defence.Quarantine)
	}
}

// next plays one step with what is covered now.
func (w *World) next() bool {
	if w.tick >= w.ticks {
		return false
	}
	for len(w.seeds) > 0 && w.seeds[0].tick <= w.tick {
		w.epidemic.Infect(w.seeds[0].site, 1)
		w.seeds = w.seeds[1:]
	}
	w.epidemic.Step()
	w.tick++
	return true
}

// Sites are the partners; their order is their number elsewhere.
func (w *World) Sites() []Site {
	list := make([]Site, len(w.sites))
	for i := range w.sites {
		list[i] = w.sites[i].Site
	}
	return list
}

// Now is the end of the last step.
func (w *World) Now() time.Time { return w.scenario.Start.Add(w.elapsed()) }

func (w *World) elapsed() time.Duration { return time.Duration(w.tick) * w.step }

// Infected is how many hosts have been infected so far.
func (w *World) Infected() int { return w.epidemic.Infected() }

// InfectedAt is how many of a site's have been.
func (w *World) InfectedAt(site int) int { return w.epidemic.At(site).Infected }

// Stopped is how many times a host was hit where a protection stopped it.
func (w *World) Stopped() int { return w.epidemic.Stopped() }

// Hosts is how many hosts there are, susceptible or not.
func (w *World) Hosts() int { return w.scenario.Hosts }

// FirstInfection is the end of the step in which the first host was infected;
// zero if none has been.
func (w *World) FirstInfection() time.Time {
	if at, ok := w.epidemic.First(); ok {
		return w.scenario.Start.Add(at)
	}
	return time.Time{}
}
