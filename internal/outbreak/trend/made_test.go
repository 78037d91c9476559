package trend_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// poisson draws a count.
func poisson(r *rand.Rand, mean float64) int {
	if mean > 500 {
		return int(max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	n, p, least := 0, r.Float64(), math.Exp(-mean)
	for ; p > least; n++ {
		p *= r.Float64()
	}
	return n
}

// play feeds a pool minute by minute, partners alike, with a sum of the given
// mean, and asks after each minute, until it is told to stop.
func play(r *rand.Rand, p *trend.Pool, partners, from, to int, mean func(minute float64) float64, each func(minute int) bool) {
	for m := from; m < to; m++ {
		at := start.Add(time.Duration(m) * time.Minute)
		p.Advance(at)
		for i := range partners {
			p.Add("partner-"+strconv.Itoa(i), at, poisson(r, mean(float64(m))/float64(partners)))
		}
		if each != nil && each(m) {
			return
		}
	}
}

func covers(i trend.Interval, x float64) bool { return i.Low <= x && x <= i.High }
