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
// asks, on each scale, that at least k partners report more than their usual
// since the surge began, and that what remains has settled as well, once without
// the k-1 that tilt the trend most and once without the k-1 that report most: no
// k-1 partners together can make it.
//
// Nor can they hide it. Where the sum of all does not hold, the sums without up
// to k-1 that may be hiding it are asked the same, those that hide nothing
// having to hold without any k-1 of them in turn. What then has settled is what
// the others say, and the growth is theirs.
func (p *Pool) Rising(k int) (Growth, []string, bool) {
	p.refresh()
	k = max(k, 1)
	if p.rise.k != k {
		p.rise = rise{k: k, growth: p.Growth()}
		scale, f, who := p.open(k)
		if who == nil {
			scale, f, who = p.hidden(k)
		}
		if who != nil {
			p.rise.growth, p.rise.who, p.rise.ok = p.growthOf(f, scale), who, true
		}
	}
	return p.rise.growth, slices.Clone(p.rise.who), p.rise.ok
}

// open is the trend that all partners together show, if it rises.
func (p *Pool) open(k int) (scale int, f fit, who []string) {
	for i, f := range p.cached {
		if f.settled {
			if who := p.makers(k, i, f, nil); who != nil {
				return i, f, who
			}
		}
	}
	return 0, fit{}, nil
}

// makers are those that make a trend that settled without some partners: nil if
// they are fewer than k, or if it is not there without some k-1 of them.
func (p *Pool) makers(k, scale int, f fit, out []*partner) []string {
	parts := p.parts(scale, f, out)
	names := make([]string, 0, len(parts))
	for _, a := range parts {
		if a.who != p.others {
			names = append(names, a.who.name)
		}
	}
	if len(names) < k {
		return nil
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
		without := slices.Clone(out)
		for _, a := range parts[:k-1] {
			without = append(without, a.who)
		}
		if !p.without(scale, without, evidence).settled {
			return nil
		}
	}
	return names
}

// parts are the partners that report more than their usual since the surge
// began, beyond what chance would have: the greatest excess first. Those that
// are left out have none.
func (p *Pool) parts(scale int, f fit, out []*partner) []part {
	s := &p.sums[scale]
	var weight, moment float64
	for i, n := range p.rest(scale, f.onset, f.last, out) {
		weight += n - f.usual
		moment += (n - f.usual) * float64(i)
	}
	middle := moment / max(weight, 1)
	var list []part
	room := make([]float64, 0, len(s.ring))
	for _, who := range p.everybody() {
		if slices.Contains(out, who) {
			continue
		}
		own := &who.series[scale]
		a := part{who: who}
		usual, _ := own.usualAt(s.head)
		room = own.counts(room, f.onset, f.last)
		for i, n := range room {
			a.excess += n - usual
			a.leverage += (n - usual) * (float64(i) - middle)
		}
		if a.excess >= max(1, 2*math.Sqrt(usual*float64(len(room)))) {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b part) int {
		return cmp.Or(cmp.Compare(b.excess, a.excess), cmp.Compare(a.who.name, b.who.name))
	})
	return list
}

// rest is what all but some counted from one bin to another.
func (p *Pool) rest(scale int, first, last int64, out []*partner) []float64 {
	p.scratch = p.sums[scale].counts(p.scratch, first, last)
	for _, who := range out {
		p.taken = who.series[scale].counts(p.taken, first, last)
		for i, n := range p.taken {
			p.scratch[i] -= n
		}
	}
	return p.scratch
}

// without is the fit to all but some. What a chart of the others alone would have
// learnt is what they themselves did: of the chart of all, a partner that is left
// out may have made anything. Where its sum would stand nobody knows, and it
// begins anew.
func (p *Pool) without(scale int, out []*partner, worse float64) fit {
	s := &p.sums[scale]
	chart := s.chart
	chart.Reset()
	chart.mean, chart.variance = 0, 0
	for _, who := range p.everybody() {
		if !slices.Contains(out, who) {
			usual, scatter := who.series[scale].usualAt(s.head)
			chart.mean += usual
			chart.variance += scatter
		}
	}
	first, last := s.window()
	return p.fit(scale, chart, p.rest(scale, first, last, out), worse, false)
}
