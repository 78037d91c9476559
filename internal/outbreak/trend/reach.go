package trend

import (
	"math"
	"time"
)

// maxReach bounds what Reach says: there are no more IPv4 addresses.
const maxReach = 1 << 32

// Reach is how many will have been counted, above the usual and since the surge
// began, so long after the last closed bin, and at how many partners, if nothing
// stops it: both grow on as they do, each at its own rate. It is as uncertain as
// the rates and the levels are; that the supply of hosts ends it does not know.
func (p *Pool) Reach(ahead time.Duration) (hosts, partners Interval) {
	i := p.best()
	if i < 0 {
		return hosts, partners
	}
	s := &p.sums[i]
	f := s.fit
	bins := bounded(ahead.Seconds()/float64(s.bin), 0, 1e6)
	so := 0.0
	for bin := f.onset; bin <= f.last; bin++ {
		so += s.at(bin) - f.curve.b
	}
	hosts = reach(so, bins, f.curve.level, math.Sqrt(f.curve.vll*f.curve.dispersion), f.curve.perBin(), maxReach)

	// The same filter over the partners that join in.
	parts := p.parts(i, f, nil)
	joined := newKalman(KalmanConfig{})
	for _, n := range p.joins(i, f, parts) {
		joined.Add(n)
	}
	most := float64(maxReach)
	if p.cfg.Known > 0 {
		most = float64(max(p.cfg.Known, len(parts)))
	}
	return hosts, reach(float64(len(parts)), bins, joined.level, math.Sqrt(joined.vll*joined.dispersion()), joined.perBin(), most)
}

// reach is what there will be after some bins, given what there is, the logarithm
// of what the last bin added with its standard deviation, and the growth of that.
func reach(now, bins, level, sigma float64, growth Interval, most float64) Interval {
	at := func(level, rate float64) float64 {
		grown := bins
		if x := rate * bins; math.Abs(x) > 1e-9 {
			grown = math.Expm1(min(x, 700)) / rate
		}
		return bounded(now+math.Exp(bounded(level, minLevel, maxLevel))*grown, min(max(now, 0), most), most)
	}
	return Interval{at(level-normal95*sigma, growth.Low), at(level, growth.Mid), at(level+normal95*sigma, growth.High)}
}

// joins counts, bin by bin, the partners whose part begins: when half of what
// makes it more than chance has come.
func (p *Pool) joins(scale int, f fit, parts []part) []float64 {
	counts := make([]float64, f.last-f.onset+1)
	for _, a := range parts {
		own := &a.who.series[scale]
		usual, _ := own.usualAt(p.sums[scale].head)
		least := max(1, math.Sqrt(usual*float64(len(counts))))
		excess, bin := 0.0, f.onset
		for ; bin < f.last; bin++ {
			if excess += own.at(bin) - usual; excess >= least {
				break
			}
		}
		counts[bin-f.onset]++
	}
	return counts
}
