package trend_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// What is no epidemic does not settle; a ramp that is logistic, and so an
// exponential to begin with, may.
func TestPoolSettles(t *testing.T) {
	const runs = 2
	for _, usual := range []float64{0, 5, 200, 5000, 130000} {
		for _, c := range []struct {
			name        string
			minutes     int
			least, most int
			mean        func(m float64) float64
		}{
			{"flat", 900, 0, 0, func(float64) float64 { return usual }},
			{"a day's cycle", 2160, 0, 0, func(m float64) float64 { return usual * (1 + 0.5*math.Sin(m*2*math.Pi/1440)) }},
			{"a step", 420, 0, 0, func(m float64) float64 {
				if m < 200 {
					return usual
				}
				return 3*usual + 10
			}},
			{"a straight line", 420, 0, 0, func(m float64) float64 { return usual + max(0, m-200)/10*math.Sqrt(usual+1) }},
			{"doubling every 12.4 min", 520, runs, runs, func(m float64) float64 {
				return usual + 0.02*math.Exp(math.Ln2/12.4*(m-150))
			}},
		} {
			r := rand.New(rand.NewPCG(9, 10))
			settled, minute, excess, covered := 0, 0, 0.0, 0
			for range runs {
				p := trend.NewPool(trend.PoolConfig{})
				play(r, p, 3, -240, 0, func(float64) float64 { return usual }, nil)
				play(r, p, 3, 0, c.minutes, c.mean, func(m int) bool {
					g := p.Growth()
					if !g.Settled {
						return false
					}
					settled++
					minute += m
					excess += c.mean(float64(m)) - usual
					if covers(g.Doubling, 12.4*60) {
						covered++
					}
					return true
				})
			}
			if settled > 0 {
				n := float64(settled)
				t.Logf("%s over %g: settled in %d of %d, at minute %.0f, at %.0f a minute more than usual, %d cover 12.4 min then", c.name, usual, settled, runs, float64(minute)/n, excess/n, covered)
			}
			if settled < c.least || settled > c.most {
				t.Errorf("%s over %g: settled in %d of %d runs, want %d to %d", c.name, usual, settled, runs, c.least, c.most)
			}
		}
	}
}

// The interval is the pool's own after some time, over a background that it had to
// learn. Asked at a given time it covers the true growth as it says. Asked when
// it first settles it covers it less often: of all bins that is one in which the
// growth looks large.
func TestPoolCovers(t *testing.T) {
	const runs = 40
	r := rand.New(rand.NewPCG(19, 20))
	for _, usual := range []float64{0, 5, 200} {
		growth := 0.06
		mean := func(m float64) float64 { return usual + math.Exp(growth*m) }
		given, first, settled := 0, 0, 0
		end := 101
		if usual > 100 {
			end = 121 // when it stands out from a day's swing
		}
		for range runs {
			p := trend.NewPool(trend.PoolConfig{Scales: []time.Duration{time.Minute}})
			play(r, p, 2, -120, 70, mean, nil)
			done := false
			play(r, p, 2, 70, end, mean, func(int) bool {
				if g := p.Growth(); g.Settled && !done {
					done = true
					settled++
					if covers(g.Rate, 60*growth) {
						first++
					}
				}
				return false
			})
			if covers(p.Growth().Rate, 60*growth) {
				given++
			}
		}
		t.Logf("over %g: covered in %.1f of 100 at a given time, in %.1f at the first settling", usual, 100*float64(given)/runs, 100*float64(first)/max(1, float64(settled)))
		if given < runs*88/100 || settled < runs*3/4 || first < settled*80/100 {
			t.Errorf("over %g: of %d runs %d cover at a given time, %d settle, %d of them cover then", usual, runs, given, settled, first)
		}
	}
}

// rises plays an epidemic over the usual, of which each partner has a share, and
// says whether Rising(k) ever held.
func rises(k int, shares []float64) (names []string, ever bool) {
	r := rand.New(rand.NewPCG(11, 12))
	p := trend.NewPool(trend.PoolConfig{})
	p.Advance(start.Add(-4 * time.Hour))
	for m := range 160 {
		at := start.Add(time.Duration(m) * time.Minute)
		for i, share := range shares {
			p.Add(fmt.Sprint(i), at, poisson(r, 0.5+share*0.1*math.Exp(0.06*float64(m))))
		}
		if _, who, ok := p.Rising(k); ok {
			return who, true
		}
	}
	return nil, false
}

