package exercise

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// Warning is how early the alarm of a push comes, over seeds.
type Warning struct {
	Scenario  string                    `json:"scenario"`
	Seeds     int                       `json:"seeds"`
	Rung      int                       `json:"rung"`       // seeds with an alarm
	False     int                       `json:"false"`      // of them, those in which the same hub rings by then without the worm, too
	BeforeOne int                       `json:"before_1pc"` // of them, those that are not false and before 1 per cent of the susceptible were infected
	BeforeTwo int                       `json:"before_2pc"`
	RungBy    map[outbreak.Evidence]int `json:"rung_by"`
	Share     Quantiles                 `json:"share"`   // of the susceptible, infected at the alarm
	After     Quantiles                 `json:"after_s"` // since the first infection
}

// EarlyWarning plays a scenario with a push until the alarm, or to its end where
// there is none. Whether the worm had any part in an alarm is asked by playing the
// same seed without it until then.
func EarlyWarning(ctx context.Context, s Scenario, seeds []uint64) (Warning, error) {
	if err := s.Validate(); err != nil {
		return Warning{}, fmt.Errorf("measure early warning: %w", err)
	}
	rung, without := make([]result, len(seeds)), make([]bool, len(seeds))
	jobs := make([]func(), 0, len(seeds))
	goes := Player{}.goes(ctx)
	for i, seed := range seeds {
		jobs = append(jobs, func() {
			rung[i] = untilAlarm(goes, s, seed, push)
			without[i] = withoutWorm(goes, s, seed, push, rung[i].alarm)
		})
	}
	parallel(jobs)
	if err := ctx.Err(); err != nil {
		return Warning{}, fmt.Errorf("measure early warning in %q: %w", s.Name, err)
	}
	w := Warning{Scenario: s.Name, Seeds: len(seeds), RungBy: map[outbreak.Evidence]int{}}
	var shares, after []float64
	for i, r := range rung {
		if !r.alarm.rung {
			continue
		}
		if without[i] {
			w.False++
		}
		share := float64(r.alarm.infected) / float64(max(r.susceptible, 1))
		w.Rung++
		w.RungBy[r.alarm.by]++
		if share < 0.01 && !without[i] {
			w.BeforeOne++
		}
		if share < 0.02 && !without[i] {
			w.BeforeTwo++
		}
		shares, after = append(shares, share), append(after, r.alarm.at-r.first)
	}
	w.Share, w.After = quantiles(shares, len(seeds)), quantiles(after, len(seeds))
	return w, nil
}

// Pooled is the time to alarm of so many partners that pool what they count of
// scans from outside, against the same partners each alone.
type Pooled struct {
	Scenario string    `json:"scenario"`
	Partners int       `json:"partners"`
	Seeds    int       `json:"seeds"`
	Together Quantiles `json:"together_s"` // since the first infection, over seeds
	Alone    Quantiles `json:"alone_s"`    // of each seed's median partner; none: never within the scenario
	Faster   Quantiles `json:"faster"`     // alone over together, seed by seed
	// The same alarms, by what share of the susceptible was infected then: alone
	// over together.
	Fewer Quantiles `json:"fewer"`
	Share Quantiles `json:"together_share"` // of the susceptible, infected at the alarm of all together
}

// Pooling plays a scenario in which nobody is protected and everybody counts
// scans from outside; it asks the estimator of all together, where one partner
// less must not matter, and one estimator for each of some dozens of the partners alone, evenly from the list.
func Pooling(ctx context.Context, s Scenario, seeds []uint64) (Pooled, error) {
	if err := s.Validate(); err != nil {
		return Pooled{}, fmt.Errorf("measure pooling: %w", err)
	}
	if s.Network.Monitored == 0 {
		return Pooled{}, fmt.Errorf("measure pooling in %q: network.monitored_per_host is zero: nobody counts", s.Name)
	}
	s.Defence.TakingPart = 1
	heard := make([]hearing, len(seeds))
	jobs := make([]func(), 0, len(seeds))
	for i, seed := range seeds {
		jobs = append(jobs, func() { heard[i] = hear(ctx, s, seed) })
	}
	parallel(jobs)
	if err := ctx.Err(); err != nil {
		return Pooled{}, fmt.Errorf("measure pooling in %q: %w", s.Name, err)
	}
	var together, alone, faster, fewer, share []float64
	for _, h := range heard {
		if h.together.at > 0 {
			together = append(together, h.together.at)
			share = append(share, float64(h.together.infected)/float64(max(h.susceptible, 1)))
		}
		if h.alone.at > 0 {
			alone = append(alone, h.alone.at)
		}
		if h.together.at > 0 && h.alone.at > 0 {
			faster = append(faster, h.alone.at/h.together.at)
			fewer = append(fewer, float64(h.alone.infected)/float64(h.together.infected))
		}
	}
	n := len(seeds)
	return Pooled{
		Scenario: s.Name, Partners: s.Partners, Seeds: n,
		Together: quantiles(together, n), Alone: quantiles(alone, n), Faster: quantiles(faster, n), Fewer: quantiles(fewer, n), Share: quantiles(share, n),
	}, nil
}

// hearing is when the trend was heard in one seed.
type hearing struct {
	together, alone heard
	susceptible     int
}

// heard is one alarm; the zero value is none.
type heard struct {
	at       float64 // seconds since the first infection
	infected int
}

// sampled is about how many partners are asked alone: every fourth of 256.
const sampled = 64

// hear plays one seed until the median partner alone has heard the trend.
func hear(ctx context.Context, s Scenario, seed uint64) (h hearing) {
	w := s.World(seed)
	h.susceptible = w.susceptible
	ms := members(w, 1)
	all := newInbound(w, push, ms)
	var each []*inbound
	for i := 0; i < len(ms); i += (len(ms) + sampled - 1) / sampled {
		each = append(each, all.only(i))
	}
	var done []heard
	half := (len(each) + 1) / 2
	for ctx.Err() == nil && (len(done) < half || h.together.at == 0) && w.next() {
		first, _ := w.epidemic.First()
		now := (time.Duration(w.tick) * w.step).Seconds()
		found := heard{at: now - first.Seconds(), infected: w.Infected()}
		if h.together.at == 0 {
			if _, ok := all.after(now); ok {
				h.together = found
			}
		}
		each = slices.DeleteFunc(each, func(in *inbound) bool {
			_, ok := in.after(now)
			if ok {
				done = append(done, found)
			}
			return ok
		})
	}
	if len(done) >= half {
		h.alone = done[half-1]
	}
	return h
}
