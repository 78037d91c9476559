package exercise

import "time"

// Measured puts a push that was measured, step by step through a real hub, in
// the place of the simulated one. infected has one count a step; alarm and
// share are nil if there was no alarm.
func (c *Comparison) Measured(infected []int, alarm, share *float64) {
	if len(infected) == 0 {
		return
	}
	one := func(v *float64) Quantiles { return Quantiles{v, v, v} }
	final := float64(infected[len(infected)-1]) / float64(c.Hosts)
	measured := Outcome{InfectedFraction: one(&final), AlarmAfter: one(alarm), InfectedAtAlarmFraction: one(share)}
	ofAll := float64(c.Hosts) / float64(max(c.Susceptible, 1))
	end := final * ofAll
	measured.OfSusceptible = one(&end)
	if share != nil {
		then := *share * ofAll
		measured.AtAlarmOfSusceptible = one(&then)
	}
	for at := time.Duration(0); ; at += c.step {
		step := int(at / c.played.Step())
		if step > len(infected) {
			break
		}
		measured.Curve = append(measured.Curve, infected[max(step-1, 0)])
	}
	measured.Low, measured.High = measured.Curve, measured.Curve
	c.simulated, c.Sharing.Push, c.measured = c.Sharing.Push, measured, true
}

// Agreement is the same scenario and seed simulated and measured, each with a
// push: what the shortcut of the simulation costs in truth.
type Agreement struct {
	AlarmAfter              Pair `json:"alarm_after_s"`
	InfectedAtAlarmFraction Pair `json:"infected_at_alarm_fraction"`
	InfectedFraction        Pair `json:"infected_fraction"`
}

// Pair is one figure; nil is no alarm.
type Pair struct {
	Simulated *float64 `json:"simulated"`
	Measured  *float64 `json:"measured"`
}

// Agreement holds the push that Measured put in place beside the one that it
// replaced, by medians.
func (c *Comparison) Agreement() Agreement {
	s, m := c.simulated, c.Sharing.Push
	return Agreement{
		AlarmAfter:              Pair{s.AlarmAfter.P50, m.AlarmAfter.P50},
		InfectedAtAlarmFraction: Pair{s.InfectedAtAlarmFraction.P50, m.InfectedAtAlarmFraction.P50},
		InfectedFraction:        Pair{s.InfectedFraction.P50, m.InfectedFraction.P50},
	}
}
