package trend

import (
	"cmp"
	"math"
	"slices"
)

// rise is what Rising found last, for the same k.
type rise struct {
	k      int
	growth Growth
	who    []string
	ok     bool
}

// part is one partner's part in a surge.
type part struct {
	who      *partner
	excess   float64 // above its own usual, since the surge began
	leverage float64 // how far it tilts the trend upwards
}

// Rising says whether the trend has settled and would be there without any k-1
// of the partners, and names those that make it, the greatest part first. It
// asks, on each scale on which the sum has settled, that at least k partners
// report more than their usual since the surge began, and that what remains has
// settled as well, once without the k-1 that tilt the trend most and once
// without the k-1 that report most: no k-1 partners together can make it.
func (p *Pool) Rising(k int) (Growth, []string, bool) {
	p.refresh()
	k = max(k, 1)
	if p.rise.k != k {
		p.rise = rise{k: k, growth: p.Growth()}
		for i, f := range p.cached {
			if !f.settled {
				continue
			}
			if who, ok := p.rising(k, i, f); ok {
				p.rise.growth, p.rise.who, p.rise.ok = p.growthOf(f, i), who, true
				break
			}
		}
	}
	return p.rise.growth, slices.Clone(p.rise.who), p.rise.ok
}

func (p *Pool) rising(k, scale int, f fit) ([]string, bool) {
	parts := p.parts(scale, f)
	if len(parts) < k {
		return nil, false
	}
	for _, by := range []func(part) float64{
		func(a part) float64 { return a.leverage },
		func(a part) float64 { return a.excess },
	} {
		if k == 1 {
			break
		}
		slices.SortFunc(parts, func(a, b part) int {
			return cmp.Or(cmp.Compare(by(b), by(a)), cmp.Compare(a.who.name, b.who.name))
		})
		if without := p.without(scale, parts[:k-1]); !without.settled {
			return nil, false
		}
	}
	names := make([]string, 0, len(parts))
	for _, a := range parts {
		if a.who != p.others {
			names = append(names, a.who.name)
		}
	}
	return names, len(names) >= k
}

// parts are the partners that report more than their usual since the surge
// began, beyond what chance would have: the greatest excess first.
func (p *Pool) parts(scale int, f fit) []part {
	s := &p.sums[scale]
	var weight, moment float64
	for bin := f.onset; bin <= f.last; bin++ {
		excess := s.at(bin) - f.usual
		weight += excess
		moment += excess * float64(bin-f.onset)
	}
	middle := moment / max(weight, 1)
	var list []part
	judge := func(who *partner) {
		own := &who.series[scale]
		a, usual := part{who: who}, own.usualAt(s.head)
		for bin := f.onset; bin <= f.last; bin++ {
			excess := own.at(bin) - usual
			a.excess += excess
			a.leverage += excess * (float64(bin-f.onset) - middle)
		}
		if a.excess >= max(1, 2*math.Sqrt(usual*float64(f.last-f.onset+1))) {
			list = append(list, a)
		}
	}
	for _, who := range p.partners {
		judge(who)
	}
	if p.others != nil {
		judge(p.others)
	}
	slices.SortFunc(list, func(a, b part) int {
		return cmp.Or(cmp.Compare(b.excess, a.excess), cmp.Compare(a.who.name, b.who.name))
	})
	return list
}

// usualAt is what was usual before the bins that end with head: a series whose
// own head is older has had empty bins since.
func (s *series) usualAt(head int64) float64 {
	if !s.begun || head-s.head > longestGap {
		return 0
	}
	usual := float64(s.usual)
	for bin := s.head - int64(len(s.ring)) + 1; bin <= head-int64(len(s.ring)); bin++ {
		usual += (s.at(bin) - usual) / memory
	}
	return usual
}

// without is the fit to all but some.
func (p *Pool) without(scale int, parts []part) fit {
	s := &p.sums[scale]
	chart := s.chart
	for _, a := range parts {
		chart.mean -= a.who.series[scale].usualAt(s.head)
	}
	// Where a chart of the rest alone would stand nobody knows: it begins anew.
	chart.mean = max(chart.mean, 0)
	chart.Reset()
	return p.fit(scale, chart, func(bin int64) float64 {
		n := s.at(bin)
		for _, a := range parts {
			n -= a.who.series[scale].at(bin)
		}
		return max(n, 0)
	})
}
