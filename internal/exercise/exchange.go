package exercise

import (
	"math"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// pushTicks is how long a push takes one way: five seconds, rounded up.
const pushTicks = 1

// exchange is who has told and been told what.
type exchange struct {
	world   *World
	mode    mode
	rule    outbreak.Config
	flagged int             // scanning hosts that make a partner report
	lag     int             // ticks from a host's infection until its scan is flagged
	third   []int           // per site: the tick in which so many were infected; -1: not yet
	phase   []time.Duration // per site, of its polls
	told    []int           // per site: the tick up to which it has uploaded; -1: nothing
	known   []outbreak.Observation
	alarm   int // the tick of the alarm; -1: none
	inForce []bool
}

func newExchange(w *World, m mode, rule outbreak.Config, detector outbreak.DetectorConfig) *exchange {
	n := len(w.sites)
	x := &exchange{
		world: w, mode: m, rule: rule, flagged: 3, alarm: -1,
		third: make([]int, n), phase: make([]time.Duration, n), told: make([]int, n), inForce: make([]bool, n),
	}
	worm, log := &w.scenario.Worm, &w.scenario.Log
	// The detector sees the sample that the sensor logs. A host that never is
	// flagged is flagged after the scenario's end.
	seconds := detector.Contacts(worm.ScansFailing) * log.FlowSampling / worm.ScansPerSecond
	x.lag = int(min(math.Ceil(seconds/Tick.Seconds()), float64(w.ticks+1)))
	for i := range n {
		x.third[i], x.told[i] = -1, -1
		// The same share of each period, so that modes differ in nothing else.
		x.phase[i] = time.Duration(stream(w.seed, streamPolls, uint64(i)).Float64() * float64(m.period))
	}
	return x
}

func (x *exchange) covered(site int) bool { return x.inForce[site] }

// after exchanges what is due at the end of the world's last tick and says
// whether the alarm has been raised. What is told now is in force from the next
// tick on.
func (x *exchange) after() (alarmed bool) {
	if x.mode.never {
		return false
	}
	now := x.world.tick
	for i := range x.world.sites {
		if x.third[i] < 0 && x.world.sites[i].infected >= x.flagged {
			x.third[i] = now
		}
		if x.alarm < 0 && x.uploads(i, now) {
			x.upload(i, now)
		}
	}
	for i := range x.inForce {
		if x.alarm >= 0 && x.downloads(i, now) {
			x.inForce[i] = true
		}
	}
	return x.alarm >= 0
}

func (x *exchange) uploads(site, now int) bool {
	if x.third[site] < 0 || now < x.third[site]+x.lag {
		return false
	}
	if x.mode.period == 0 {
		return now >= x.third[site]+x.lag+pushTicks
	}
	return x.polls(site, now)
}

func (x *exchange) downloads(site, now int) bool {
	if x.mode.period == 0 {
		return now >= x.alarm+pushTicks
	}
	return x.polls(site, now)
}

// polls says whether the site polls in the tick that ends now.
func (x *exchange) polls(site, now int) bool {
	count := func(tick int) int {
		since := time.Duration(tick)*Tick - x.phase[site]
		if since < 0 {
			return 0
		}
		return 1 + int(since/x.mode.period)
	}
	return count(now) > count(now-1)
}

// growth is how often an edge repeats what goes on, in ticks.
const growth = int(5 * time.Minute / Tick)

// upload tells the hub what the site has observed since it last did, and asks
// its rule.
func (x *exchange) upload(site, now int) {
	s := &x.world.sites[site]
	at := x.third[site] + x.lag
	if x.told[site] >= 0 {
		at = x.told[site] + growth
	}
	news := false
	for ; at <= now; at += growth {
		x.known = append(x.known, outbreak.Observation{
			Partner: access.PartnerID("partner-" + strconv.Itoa(site)), Sector: s.Sector, Country: s.Country,
			At: x.world.scenario.Start.Add(time.Duration(at) * Tick),
		})
		x.told[site], news = at, true
	}
	if !news {
		return
	}
	if _, ok := x.rule.OfValue().Corroborated(x.known); ok {
		x.alarm = now
	}
}
