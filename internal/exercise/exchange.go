package exercise

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/epidemic"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// flagged is how many scanning hosts make a partner report.
const flagged = 3

// growth is how often an edge repeats what goes on, in seconds.
const growth = 300

// exchange is who has told and been told what, under one way of sharing. Times
// are in seconds since the start.
type exchange struct {
	world   *World
	way     mode
	rule    outbreak.Config
	kind    outbreak.Evidence // what the rule is asked about
	members []member
	noticed []float64 // per site: when its scanning hosts were flagged; infinite: not yet
	told    []float64 // per site: up to when it has told the hub; below zero: nothing
	uploads calendar
	applies calendar
	known   []outbreak.Observation
	inbound *inbound // nil: nobody counts scans from outside
	alarm   alarm
}

// alarm is what came of the evidence, in seconds since the start.
type alarm struct {
	rung      bool
	by        outbreak.Evidence
	seen      float64 // when the partners had what satisfied the rule
	at        float64 // when it was at the hub
	infected  int     // then
	decided   float64
	delivered float64 // median over those who take part
	applied   float64 // likewise
}

func newExchange(w *World, way mode, rule outbreak.Config, detector outbreak.DetectorConfig) *exchange {
	n := len(w.sites)
	step := w.step.Seconds()
	x := &exchange{
		world: w, way: way, rule: rule, kind: outbreak.Scans, members: members(w, detector.Contacts(w.scenario.Worm.ScansFailing)),
		noticed: make([]float64, n), told: make([]float64, n),
		uploads: newCalendar(step), applies: newCalendar(step),
	}
	for i := range n {
		x.noticed[i], x.told[i] = math.Inf(1), -1
	}
	// A value that scanning hosts share is evidence of a second kind; a worm that
	// has none rings by its scans alone.
	if w.scenario.Worm.KillSwitch != "" || w.scenario.Worm.SHA256 != "" {
		x.rule, x.kind = rule.OfValue(), outbreak.Suspects
	}
	if w.scenario.Network.Monitored > 0 && !way.never {
		x.inbound = newInbound(w, way, x.members)
	}
	return x
}

// after does what is due at the end of the world's last step. What is in force
// now counts from the next step on.
func (x *exchange) after() {
	tick := x.world.tick
	now := float64(tick) * x.world.step.Seconds()
	x.notice(now)
	if !x.way.never && !x.alarm.rung {
		for _, site := range x.uploads.take(tick) {
			if x.upload(int(site), now); x.alarm.rung {
				break
			}
		}
	}
	if x.inbound != nil && !x.alarm.rung {
		if seen, ok := x.inbound.after(now); ok {
			x.ring(outbreak.Inbound, seen, now)
		}
	}
	for _, site := range x.applies.take(tick) {
		x.world.cover(int(site))
	}
}

// notice finds the partners whose hosts began to scan.
func (x *exchange) notice(now float64) {
	if x.alarm.rung && x.world.scenario.Defence.Alone.Median == 0 {
		return // nothing follows from it any more
	}
	for _, i := range x.world.epidemic.Touched() {
		if !math.IsInf(x.noticed[i], 1) || x.world.epidemic.At(i).Infected < flagged {
			continue
		}
		m := &x.members[i]
		x.noticed[i] = now + m.detection
		x.applies.add(x.noticed[i]+m.alone+m.applied, i)
		if m.takesPart && !x.way.never && !x.alarm.rung {
			_, arrives := m.sends(x.way, x.noticed[i])
			x.uploads.add(arrives, i)
		}
	}
}

// upload tells the hub what a site has observed since it last did, asks its
// rule, and plans the next time.
func (x *exchange) upload(i int, now float64) {
	s, m := &x.world.sites[i], &x.members[i]
	at := x.noticed[i]
	if x.told[i] >= 0 {
		at = x.told[i] + growth
	}
	for sent := now - x.transit(m); at <= sent+1e-6; at += growth {
		x.known = append(x.known, outbreak.Observation{
			Partner: access.PartnerID("partner-" + strconv.Itoa(i)), Sector: s.Sector, Country: s.Country,
			At: x.world.scenario.Start.Add(seconds(at)), Sources: flagged,
		})
		x.told[i] = at
	}
	if run, ok := x.rule.Corroborated(x.known); ok {
		x.ring(x.kind, run[len(run)-1].At.Sub(x.world.scenario.Start).Seconds(), now)
		return
	}
	x.forget(now)
	_, arrives := m.sends(x.way, max(x.told[i]+growth, now))
	x.uploads.add(max(arrives, now+x.world.step.Seconds()), i)
}

// forget drops what can no longer be within the rule's window of what may still
// arrive.
func (x *exchange) forget(now float64) {
	const window = 3600 // seconds, of outbreak.Config
	limit := x.world.scenario.Start.Add(seconds(now - 2*window - x.way.period.Seconds()))
	x.known = slices.DeleteFunc(x.known, func(o outbreak.Observation) bool { return o.At.Before(limit) })
}

// transit is how long what arrives has been under way, in seconds.
func (x *exchange) transit(m *member) float64 {
	if x.way.period == 0 {
		return m.up
	}
	return 0
}

// ring raises the alarm: it is decided, delivered and applied from here on.
func (x *exchange) ring(by outbreak.Evidence, seen, now float64) {
	r := epidemic.Stream(x.world.seed, streamHub)
	a := alarm{rung: true, by: by, seen: seen, at: now, infected: x.world.Infected()}
	a.decided = now + x.world.scenario.Defence.Decision.at(r.NormFloat64())
	var arrivals, inForce []float64
	for i := range x.members {
		m := &x.members[i]
		if !m.takesPart {
			continue
		}
		arrives := m.gets(x.way, a.decided)
		arrivals, inForce = append(arrivals, arrives), append(inForce, arrives+m.applied)
		// What arrives now can be in force at the end of the next step at the earliest.
		x.applies.add(max(arrives+m.applied, now), i)
	}
	if len(arrivals) > 0 {
		slices.Sort(arrivals)
		slices.Sort(inForce)
		middle := rank(0.5, len(arrivals))
		a.delivered, a.applied = arrivals[middle], inForce[middle]
	}
	x.alarm = a
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
