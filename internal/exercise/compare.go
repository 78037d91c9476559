package exercise

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// Comparison is what each way of sharing made of the same epidemics.
type Comparison struct {
	Scenario    string  `json:"scenario"`
	Seeds       int     `json:"seeds"` // how many epidemics were played
	Hosts       int     `json:"hosts"`
	Partners    int     `json:"partners"`
	Susceptible int     `json:"susceptible"` // hosts, of the first seed
	Sharing     Sharing `json:"sharing"`

	Poisoning *PoisonScore `json:"poisoning,omitempty"` // of the first seed, where the scenario has attacks

	played Scenario
	step   time.Duration // between the points of a curve
	begins int           // first infections from outside, of the first seed

	measured  bool    // the push is that of a real hub
	simulated Outcome // the push that it replaced
}

// Sharing is the outcome of each way.
type Sharing struct {
	None        Outcome `json:"none"`
	Daily       Outcome `json:"daily"`
	Hourly      Outcome `json:"hourly"`
	FiveMinutes Outcome `json:"five_minutes"`
	Push        Outcome `json:"push"`
}

// mode is a way of sharing.
type mode struct {
	name   string
	period time.Duration // between one partner's polls; 0: push
	never  bool
}

// modes are in the order of Sharing's fields.
var modes = []mode{
	{name: "none", never: true},
	{name: "daily", period: 24 * time.Hour},
	{name: "hourly", period: time.Hour},
	{name: "five_minutes", period: 5 * time.Minute},
	push,
}

// push is the way in which nobody waits for a poll.
var push = mode{name: "push"}

// Way is one way of sharing, and what came of it.
type Way struct {
	Name    string // as in JSON
	Label   string // for people
	Outcome Outcome
}

// Ways are all of them, from no sharing to the push.
func (c *Comparison) Ways() []Way {
	list := make([]Way, len(modes))
	for i, o := range c.Sharing.outcomes() {
		list[i] = Way{modes[i].name, c.label(i), *o}
	}
	return list
}

func (s *Sharing) outcomes() []*Outcome {
	return []*Outcome{&s.None, &s.Daily, &s.Hourly, &s.FiveMinutes, &s.Push}
}

// points is about how many points a curve has.
const points = 240

// Compare plays the scenario once for each seed and way of sharing: the same
// world, the same partners, the same rules of detection (package outbreak), and
// only the exchange different.
//
// With none, nobody tells anyone: nobody's evidence is corroborated, and a
// partner is protected only by its own people, if the scenario has any. Otherwise
// a partner that takes part reports once three of its infected hosts are flagged,
// and what it counts of scans from outside; the hub's own rules decide on the
// alarm; and each delay of the scenario is paid apart. With polls, each partner
// uploads and then downloads at a phase of its own.
func Compare(ctx context.Context, s Scenario, seeds []uint64) (Comparison, error) {
	return Player{}.Compare(ctx, s, seeds)
}

// Player plays scenarios. The zero Player takes all processors, does not rest and
// tells nobody how far it is.
type Player struct {
	Workers int                // how many epidemics at a time; 0: as many as processors
	Played  func(done, of int) // called after each epidemic, from any goroutine; nil: nobody asks
	Rest    func()             // called before each step, from any goroutine, to let other work go first; nil: nothing does
}

// goes is what an epidemic asks before each step: whether it goes on.
func (p Player) goes(ctx context.Context) func() bool {
	return func() bool {
		if p.Rest != nil {
			p.Rest()
		}
		return ctx.Err() == nil
	}
}

// Compare is the package's Compare, as the player plays.
func (p Player) Compare(ctx context.Context, s Scenario, seeds []uint64) (Comparison, error) {
	if err := s.Validate(); err != nil {
		return Comparison{}, fmt.Errorf("compare ways of sharing: %w", err)
	}
	if len(seeds) == 0 {
		return Comparison{}, fmt.Errorf("compare ways of sharing in %q: at least one seed is needed", s.Name)
	}
	every := max(s.steps()/points, 1)
	results := make([][]result, len(modes))
	jobs := make([]func(), 0, len(modes)*len(seeds))
	var done atomic.Int64
	for m := range modes {
		results[m] = make([]result, len(seeds))
		for i, seed := range seeds {
			jobs = append(jobs, func() {
				if ctx.Err() != nil {
					return
				}
				results[m][i] = play(p.goes(ctx), s, seed, modes[m], every)
				if n := int(done.Add(1)); p.Played != nil {
					p.Played(n, len(modes)*len(seeds))
				}
			})
		}
	}
	parallelOn(cmp.Or(p.Workers, runtime.GOMAXPROCS(0)), jobs)
	if err := ctx.Err(); err != nil {
		return Comparison{}, fmt.Errorf("compare ways of sharing in %q: %w", s.Name, err)
	}
	c := Comparison{
		Scenario: s.Name, Seeds: len(seeds), Hosts: s.Hosts, Partners: s.Partners, Susceptible: results[0][0].susceptible,
		played: s, step: time.Duration(every) * s.Step(), begins: results[0][0].entered,
	}
	for m, o := range c.Sharing.outcomes() {
		*o = summarise(results[m], s.Hosts)
	}
	if len(s.Poison) > 0 {
		score, err := Poisoning(ctx, s, seeds[0])
		if err != nil {
			return Comparison{}, fmt.Errorf("compare ways of sharing in %q: %w", s.Name, err)
		}
		c.Poisoning = &score
	}
	return c, nil
}

// play runs one epidemic, as long as it goes on.
func play(goes func() bool, s Scenario, seed uint64, way mode, every int) result {
	w := s.World(seed)
	x := newExchange(w, way, outbreak.Config{}, outbreak.DetectorConfig{})
	curve := make([]int32, 1, w.ticks/every+2)
	for goes() && w.next() {
		x.after()
		if w.tick%every == 0 {
			curve = append(curve, int32(w.Infected()))
		}
	}
	r := x.result()
	r.curve = curve
	if r.doubtful() {
		r.falsely = withoutWorm(goes, s, seed, way, r.alarm)
	}
	return r
}

// result is one epidemic under one way of sharing.
type result struct {
	infected    int
	susceptible int
	entered     int     // first infections from outside
	first       float64 // when the first host was infected, in seconds since the start
	alarm       alarm
	falsely     bool // the alarm would have rung by then without the worm, too
	curve       []int32
	left        Remaining // hosts
}

// result is what came of the exchange so far.
func (x *exchange) result() result {
	w := x.world
	first, _ := w.epidemic.First()
	return result{
		infected: w.Infected(), susceptible: w.susceptible, entered: w.entered, first: first.Seconds(),
		alarm: x.alarm, left: x.remaining(),
	}
}
