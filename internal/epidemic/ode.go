package epidemic

import "math"

// state is susceptible, infectious, dormant, removed, immune hosts.
type state [5]float64

// plus is y + h d.
func (y state) plus(h float64, d state) state {
	for i := range y {
		y[i] += h * d[i]
	}
	return y
}

// rungeKutta is one classical step of the fourth order.
func rungeKutta(y state, slope func(state) state, h float64) state {
	a := slope(y)
	b := slope(y.plus(h/2, a))
	c := slope(y.plus(h/2, b))
	d := slope(y.plus(h, c))
	return y.plus(h/6, a).plus(h/3, b).plus(h/3, c).plus(h/6, d)
}

// A step may be wrong by a share of each count, and by a share of all hosts that
// is far below one of them.
const (
	tolerance      = 1e-10
	toleranceOfAll = 1e-16
)

// advance solves dy/dt = slope(y) over some hours. A step is compared with two of
// half its length, which bounds its error, and is halved until that is small
// enough (Press et al.: Numerical Recipes, 2nd edition, section 16.2). It returns
// the step that was good last.
func advance(y state, slope func(state) state, hours, h, hosts float64) (state, float64) {
	for done := 0.0; done < hours; {
		last := h >= hours-done
		if last {
			h = hours - done
		}
		whole := rungeKutta(y, slope, h)
		halves := rungeKutta(rungeKutta(y, slope, h/2), slope, h/2)
		worst := 0.0 // in parts of what is allowed
		for i := range y {
			worst = max(worst, math.Abs(halves[i]-whole[i])/15/(tolerance*math.Abs(halves[i])+toleranceOfAll*hosts))
		}
		// A step that cannot be halved is taken: below it only rounding is left.
		if worst > 1 && done+h/2 > done {
			h /= 2
			continue
		}
		y = halves
		if last {
			return y, h
		}
		done += h
		if worst < 1.0/64 {
			h *= 2
		}
	}
	return y, h
}

func curve(y state, slope func(state) state, hours, every, hosts float64) []Point {
	var points []Point
	h := every
	for k := 0; ; k++ {
		points = append(points, Point{float64(k) * every, y[0], y[1], y[2], y[3], y[4]})
		if float64(k+1)*every > hours*(1+1e-12) {
			return points
		}
		var used float64
		y, used = advance(y, slope, every, h, hosts)
		h = min(every, max(used*2, every/1024))
	}
}
