package trend

import (
	"cmp"
	"math"
	"slices"
)

// rise is what Rising says.
type rise struct {
	growth Growth
	who    []string
	ok     bool
}

// found is a trend on one scale, and those that make it; nobody: it does not rise.
type found struct {
	known bool // it was looked for since the scale changed
	fit   fit
	who   []string
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
	if p.k != k {
		for i := range p.sums {
			p.sums[i].open.known, p.sums[i].hidden.known = false, false
		}
		p.k, p.asked = k, false
	}
	if !p.asked {
		p.asked, p.rise = true, rise{growth: p.Growth()}
		scale, found := p.first(k)
		if found.who != nil {
			p.rise = rise{p.growthOf(found.fit, scale), found.who, true}
		}
	}
	return p.rise.growth, slices.Clone(p.rise.who), p.rise.ok
}

// first is the shortest scale on which all partners together show a trend that
// rises; if there is none, the shortest on which one is hidden.
func (p *Pool) first(k int) (scale int, f found) {
	for i := range p.sums {
		s := &p.sums[i]
		if !s.open.known {
			s.open = p.open(k, i)
		}
		if s.open.who != nil {
			return i, s.open
		}
	}
	for i := range p.sums {
		s := &p.sums[i]
		if !s.hidden.known {
			s.hidden = p.hidden(k, i)
		}
		if s.hidden.who != nil {
			return i, s.hidden
		}
	}
	return 0, found{}
}

// open is the trend that all partners together show on a scale, if it rises.
func (p *Pool) open(k, scale int) found {
	f := p.sums[scale].fit
	if !f.settled {
		return found{known: true}
	}
	return found{true, f, p.makers(k, scale, f, nil, p.habits(scale))}
}

// makers are those that make a trend that settled without some partners: nil if
// they are fewer than k, or if it is not there without some k-1 of them.
func (p *Pool) makers(k, scale int, f fit, out []*partner, habits []habit) []string {
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
		if !p.without(scale, without, habits, evidence).settled {
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
func (p *Pool) without(scale int, out []*partner, habits []habit, worse float64) fit {
	s := &p.sums[scale]
	chart := s.chart
	chart.Reset()
	chart.mean, chart.variance = 0, 0
	for i, who := range p.everybody() {
		if !slices.Contains(out, who) {
			chart.mean += habits[i].usual
			chart.variance += habits[i].scatter
		}
	}
	first, last := s.window()
	return p.fit(scale, chart, p.rest(scale, first, last, out), worse, false)
}

// habit is what is usual of a partner, and how it varies.
type habit struct{ usual, scatter float64 }

// habits are those of everybody, which many sums are made of.
func (p *Pool) habits(scale int) []habit {
	all := p.everybody()
	list := make([]habit, len(all))
	for i, who := range all {
		list[i].usual, list[i].scatter = who.series[scale].usualAt(p.sums[scale].head)
	}
	return list
}
