package trend_test

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

func finite(t *testing.T, what string, all ...trend.Interval) {
	t.Helper()
	for _, i := range all {
		for _, x := range []float64{i.Low, i.Mid, i.High} {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("%s is no number: %+v", what, i)
			}
		}
		if i.Low > i.Mid || i.Mid > i.High {
			t.Fatalf("%s has its bounds in the wrong order: %+v", what, i)
		}
	}
}

// FuzzKalman takes in any counts, numbers that are none among them.
func FuzzKalman(f *testing.F) {
	f.Add([]byte{}, 0.0)
	f.Add(binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())), math.Inf(1))
	f.Add([]byte("counts in bins of eight bytes each, whatever they are as numbers"), -1.0)
	f.Fuzz(func(t *testing.T, raw []byte, background float64) {
		k := trend.NewKalman(trend.KalmanConfig{Background: background})
		c := trend.NewCUSUM(trend.CUSUMConfig{})
		for ; len(raw) >= 8; raw = raw[8:] {
			x := math.Float64frombits(binary.LittleEndian.Uint64(raw))
			k.Add(x)
			c.Add(x)
			g := k.Growth()
			finite(t, "the filter's growth", g.Rate, g.Doubling)
			finite(t, "the chart", trend.Interval{Low: c.Level(), Mid: c.Level(), High: c.Level()}, trend.Interval{Low: c.Mean(), Mid: c.Mean(), High: c.Mean()})
		}
	})
}

// FuzzPool takes in counts of any size at any time by any partner.
func FuzzPool(f *testing.F) {
	f.Add([]byte{0, 1, 5, 1, 1, 9, 2, 1, 200, 0, 1, 1})
	f.Add([]byte("abcabcabdabeabfabgabhabiabjabkablabm"))
	f.Add([]byte{0x80, 255, 255, 0x40, 255, 255, 0xc0, 1, 1, 0, 1, 1, 7, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		p := trend.NewPool(trend.PoolConfig{Bins: 16, Partners: 3, Known: 5})
		s := trend.NewSurge(trend.SurgeConfig{})
		at := start
		for ; len(raw) >= 3; raw = raw[3:] {
			step := time.Duration(raw[1]) * time.Second
			switch raw[0] >> 6 { // the unit, and whither
			case 1:
				step *= 60
			case 2:
				step = -60 * step
			case 3:
				step *= 3600 * 24 * 365
			}
			at = at.Add(step)
			n := int(raw[2]) << (raw[0] >> 1 & 31)
			p.Add(string(rune('a'+raw[0]&7)), at, n)
			s.Add(at, n)
			g, who, ok := p.Rising(int(raw[0] & 3))
			finite(t, "the pool's growth", g.Rate, g.Doubling)
			hosts, partners := p.Reach(step)
			finite(t, "reach", hosts, partners)
			if ok && len(who) < int(raw[0]&3) {
				t.Fatalf("it rises by %v alone", who)
			}
		}
	})
}
