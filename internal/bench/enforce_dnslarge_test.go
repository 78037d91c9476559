package bench

import (
	"fmt"
	"net/netip"
	"time"
)

// large is all with many names in the cold zone.
func (s *resolvers) large(n int) {
	names := numbered("cold", n)
	sample := sampled(names, 1000)
	began := time.Now()
	var last time.Time
	for part := names; len(part) > 0; part = part[min(len(part), bulkMost):] {
		last = s.bulk(part[:min(len(part), bulkMost)])
	}
	for i, took := range untilAll(s.engines, last, true, sample...) {
		s.remark("%s: %s names through the API took %s; %s later the engine had the last", s.engines[i].engine, amount(float64(n)), last.Sub(began).Round(time.Millisecond), took.Round(time.Millisecond))
	}
	s.settle(s.hub)
	s.hubHolds(fmt.Sprintf("with %s names in force", amount(float64(n))))
	for _, e := range s.engines {
		e.stop()
	}
	own := s.floorOf(numbered("standing", inForce), names, coldTurn, "large")
	s.profiled(s.hub, "fromnothing", func() { s.fromNothing(n, sample) })
	s.settle(s.hub)
	var push, gone [][]time.Duration
	turned := s.coldTurns()
	s.profiled(s.hub, "cold", func() { push, gone = s.turns(coldTurn, coldCycle) })
	recalled := make([][]time.Duration, len(s.engines))
	for _, name := range sampled(names, coldTurn) {
		s.note(recalled, untilAll(s.engines, s.recall(s.coordinator, name), false, name))
	}
	s.remark("BIND took in the cold zone %d times during these turns", s.coldTurns()-turned)
	for i, engine := range s.names {
		what, metric := fmt.Sprintf("%s, %s in force: ", engine, amount(float64(n))), engine+"-cold-"
		s.against(what+"a push", metric+"push", push[i], own[i], 250)
		s.against(what+"a recall", metric+"recall", gone[i], own[i], 250)
		s.against(what+"a recall of an old name", metric+"old-recall", recalled[i], own[i], 250)
	}
	s.hubHolds("at the end")
}

// coldTurns is how often BIND says that it has taken in the cold zone.
func (s *resolvers) coldTurns() (n int) {
	for _, e := range s.engines {
		n += e.said.count("zone tocsin.rpz/IN: transferred serial")
	}
	return n
}

const (
	bulkMost = 100_000 // values in one call
	// coldCycle is longer than the three minutes between two turns of the cold zone,
	// which engines work on for seconds: what a push meets then is in the figures.
	coldCycle = 200 * time.Second
)

// sampled are n of the names, evenly spread.
func sampled(names []string, n int) []string {
	some := make([]string, 0, n)
	for i := range n {
		some = append(some, names[i*len(names)/n])
	}
	return append(some, names[len(names)-1])
}

// fromNothing starts the engines one after the other, and holds against the
// engine's own time with the same names how long each takes to have them all.
func (s *resolvers) fromNothing(n int, sample []string) {
	for i, name := range s.names {
		e := s.place(name, s.engines[i].at)
		s.engines[i] = e
		e.followHub(s.hub, s.viewer, s.upstream)
		took := e.until(true, sample...).Sub(e.began)
		own := s.loads[name]
		s.add(figure{
			what: fmt.Sprintf("%s, %s names from nothing", name, amount(float64(n))), unit: "s", metric: name + "-from-nothing/limit",
			value: took.Seconds(), against: 1.2 * own.Seconds(), note: fmt.Sprintf("engine alone %s s: %.2f times", amount(own.Seconds()), took.Seconds()/own.Seconds()),
		})
	}
}

// floorOf is what the engines need by themselves for a change of one name, and
// notes how long they take to load.
func (s *resolvers) floorOf(hot, cold []string, turns int, kind string) [][]time.Duration {
	f := startFloor(s.run, hot, cold)
	all := append(sampled(hot, 100), sampled(append(hot[:1:1], cold...), 1000)...)
	engines := make([]*resolver, len(s.names))
	for i, name := range s.names {
		engines[i] = s.place(name, netip.AddrPort{})
		engines[i].followFloor(f, s.upstream)
		s.loads[name] = engines[i].until(true, all...).Sub(engines[i].began)
	}
	took := make([][]time.Duration, len(engines))
	for i := range turns {
		name := fmt.Sprintf("%s%d.evil.example", kind, i)
		for _, gone := range []bool{false, true} {
			notify := f.change(name, gone)
			began := time.Now()
			for _, e := range engines {
				go notify(e)
			}
			s.note(took, untilAll(engines, began, !gone, name))
		}
	}
	for _, e := range engines {
		e.stop()
	}
	return took
}
