package trend

import (
	"cmp"
	"time"
)

// SurgeConfig tunes a Surge; a zero field means its default.
type SurgeConfig struct {
	Bin time.Duration // 10 min, in whole seconds
	// Warm is 12, at least 1: the first bins, in which the usual is learnt only. A
	// subject that was just heard of for the first time is no surge.
	Warm  int
	CUSUM CUSUMConfig // its Warm is the one above
}

// Surge says when far more is counted of one subject than was usual: a CUSUM
// chart over bins of telemetry time, of about 150 bytes. Bins without a count
// are empty. What is later than the present bin is counted in it.
type Surge struct {
	cfg   SurgeConfig
	chart CUSUM
	begun bool
	bin   int64 // the present one
	count float64
}

// NewSurge makes a chart that has seen nothing.
func NewSurge(cfg SurgeConfig) *Surge {
	cfg.Bin = max(cmp.Or(cfg.Bin, 10*time.Minute), time.Second).Truncate(time.Second)
	cfg.CUSUM.Warm = max(cmp.Or(cfg.Warm, 12), 1)
	return &Surge{cfg: cfg, chart: newCUSUM(cfg.CUSUM)}
}

// Add counts what was seen at a time and says whether the chart signals. What is
// not above zero, or has no time, changes nothing.
func (s *Surge) Add(at time.Time, n int) bool {
	if n > 0 && !at.IsZero() {
		s.Advance(at)
		s.count = min(s.count+float64(n), maxCount)
	}
	return s.Signals()
}

// Advance says that it is so late. Earlier times change nothing.
func (s *Surge) Advance(now time.Time) {
	if now.IsZero() {
		return
	}
	bin := binOf(now, int64(s.cfg.Bin/time.Second))
	if !s.begun {
		s.begun, s.bin = true, bin
	}
	// After so long a gap nothing is usual, and more empty bins say no more.
	for range min(max(bin-s.bin, 0), longestGap) {
		s.chart.Add(s.count)
		s.count = 0
		s.bin++
	}
	s.bin = max(s.bin, bin)
}

// Signals says whether, with what the present bin has so far, the chart does.
func (s *Surge) Signals() bool {
	next := s.chart
	return next.Add(s.count)
}

// Usual is how many are usual in a bin, and the length of bins.
func (s *Surge) Usual() (float64, time.Duration) { return s.chart.mean, s.cfg.Bin }

// Since is when the present excess began: the zero time if there is none.
func (s *Surge) Since() time.Time {
	next := s.chart
	next.Add(s.count)
	if next.since == 0 {
		return time.Time{}
	}
	return time.Unix((s.bin-int64(next.since)+1)*int64(s.cfg.Bin/time.Second), 0).UTC()
}
