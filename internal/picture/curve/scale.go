package curve

import (
	"math"
	"strconv"
	"time"
)

// At is a time on an axis of kind Clock.
func At(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// scale leads from what is counted to a place.
type scale struct {
	low, high float64 // of what is counted
	from, to  float64 // of the place
	log       bool
}

// place keeps what is beyond the ends at them.
func (s scale) place(v float64) float64 {
	v = min(max(v, s.low), s.high)
	low, high := s.low, s.high
	if s.log {
		v, low, high = math.Log(v), math.Log(low), math.Log(high)
	}
	return s.from + (s.to-s.from)*(v-low)/(high-low)
}

// tick is a value of an axis with its words.
type tick struct {
	at   float64
	text string
}

// counts is the scale of the counts from least to most, and its ticks: round
// numbers, from zero on, or from a power of ten.
func counts(least, most float64, log bool) (scale, []float64) {
	if log {
		return decades(least, most)
	}
	step := nice(max(most, 1) / 4)
	step = max(step, 1)
	top := math.Ceil(max(most, 1)/step) * step
	var list []float64
	for v := 0.0; v <= top*1.0001; v += step {
		list = append(list, v)
	}
	return scale{low: 0, high: top}, list
}

// decades has powers of ten for ticks, and where they are few the 2 and 5 between.
func decades(least, most float64) (scale, []float64) {
	low := math.Pow(10, math.Floor(math.Log10(max(least, 1e-3))))
	high := low
	for high < most || high < 2*low {
		high = after(high)
	}
	var few, many []float64
	for v := low; v <= high*1.0001; v = after(v) {
		many = append(many, v)
		if leading(v) == 1 {
			few = append(few, v)
		}
	}
	list := few
	if len(many) <= 6 {
		list = many
	}
	for len(list) > 6 { // very many decades: every other one
		var half []float64
		for i := 0; i < len(list); i += 2 {
			half = append(half, list[i])
		}
		list = half
	}
	return scale{low: low, high: high, log: true}, list
}

// after is the next of 1, 2, 5, 10, 20 and so on.
func after(v float64) float64 {
	if leading(v) == 2 {
		return v * 2.5
	}
	return v * 2
}

func leading(v float64) int {
	return int(math.Round(v / math.Pow(10, math.Floor(math.Log10(v)+1e-9))))
}

// nice is the least of 1, 2, 5 times a power of ten at or above v.
func nice(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, times := range []float64{1, 2, 5, 10} {
		if unit*times >= v*0.9999 {
			return unit * times
		}
	}
	return unit * 10
}

// short is a count as an axis says it: thousands are k, millions M, milliards G.
func short(v float64, unit string) string {
	for _, of := range []struct {
		from, one float64
		sign      string
	}{{1e9, 1e9, "G"}, {1e6, 1e6, "M"}, {1e4, 1e3, "k"}} {
		if v >= of.from {
			return strconv.FormatFloat(math.Round(v/of.one*10)/10, 'f', -1, 64) + of.sign + unit
		}
	}
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64) + unit
}

// steps between the ticks of a time axis, in seconds.
var steps = []float64{60, 300, 900, 1800, 3600, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 2 * 24 * 3600, 7 * 24 * 3600, 28 * 24 * 3600}

// times are at most seven round times of an axis.
func times(kind Axis, low, high float64) []tick {
	second := 1.0
	if kind == Hours {
		second = 1.0 / 3600
	}
	step := steps[len(steps)-1] * second
	for _, s := range steps {
		if high-low <= 6*s*second {
			step = s * second
			break
		}
	}
	for high-low > 6*step {
		step *= 2
	}
	var list []tick
	for at := math.Ceil(low/step-1e-9) * step; at <= high+step*1e-6; at += step {
		list = append(list, tick{at, moment(kind, at, step)})
	}
	return list
}

// moment is a time as its axis says it.
func moment(kind Axis, at, step float64) string {
	if kind == Hours {
		switch {
		case step < 1:
			return strconv.Itoa(int(math.Round(at*60))) + " min"
		case step >= 48:
			return strconv.Itoa(int(math.Round(at/24))) + " d"
		}
		return strconv.Itoa(int(math.Round(at))) + " h"
	}
	t := time.Unix(int64(math.Round(at)), 0).UTC()
	if step >= 24*3600 || t.Hour() == 0 && t.Minute() == 0 && step >= 6*3600 {
		return t.Format("2 Jan")
	}
	return t.Format("15:04")
}
