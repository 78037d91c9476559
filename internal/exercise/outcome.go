package exercise

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// Outcome sums up one way of sharing over all seeds. Fractions are of all
// hosts, susceptible or not, unless they say otherwise.
type Outcome struct {
	InfectedFraction        Quantiles `json:"infected_fraction"` // when the scenario ends
	AlarmAfter              Quantiles `json:"alarm_after_s"`     // since the first infection
	InfectedAtAlarmFraction Quantiles `json:"infected_at_alarm_fraction"`

	// The same two fractions, of the susceptible hosts alone.
	OfSusceptible        Quantiles `json:"infected_fraction_of_susceptible"`
	AtAlarmOfSusceptible Quantiles `json:"infected_at_alarm_fraction_of_susceptible"`

	RungBy      map[outbreak.Evidence]int `json:"rung_by"`      // seeds, by the evidence that rang first
	FalseAlarms int                       `json:"false_alarms"` // of these seeds, those that would have rung by then without the worm
	Delays      Delays                    `json:"delays_s"`
	Remaining   *Remaining                `json:"remaining,omitempty"` // nil: nobody was infected, or it was measured as a whole

	FalseBy map[outbreak.Evidence]int `json:"-"` // FalseAlarms, by the evidence

	// Curve is the median of infected hosts over time, from the start, evenly
	// apart; Low and High are the fifth and the ninety-fifth percentile.
	Curve []int `json:"-"`
	Low   []int `json:"-"`
	High  []int `json:"-"`
}

// Delays are where the time goes from the first infection until a partner is
// protected, each part apart, in seconds. Delivery and applied are the median
// partner's of those who take part.
type Delays struct {
	Detection Quantiles `json:"detection"` // from the first infection until partners have what satisfies the rule
	Upload    Quantiles `json:"upload"`    // from there until the hub has it, and rings
	Decision  Quantiles `json:"decision"`  // from the alarm until a protection is decided
	Delivery  Quantiles `json:"delivery"`  // from there until it is at a partner
	Applied   Quantiles `json:"applied"`   // from there until it is in force
}

// Quantiles are by nearest rank. Where there was no alarm there is no value; it
// counts as later, and worse, than any, so that a quantile which falls on it
// is nil.
type Quantiles struct {
	P5  *float64 `json:"p5"`
	P50 *float64 `json:"p50"`
	P95 *float64 `json:"p95"`
}

// summarise takes the quantiles over seeds.
func summarise(results []result, hosts int) Outcome {
	n := len(results)
	infected := make([]float64, 0, n)
	ends := make([]float64, 0, n)
	var after, at, share, detection, upload, decision, delivery, applied []float64
	o := Outcome{RungBy: map[outbreak.Evidence]int{}, FalseBy: map[outbreak.Evidence]int{}, Remaining: remain(results)}
	for _, r := range results {
		infected = append(infected, float64(r.infected)/float64(hosts))
		ends = append(ends, float64(r.infected)/float64(max(r.susceptible, 1)))
		a := r.alarm
		if !a.rung {
			continue
		}
		o.RungBy[a.by]++
		if r.falsely {
			o.FalseAlarms++
			o.FalseBy[a.by]++
		}
		after = append(after, a.at-r.first)
		at = append(at, float64(a.infected)/float64(hosts))
		share = append(share, float64(a.infected)/float64(max(r.susceptible, 1)))
		detection = append(detection, a.seen-r.first)
		upload = append(upload, a.at-a.seen)
		decision = append(decision, a.decided-a.at)
		delivery = append(delivery, a.delivered-a.decided)
		applied = append(applied, a.applied-a.delivered)
	}
	o.InfectedFraction, o.AlarmAfter = quantiles(infected, n), quantiles(after, n)
	o.InfectedAtAlarmFraction, o.OfSusceptible = quantiles(at, n), quantiles(ends, n)
	o.AtAlarmOfSusceptible = quantiles(share, n)
	o.Delays = Delays{quantiles(detection, n), quantiles(upload, n), quantiles(decision, n), quantiles(delivery, n), quantiles(applied, n)}
	o.curves(results)
	return o
}

func (o *Outcome) curves(results []result) {
	n := len(results)
	column := make([]int, n)
	for t := range results[0].curve {
		for i, r := range results {
			column[i] = int(r.curve[t])
		}
		slices.Sort(column)
		o.Low, o.Curve, o.High = append(o.Low, column[rank(0.05, n)]), append(o.Curve, column[rank(0.5, n)]), append(o.High, column[rank(0.95, n)])
	}
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
