package exercise

import "github.com/tocsin-project/tocsin/internal/outbreak"

// doubtful says whether the worm may have had no part in an alarm. Scans from
// outside are there without it; that three hosts of a partner scan is not.
func (r *result) doubtful() bool {
	return r.alarm.rung && (r.alarm.by == outbreak.Inbound || r.alarm.seen < r.first)
}

// withoutWorm says whether the same seed without the worm rings as well by the
// time of an alarm, which is false then: the partners and what they see besides
// the worm are the same.
func withoutWorm(goes func() bool, s Scenario, seed uint64, way mode, a alarm) bool {
	if !a.rung {
		return false
	}
	s.Worm.Seeds = 0
	s.Hours = max(a.at, 60) / 3600
	return untilAlarm(goes, s, seed, way).alarm.rung
}

// untilAlarm plays one epidemic until the alarm, or to its end.
func untilAlarm(goes func() bool, s Scenario, seed uint64, way mode) result {
	w := s.World(seed)
	x := newExchange(w, way, outbreak.Config{}, outbreak.DetectorConfig{})
	for goes() && !x.alarm.rung && w.next() {
		x.after()
	}
	return x.result()
}
