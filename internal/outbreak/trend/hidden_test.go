package trend_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// lies are what a partner can report of a minute, an epidemic beginning in that
// with number 360, to hide that it does.
var lies = map[string]func(r *rand.Rand, m int) int{
	"noise":         func(r *rand.Rand, _ int) int { return 1 + r.IntN(500) },
	"late noise":    func(r *rand.Rand, m int) int { return min(max(0, m-359), 1) * (1 + r.IntN(500)) },
	"step":          func(_ *rand.Rand, m int) int { return min(max(0, m-359), 1) * 2000 },
	"one huge":      func(_ *rand.Rand, m int) int { return max(0, 1-max(m-355, 355-m)) << 40 },
	"periodic huge": func(_ *rand.Rand, m int) int { return max(0, 1-m%30) << 24 },
	"always huge":   func(*rand.Rand, int) int { return 1 << 40 },
	"odd huge":      func(r *rand.Rand, _ int) int { return 1<<24 + 1 + 2*r.IntN(1000) },
	"fall":          func(_ *rand.Rand, m int) int { return max(0, 3000-int(0.2*math.Exp2(float64(m-360)/20)*12)) },
	"wave":          func(_ *rand.Rand, m int) int { return int(500 * (1 + math.Sin(float64(m)/7))) },
	"line":          func(_ *rand.Rand, m int) int { return max(0, m-360) * 5 },
}

// epidemic plays eight hours of some partners' counts, of which those above the
// usual double every 20 minutes from minute 360 on if they grow, and liars beside
// them. It says when Rising(k) first held, and by whom; -1: never.
func epidemic(k, honest int, grows bool, liars ...func(r *rand.Rand, m int) int) (minute int, who []string) {
	r, lie := rand.New(rand.NewPCG(31, 32)), rand.New(rand.NewPCG(33, 34))
	p := trend.NewPool(trend.PoolConfig{})
	for m := range 500 {
		at := start.Add(time.Duration(m) * time.Minute)
		p.Advance(at)
		mean := 0.5
		if grows && m > 360 {
			mean += 0.2 * math.Exp2(float64(m-360)/20)
		}
		for i := range honest {
			p.Add(fmt.Sprint("honest-", i), at, poisson(r, mean))
		}
		for i, says := range liars {
			p.Add(fmt.Sprint("liar-", i), at, says(lie, m))
		}
		if m < 330 {
			continue // nothing has begun: the race detector is slow
		}
		if _, who, ok := p.Rising(k); ok {
			return m, who
		}
	}
	return -1, nil
}

// Of three that are needed two can hide nothing, whatever they say: what twelve
// others see rises within the half hour in which it does without them.
func TestRisingIsNotHidden(t *testing.T) {
	usual, _ := epidemic(3, 12, true)
	if usual < 0 {
		t.Fatal("the epidemic does not rise even without liars")
	}
	for one, says := range lies {
		check := func(name string, liars ...func(*rand.Rand, int) int) {
			switch at, _ := epidemic(3, 12, true, liars...); {
			case at < 0:
				t.Errorf("%s: it never rises, without it does at minute %d", name, usual)
			case at > usual+30:
				t.Errorf("%s: it rises at minute %d only, without it does at %d", name, at, usual)
			default:
				t.Logf("%s: it rises at minute %d, without it does at %d", name, at, usual)
			}
		}
		check(one, says)
		for other, also := range lies {
			if one <= other {
				check(one+" and "+other, says, also)
			}
		}
	}
}

// Where more are needed, more can hide nothing, and each in another way.
func TestRisingIsNotHiddenByFour(t *testing.T) {
	liars := []string{"noise", "step", "wave", "periodic huge"}
	says := make([]func(*rand.Rand, int) int, len(liars))
	for i, name := range liars {
		says[i] = lies[name]
	}
	usual, _ := epidemic(5, 12, true)
	if at, who := epidemic(5, 12, true, says...); usual < 0 || at < 0 || at > usual+30 {
		t.Errorf("of five that are needed four lie: it rises at minute %d (%v), without them at %d", at, who, usual)
	}
	if at, who := epidemic(5, 12, false, says...); at >= 0 {
		t.Errorf("nothing rises at minute %d, by %v", at, who)
	}
}

// Nor do two make a trend that others do not see, whatever is loud beside them and
// looked away from.
func TestRisingIsNotMade(t *testing.T) {
	grow := func(r *rand.Rand, m int) int { return poisson(r, 0.2*math.Exp2(float64(m-360)/20)) }
	for name, says := range lies {
		for _, c := range []struct {
			name  string
			liars []func(*rand.Rand, int) int
		}{
			{"a liar alone", []func(*rand.Rand, int) int{says}},
			{"two liars alike", []func(*rand.Rand, int) int{says, says}},
			{"a liar and one that makes it up", []func(*rand.Rand, int) int{says, grow}},
			{"two that make it up beside one that is loud", []func(*rand.Rand, int) int{says, grow, grow}},
			{"two that make it up beside two that are loud", []func(*rand.Rand, int) int{says, says, grow, grow}},
		} {
			if at, who := epidemic(3, 12, false, c.liars...); at >= 0 {
				t.Errorf("%s (%s): what twelve do not see rises at minute %d, by %v", c.name, name, at, who)
			}
		}
	}
}

// What is no epidemic does not rise either for being looked at without some of
// those that report it: neither the days of twelve partners, at the same hours or
// at others, nor counts that scatter more than chance has it, nor a step or a
// straight line at all of them.
func TestRisingIsNotFound(t *testing.T) {
	for _, usual := range []float64{2, 2000} {
		for name, mean := range map[string]func(r *rand.Rand, who, m float64) float64{
			"a day's cycle":      func(_ *rand.Rand, _, m float64) float64 { return 1 + 0.5*math.Sin(m*2*math.Pi/1440) },
			"days apart":         func(_ *rand.Rand, who, m float64) float64 { return 1 + 0.5*math.Sin((m+who*120)*2*math.Pi/1440) },
			"days of two halves": func(_ *rand.Rand, who, m float64) float64 { return 1 + 0.5*math.Sin((m+who*720)*2*math.Pi/1440) },
			"scatter":            func(r *rand.Rand, _, _ float64) float64 { return r.ExpFloat64() },
			"one larger":         func(_ *rand.Rand, who, _ float64) float64 { return math.Exp2(-who) * 4 },
			"a step":             func(_ *rand.Rand, _, m float64) float64 { return 1 + 3*min(max(0, m-700), 1) },
			"steps":              func(_ *rand.Rand, who, m float64) float64 { return 1 + 3*min(max(0, m-700-9*who), 1) },
			"a line":             func(_ *rand.Rand, _, m float64) float64 { return 1 + max(0, m-700)/30 },
		} {
			r := rand.New(rand.NewPCG(41, 42))
			p := trend.NewPool(trend.PoolConfig{})
			for m := range 1600 {
				at := start.Add(time.Duration(m) * time.Minute)
				for i := range 12 {
					p.Add(fmt.Sprint(i), at, poisson(r, usual*mean(r, float64(i), float64(m))))
				}
				if m%3 > 0 {
					continue // every hour is still asked for twenty times
				}
				if _, who, ok := p.Rising(3); ok {
					t.Errorf("%s at %g: it rises at minute %d, by %v", name, usual, m, who)
					break
				}
			}
		}
	}
}
