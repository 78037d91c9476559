package trend

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// PoolConfig tunes a Pool; a zero field means its default.
type PoolConfig struct {
	// Scales are the lengths of bins, shortest first, in whole seconds, at most
	// eight: 1 min, 10 min and 1 h. A worm that doubles in minutes is seen in the
	// first, one that takes days in the last.
	Scales []time.Duration
	Bins   int // 64, at least 16: that are kept of each scale
	// Partners is 1,024: kept apart. The counts of further ones go into one account
	// together, which is taken for one partner, until another has said nothing
	// for as long as the longest scale goes back.
	Partners int
	Known    int // partners that there are, a bound of Reach; 0: not known
	Kalman   KalmanConfig
}

// Pool is what several partners report about one subject. It belongs to one
// goroutine at a time. The counts of one bin may come in any order; what is
// later than the bins that are kept is not counted in them. A time ahead of all
// others moves the bins on for all, so that the caller has to bound how far
// ahead of its own a partner's clock may be. Growth and Reach are of what all
// report, whoever lies; what few can neither make nor hide is Rising. A pool of
// one partner takes about 5 KiB, every further one about 1 KiB.
type Pool struct {
	cfg      PoolConfig
	sums     []sum // one a scale
	partners map[string]*partner
	others   *partner   // all that there was no room for
	voices   []*partner // all of them, by name; nil: somebody went
	swept    int64      // the newest bin of the longest scale when room was looked for last
	late     float64    // counted in closed bins since the last fit
	window   float64    // counted in all bins at the last fit
	stale    bool
	rise     rise
	k        int       // for which it was asked
	asked    bool      // since the last fit
	scratch  []float64 // counts of a sum
	taken    []float64 // and of a partner that is taken out of it
}

// sum is the counts of all partners on one scale, and what was found in them.
type sum struct {
	series[uint64]
	bin     int64 // seconds
	chart   CUSUM // of what has left the ring
	changed bool  // since the last fit
	fit     fit
	open    found // what all partners together show, for the k that was asked last
	hidden  found // what shows without some of them
}

type partner struct {
	name   string
	series []series[uint32] // one a scale
}

// NewPool makes a pool that has heard nothing.
func NewPool(cfg PoolConfig) *Pool {
	if len(cfg.Scales) == 0 {
		cfg.Scales = []time.Duration{time.Minute, 10 * time.Minute, time.Hour}
	}
	cfg.Scales = slices.Clone(cfg.Scales[:min(len(cfg.Scales), 8)])
	cfg.Bins = min(max(cmp.Or(cfg.Bins, 64), 16), 1024)
	cfg.Partners = max(cmp.Or(cfg.Partners, 1024), 1)
	p := &Pool{cfg: cfg, partners: make(map[string]*partner), swept: math.MinInt64, stale: true}
	p.sums = make([]sum, len(cfg.Scales))
	rings := make([]uint64, len(cfg.Scales)*cfg.Bins)
	for i, scale := range cfg.Scales {
		p.sums[i].ring, rings = rings[:cfg.Bins:cfg.Bins], rings[cfg.Bins:]
		p.sums[i].bin = max(int64(scale/time.Second), 1)
		p.sums[i].chart = newCUSUM(CUSUMConfig{Memory: memory})
		p.sums[i].touch()
	}
	return p
}

// Add takes in what a partner counted since its last report: n new scanning
// sources, or sightings. What is not above zero, or has no time, is ignored.
// Partners that are in truth one have to come under one name.
func (p *Pool) Add(name string, at time.Time, n int) {
	if n <= 0 || at.IsZero() {
		return
	}
	p.Advance(at)
	who := p.partner(name)
	for i := range p.sums {
		s, bin := &p.sums[i], binOf(at, p.sums[i].bin)
		if s.head-bin >= int64(len(s.ring)) {
			continue
		}
		own := &who.series[i]
		if bin < s.head || bin-own.head > longestGap { // what was long nothing may be a little again
			s.touch()
		}
		own.advance(bin, nil)
		added := own.add(bin, uint32(min(n, maxCount)))
		s.ring[s.slot(bin)] += uint64(added)
		if i == 0 && bin < s.head {
			p.late += float64(added)
		}
	}
}

// Advance says that it is so late: bins up to then in which nothing was reported
// are empty. Of what was before the first call of it or of Add nothing is known:
// who knows that a new subject was quiet until now calls it first with a time
// since when that is so. Earlier times change nothing.
func (p *Pool) Advance(now time.Time) {
	if now.IsZero() {
		return
	}
	for i := range p.sums {
		s := &p.sums[i]
		bin := binOf(now, s.bin)
		if !s.begun {
			s.from = bin
		}
		if s.begun && bin <= s.head {
			continue
		}
		p.stale = true
		s.touch()
		oldest := s.head - int64(len(s.ring)) + 1
		s.advance(bin, func(count float64) {
			if oldest >= s.from {
				s.chart.Add(count)
			}
			oldest++
		})
	}
}

// binOf is the number of the bin that a time lies in.
func binOf(at time.Time, bin int64) int64 {
	s := at.Unix()
	n := s / bin
	if s%bin < 0 {
		n--
	}
	return n
}

// partner finds a partner's account, or makes one where there is room.
func (p *Pool) partner(name string) *partner {
	if who := p.partners[name]; who != nil {
		return who
	}
	if len(p.partners) >= p.cfg.Partners && !p.sweep() {
		if p.others == nil {
			p.others, p.voices = p.newPartner(""), nil
		}
		return p.others
	}
	who := p.newPartner(name)
	if p.voices != nil {
		i, _ := slices.BinarySearchFunc(p.voices[:len(p.partners)], name, func(a *partner, name string) int { return cmp.Compare(a.name, name) })
		p.voices = slices.Insert(p.voices, i, who)
	}
	p.partners[name] = who
	return who
}

func (p *Pool) newPartner(name string) *partner {
	who := &partner{name: name, series: make([]series[uint32], len(p.sums))}
	rings := make([]uint32, len(p.sums)*p.cfg.Bins)
	for i := range who.series {
		who.series[i].from = p.sums[i].from
		who.series[i].ring, rings = rings[:p.cfg.Bins:p.cfg.Bins], rings[p.cfg.Bins:]
	}
	return who
}

// Partners is how many partners are kept apart, at least since room was last made.
func (p *Pool) Partners() int { return len(p.partners) }

// everybody is in the order of their names: sums of fractions are the same from
// one time to the next only if what is summed comes in the same order.
func (p *Pool) everybody() []*partner {
	if p.voices == nil {
		p.voices = slices.SortedFunc(maps.Values(p.partners), func(a, b *partner) int { return cmp.Compare(a.name, b.name) })
		if p.others != nil {
			p.voices = append(p.voices, p.others)
		}
	}
	return p.voices
}

// sweep forgets the partners of whom nothing is left on the longest scale, and
// says whether there is room now. It looks once a bin of that scale.
func (p *Pool) sweep() bool {
	last := len(p.sums) - 1
	head := p.sums[last].head
	if head <= p.swept {
		return false
	}
	p.swept = head
	p.voices = nil
	for i := range p.sums {
		p.sums[i].touch()
	}
	for name, who := range p.partners {
		if own := &who.series[last]; !own.begun || head-own.head >= int64(p.cfg.Bins) {
			delete(p.partners, name)
		}
	}
	return len(p.partners) < p.cfg.Partners
}
