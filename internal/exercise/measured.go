package exercise

import "time"

// Measured puts a push that was measured, tick by tick through a real hub, in
// the place of the simulated one. infected has one count a tick; alarm and
// share are nil if there was no alarm.
func (c *Comparison) Measured(infected []int, alarm, share *float64) {
	if len(infected) == 0 {
		return
	}
	one := func(v *float64) Quantiles { return Quantiles{v, v, v} }
	final := float64(infected[len(infected)-1]) / float64(c.Hosts)
	measured := Outcome{InfectedFraction: one(&final), AlarmAfter: one(alarm), InfectedAtAlarmFraction: one(share)}
	for at := time.Duration(0); ; at += c.step {
		tick := int(at / Tick)
		if tick > len(infected) {
			break
		}
		measured.Curve = append(measured.Curve, infected[max(tick-1, 0)])
	}
	c.Sharing.Push, c.measured = measured, true
}
