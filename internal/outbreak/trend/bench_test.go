package trend_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// goalAdds is how many reports a second the hub's detector keeps up with.
const goalAdds = 50_000

// BenchmarkAdd counts at two thousand subjects of twenty partners each, a
// minute for every 100,000, and asks after each whether the trend rises.
func BenchmarkAdd(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	pools, names := make([]*trend.Pool, 2000), make([]string, 20)
	for i := range pools {
		pools[i] = trend.NewPool(trend.PoolConfig{})
	}
	for i := range names {
		names[i] = fmt.Sprint("partner-", i)
	}
	at, n := start, 0
	b.ReportAllocs()
	for b.Loop() {
		p := pools[r.IntN(len(pools))]
		p.Add(names[r.IntN(len(names))], at, 1+r.IntN(3))
		p.Rising(3)
		if n++; n%100_000 == 0 {
			at = at.Add(time.Minute)
		}
	}
	rate := float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rate, "adds/s")
	b.ReportMetric(rate/goalAdds, "of_goal")
}

// BenchmarkRising is one answer in the midst of an epidemic that a thousand
// partners see: the most that a closed bin can cost.
func BenchmarkRising(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	p := trend.NewPool(trend.PoolConfig{})
	play(r, p, 1000, -60, 100, func(m float64) float64 { return 100 + math.Exp(0.06*m) }, nil)
	_, _, rising := p.Rising(3)
	if !rising {
		b.Fatal("the epidemic does not rise")
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Forget()
		p.Rising(3)
	}
}

// BenchmarkRisingHidden is the same with one partner more than can be left out
// that hides it: the most that looking without some can cost.
func BenchmarkRisingHidden(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	p := trend.NewPool(trend.PoolConfig{})
	for m := -60; m < 100; m++ {
		play(r, p, 1000, m, m+1, func(m float64) float64 { return 100 + math.Exp(0.06*m) }, nil)
		for i := range 3 {
			p.Add(fmt.Sprint("liar-", i), start.Add(time.Duration(m)*time.Minute), 1+r.IntN(5000))
		}
	}
	if _, _, rising := p.Rising(3); rising {
		b.Fatal("three hide nothing")
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Forget()
		p.Rising(3)
	}
}
