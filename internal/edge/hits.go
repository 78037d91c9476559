package edge

import (
	"net/netip"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// hits are the sightings of indicators since the last report.
type hits map[observable.Value]*hit

type hit struct {
	sighting sighting.Sighting
	hosts    map[netip.Addr]struct{}
	unnamed  int    // hosts behind what was seen before the indicator was known
	event    uint64 // the last one that counted
	quiet    bool   // nothing was seen in a batch
}

// maxHosts bounds the memory for one indicator's distinct hosts; beyond it the
// count of hosts is a lower bound.
const maxHosts = 4096

// add counts an event for an indicator, once however often it is seen there. It
// says whether it is the first, which is told at once. The first of a report
// has fields attached, if the owner wants any to be. indicator is the STIX id of
// the one that was hit, if it has one.
func (h hits) add(v observable.Value, indicator string, event uint64, host netip.Addr, at time.Time, attached func() map[string]string) (first bool) {
	one, first := h.of(v)
	if one.event == event {
		return false
	}
	one.event = event
	if one.sighting.Of == "" {
		one.sighting.Of = strings.Clone(indicator)
	}
	one.span(at, at)
	one.sighting.Count++
	if one.sighting.Attached == nil && attached != nil {
		one.sighting.Attached = attached()
	}
	if len(one.hosts) < maxHosts {
		one.hosts[host] = struct{}{}
	}
	return first
}

// addPast counts what was seen before the indicator was known.
func (h hits) addPast(v observable.Value, indicator string, p hindsight.Past) {
	one, _ := h.of(v)
	if one.sighting.Of == "" {
		one.sighting.Of = indicator
	}
	one.span(p.First, p.Last)
	one.sighting.Count += int(min(p.Count, 1<<40))
	one.unnamed = max(one.unnamed, p.Hosts)
}

func (h hits) of(v observable.Value) (one *hit, first bool) {
	if one, ok := h[v]; ok {
		return one, false
	}
	v.Text = strings.Clone(v.Text) // it may be the index's or a record's
	one = newHit(v)
	h[v] = one
	return one, true
}

func newHit(v observable.Value) *hit {
	return &hit{sighting: sighting.Sighting{Value: v, Basis: sighting.Indicator}, hosts: map[netip.Addr]struct{}{}}
}

func (one *hit) span(first, last time.Time) {
	s := &one.sighting
	if s.Count == 0 || first.Before(s.FirstSeen) {
		s.FirstSeen = first
	}
	if last.After(s.LastSeen) {
		s.LastSeen = last
	}
}

// take gives everything that has been seen since the last time: how far the
// sensors were read is kept with it, so that nothing may stay behind. What was
// quiet for a whole batch is forgotten, so that the next one is a first again.
func (h hits) take(batch bool) []sighting.Sighting {
	taken := make([]sighting.Sighting, 0, len(h))
	for v, one := range h {
		if one.sighting.Count == 0 {
			if batch && one.quiet {
				delete(h, v)
			}
			one.quiet = one.quiet || batch
			continue
		}
		one.sighting.Hosts = max(len(one.hosts), one.unnamed)
		taken = append(taken, one.sighting)
		next := newHit(v)
		next.event = one.event
		*one = *next
	}
	return taken
}
