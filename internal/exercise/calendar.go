package exercise

import "math"

// calendar is what is due at the end of which step. Times are in seconds since
// the start; what is due within a step is due at its end.
type calendar struct {
	step float64
	due  map[int][]int32
}

func newCalendar(step float64) calendar { return calendar{step: step, due: map[int][]int32{}} }

// add notes a site; what is due never is not kept.
func (c *calendar) add(at float64, site int) {
	if at < 1e12 {
		tick := stepOf(at, c.step)
		c.due[tick] = append(c.due[tick], int32(site))
	}
}

// take gives what is due at a step, in the order in which it was noted, and
// forgets it.
func (c *calendar) take(tick int) []int32 {
	list := c.due[tick]
	delete(c.due, tick)
	return list
}

// stepOf is the first step whose end is not before a time. The tolerance keeps
// sums of tenths of seconds from falling into the next step.
func stepOf(at, step float64) int { return int(math.Ceil(at/step - 1e-6)) }
