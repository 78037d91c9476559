package ransom

import "math"

// habit is how often the network turns files into an extension, or leaves a name
// in many folders.
type habit struct {
	day   int64 // the last, since 1970 by UTC
	today int
	score float64 // of the days before it: 1 for each, halved every week
}

const (
	habitFiles = 20  // times a day that make it one of habit
	habitScore = 2.4 // of three such days in a row when the fourth begins, 2.48; or of four within the week
	day        = int64(86400e9)
)

// practise counts once more. What was found is never learned.
func (d *Detector) practise(of subject, hash uint64, at int64) {
	k := key(hash, uint64(of))
	if d.found[k] != nil {
		return
	}
	i := d.habits.find(k)
	if i < 0 {
		i, _ = d.habits.claim(k, 0)
		d.habits.values[i].day = at / day
	}
	h := &d.habits.values[i]
	h.turn(at / day)
	h.today++
	d.habits.ranks[i] = uint64(h.score*4)<<32 | uint64(uint32(h.day))
}

// turn goes over to a later day.
func (h *habit) turn(today int64) {
	if today <= h.day {
		return
	}
	if h.today >= habitFiles {
		h.score++
	}
	h.score *= math.Exp2(-float64(today-h.day) / 7)
	h.day, h.today = today, 0
}

// habitual says that the network does it on many days, today not among them.
func (d *Detector) habitual(of subject, hash uint64, at int64) bool {
	i := d.habits.find(key(hash, uint64(of)))
	if i < 0 {
		return false
	}
	h := &d.habits.values[i]
	h.turn(at / day)
	return h.score >= habitScore
}