func TestRising(t *testing.T) {
	for _, c := range []struct {
		name   string
		k      int
		shares []float64
		want   bool
	}{
		{"one partner's word where one suffices", 1, []float64{1}, true},
		{"one partner's word", 2, []float64{1}, false},
		{"one partner's epidemic among quiet ones", 2, []float64{1, 0, 0, 0, 0, 0}, false},
		{"two partners' where three are needed", 3, []float64{1, 1, 0, 0, 0, 0}, false},
		{"two large ones' where three are needed", 3, []float64{9, 9, 0, 0, 0, 0}, false},
		{"three partners'", 3, []float64{1, 1, 1, 0, 0, 0}, true},
		{"six partners'", 3, []float64{1, 1, 1, 1, 1, 1}, true},
		{"three, of which one sees most", 3, []float64{9, 1, 1, 0, 0, 0}, true},
	} {
		if who, got := rises(c.k, c.shares); got != c.want {
			t.Errorf("%s: rising %v (%v), want %v", c.name, got, who, c.want)
		} else if got && len(who) < c.k {
			t.Errorf("%s: only %v make it", c.name, who)
		}
	}
}

// A partner with a large step does not hide that another one's counts alone grow.
func TestRisingRanksByTilt(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	p := trend.NewPool(trend.PoolConfig{})
	p.Advance(start.Add(-4 * time.Hour))
	for m := range 160 {
		at := start.Add(time.Duration(m) * time.Minute)
		p.Add("step", at, poisson(r, 400))
		p.Add("alone", at, poisson(r, 0.1*math.Exp(0.06*float64(m))))
		if _, who, ok := p.Rising(2); ok {
			t.Fatalf("minute %d: one partner's growth beside another's step rises: %v", m, who)
		}
	}
}

// The order of counts within the bins that are kept does not matter, so that a
// partner may be an hour late.
func TestPoolOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type count struct {
			who    string
			minute int
			n      int
		}
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) count {
			return count{rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "who"), rapid.IntRange(0, 55).Draw(t, "minute"), rapid.IntRange(1, 40).Draw(t, "n")}
		}), 1, 60).Draw(t, "counts")
		played := func(list []count) trend.Growth {
			p := trend.NewPool(trend.PoolConfig{})
			p.Advance(start.Add(-3 * time.Hour))
			p.Advance(start)
			for _, c := range list {
				p.Add(c.who, start.Add(time.Duration(c.minute)*time.Minute), c.n)
			}
			p.Advance(start.Add(57 * time.Minute))
			return p.Growth()
		}
		if diff := cmp.Diff(played(all), played(rapid.Permutation(all).Draw(t, "order"))); diff != "" {
			t.Fatalf("another order gives another growth:\n%s", diff)
		}
	})
}

// Partners beyond the bound are one, and room is made once others are silent.
func TestPoolIsBounded(t *testing.T) {
	p := trend.NewPool(trend.PoolConfig{Partners: 2})
	p.Advance(start.Add(-4 * time.Hour))
	r := rand.New(rand.NewPCG(15, 16))
	for m := range 160 {
		at := start.Add(time.Duration(m) * time.Minute)
		for i := range 2000 {
			p.Add(fmt.Sprint(i), at, poisson(r, 0.0001*math.Exp(0.06*float64(m))))
		}
		if _, who, ok := p.Rising(3); ok || len(who) > 2 {
			t.Fatalf("minute %d: more than the two partners that are kept apart rise: %v", m, who)
		}
	}
}

func TestReach(t *testing.T) {
	p := trend.NewPool(trend.PoolConfig{Known: 50})
	p.Advance(start.Add(-4 * time.Hour))
	growth, total := 0.05, 0.0
	r := rand.New(rand.NewPCG(17, 18))
	for m := range 120 {
		mean := math.Exp(growth * float64(m))
		total += mean
		for i := range 50 {
			p.Add(fmt.Sprint(i), start.Add(time.Duration(m)*time.Minute), poisson(r, mean/50))
		}
	}
	hosts, partners := p.Reach(time.Hour)
	want := total * math.Exp(growth*60)
	if hosts.Mid < 0.7*want || hosts.Mid > 1.4*want || hosts.Low > hosts.Mid || hosts.Mid > hosts.High {
		t.Errorf("an hour on %.0f hosts are expected, reach says %+v", want, hosts)
	}
	if partners.High > 50 || partners.Low < 40 {
		t.Errorf("of 50 partners that are all hit, reach says %+v", partners)
	}
}
