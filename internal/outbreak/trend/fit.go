package trend

import (
	"math"
	"time"
)

// fit is what one scale says: nothing unless something began.
type fit struct {
	on      bool // a surge set the filter off
	onset   int64
	last    int64 // the newest closed bin
	usual   float64
	curve   curve
	settled bool
}

// lookback is how many bins before a surge the background is fitted to as well.
const lookback = 16

// touch says that closed bins, or who is kept apart, changed: what was found in
// them holds no longer. A scale that nothing touches is as it was: its open bin
// is in no fit, and a partner that only has counts there is as one that has none.
func (s *sum) touch() { s.changed, s.open.known, s.hidden.known = true, false, false }

// window is the closed bins of a scale that are kept: the first and the last.
func (s *sum) window() (first, last int64) {
	return max(s.head-int64(len(s.ring))+1, s.from), s.head - 1
}

// fit runs the chart over the closed bins of a scale, the filter from where the
// surge that it signals began, and then the curve from some bins before. Counts
// may be those of all partners, or of some; the chart stands where they begin.
// Short of what no day explains, the curve is only of use if it is wanted anyway.
func (p *Pool) fit(scale int, chart CUSUM, counts []float64, worse float64, anyway bool) fit {
	s := &p.sums[scale]
	first, last := s.window()
	f := fit{last: last, onset: first, on: chart.Signals()}
	for i, n := range counts {
		signals := chart.Add(n)
		if chart.since <= 1 {
			f.onset, f.on = first+int64(i), false
		}
		f.on = f.on || signals
	}
	if !f.on {
		return f
	}
	began := int(f.onset - first)
	since := counts[max(0, began-lookback):]
	if !anyway && !outgrown(since) {
		return f
	}
	f.usual = chart.before
	cfg := p.cfg.Kalman
	cfg.Bin, cfg.Background = time.Duration(s.bin)*time.Second, f.usual
	filter := newKalman(cfg)
	for _, n := range counts[began:] {
		filter.Add(n)
	}
	f.curve = curve{level: filter.level, g: filter.g, b: f.usual + 0.01, usual: f.usual}
	f.curve.fit(since)
	f.settled = f.curve.settled(since, filter.cfg.Rest, worse)
	return f
}

func (p *Pool) growthOf(f fit, scale int) Growth {
	if !f.on {
		return Growth{}
	}
	s := &p.sums[scale]
	g := growthOf(f.curve.perBin(), time.Duration(s.bin)*time.Second)
	g.Settled = f.settled
	g.Since, g.At = time.Unix(f.onset*s.bin, 0).UTC(), time.Unix((f.last+1)*s.bin, 0).UTC()
	return g
}

// refresh fits again once a bin of the shortest scale has closed, or late
// counts have added a sixteenth to what there is: not at every count, and only
// the scales that changed.
func (p *Pool) refresh() {
	if !p.stale && p.late <= p.window/16 {
		return
	}
	p.stale, p.late, p.window = false, 0, 0
	p.asked = false
	for i := range p.sums {
		s := &p.sums[i]
		if !s.changed {
			continue
		}
		s.touch()
		s.changed = false
		first, last := s.window()
		p.scratch = s.counts(p.scratch, first, last)
		s.fit = p.fit(i, s.chart, p.scratch, evidence, true)
	}
	for _, n := range p.sums[0].ring {
		p.window += float64(n)
	}
}

// best is the scale to go by: the shortest on which the trend has settled, else
// the one on which its rate is known best.
func (p *Pool) best() int {
	p.refresh()
	best, width := -1, math.Inf(1)
	for i := range p.sums {
		f := &p.sums[i].fit
		if !f.on {
			continue
		}
		if f.settled {
			return i
		}
		g := growthOf(f.curve.perBin(), p.cfg.Scales[i])
		if w := g.Rate.High - g.Rate.Low; w < width {
			best, width = i, w
		}
	}
	return best
}

// Growth is that of what all partners together report: the zero value unless
// there is more of it than usual.
func (p *Pool) Growth() Growth {
	if i := p.best(); i >= 0 {
		return p.growthOf(p.sums[i].fit, i)
	}
	return Growth{}
}
