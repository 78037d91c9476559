package exercise

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// Comparison is what each way of sharing made of the same epidemics.
type Comparison struct {
	Scenario string  `json:"scenario"`
	Seeds    int     `json:"seeds"` // how many epidemics were played
	Hosts    int     `json:"hosts"`
	Sharing  Sharing `json:"sharing"`

	played Scenario
	step   time.Duration // between the points of a curve

	measured bool // the push is that of a real hub
}

// Sharing is the outcome of each way.
type Sharing struct {
	None        Outcome `json:"none"`
	Daily       Outcome `json:"daily"`
	Hourly      Outcome `json:"hourly"`
	FiveMinutes Outcome `json:"five_minutes"`
	Push        Outcome `json:"push"`
}

// Outcome sums up one way of sharing over all seeds. Fractions are of all
// hosts, susceptible or not.
type Outcome struct {
	InfectedFraction        Quantiles `json:"infected_fraction"` // when the scenario ends
	AlarmAfter              Quantiles `json:"alarm_after_s"`     // since the first infection
	InfectedAtAlarmFraction Quantiles `json:"infected_at_alarm_fraction"`

	// Curve is the median of infected hosts over time, from the start, Step apart.
	Curve []int `json:"-"`
}

// Quantiles are by nearest rank. Where there was no alarm there is no value; it
// counts as later, and worse, than any, so that a quantile which falls on it
// is nil.
type Quantiles struct {
	P5  *float64 `json:"p5"`
	P50 *float64 `json:"p50"`
	P95 *float64 `json:"p95"`
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
	{name: "push"},
}

func (s *Sharing) outcomes() []*Outcome {
	return []*Outcome{&s.None, &s.Daily, &s.Hourly, &s.FiveMinutes, &s.Push}
}

// points is about how many points a curve has.
const points = 240

// Compare plays the scenario once for each seed and way of sharing: the same
// world, the same rules of detection (package outbreak), every partner taking
// part, and only the exchange different. With none, nobody tells anyone:
// nobody's evidence is corroborated, so nobody is protected. Otherwise a partner
// reports once three of its infected hosts have scanned for as long as the
// detector needs on average; the hub's own rule decides on the alarm; and who
// has been told is protected at once. With polls, each partner uploads and then
// downloads at a phase of its own; a push takes five seconds each way, which
// is rounded up to a tick.
func Compare(ctx context.Context, s Scenario, seeds []uint64) (Comparison, error) {
	if err := s.Validate(); err != nil {
		return Comparison{}, fmt.Errorf("compare ways of sharing: %w", err)
	}
	if len(seeds) == 0 {
		return Comparison{}, fmt.Errorf("compare ways of sharing in %q: at least one seed is needed", s.Name)
	}
	every := max(s.ticks()/points, 1)
	results := make([][]result, len(modes))
	for m := range results {
		results[m] = make([]result, len(seeds))
	}
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for m := range modes {
		for i, seed := range seeds {
			slots <- struct{}{}
			group.Go(func() {
				defer func() { <-slots }()
				results[m][i] = play(ctx, s, seed, modes[m], every)
			})
		}
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return Comparison{}, fmt.Errorf("compare ways of sharing in %q: %w", s.Name, err)
	}
	c := Comparison{Scenario: s.Name, Seeds: len(seeds), Hosts: s.Hosts, played: s, step: time.Duration(every) * Tick}
	for m, o := range c.Sharing.outcomes() {
		*o = summarise(results[m], s.Hosts)
	}
	return c, nil
}

// summarise takes the quantiles over seeds.
func summarise(results []result, hosts int) Outcome {
	n := len(results)
	infected, after, at := make([]float64, 0, n), make([]float64, 0, n), make([]float64, 0, n)
	for _, r := range results {
		infected = append(infected, float64(r.infected)/float64(hosts))
		if r.alarmed {
			after = append(after, r.alarmAfter.Seconds())
			at = append(at, float64(r.infectedAtAlarm)/float64(hosts))
		}
	}
	o := Outcome{
		InfectedFraction: quantiles(infected, n), AlarmAfter: quantiles(after, n), InfectedAtAlarmFraction: quantiles(at, n),
	}
	column := make([]int, n)
	for t := range results[0].curve {
		for i, r := range results {
			column[i] = r.curve[t]
		}
		slices.Sort(column)
		o.Curve = append(o.Curve, column[rank(0.5, n)])
	}
	return o
}

// quantiles are those of n values of which some are missing, and last.
func quantiles(values []float64, n int) Quantiles {
	slices.Sort(values)
	at := func(q float64) *float64 {
		if i := rank(q, n); i < len(values) {
			return &values[i]
		}
		return nil
	}
	return Quantiles{P5: at(0.05), P50: at(0.5), P95: at(0.95)}
}

// play runs one epidemic.
func play(ctx context.Context, s Scenario, seed uint64, m mode, every int) result {
	w := s.World(seed)
	x := newExchange(w, m, outbreak.Config{}, outbreak.DetectorConfig{})
	r := result{curve: []int{0}}
	for ctx.Err() == nil && w.Step(x.covered) {
		if x.after() && !r.alarmed {
			r.alarmed, r.alarmAfter, r.infectedAtAlarm = true, w.Now().Sub(w.FirstInfection()), w.Infected()
		}
		if w.tick%every == 0 {
			r.curve = append(r.curve, w.Infected())
		}
	}
	r.infected = w.Infected()
	return r
}

// result is one epidemic under one way of sharing.
type result struct {
	infected        int
	alarmed         bool
	alarmAfter      time.Duration
	infectedAtAlarm int
	curve           []int
}
