package soc

import (
	"net/netip"
	"strings"
	"sync"
	"time"
)

// flood tells hits that repeat as one. The first of an indicator and a host is
// told at once and opens a window; those that follow within it are counted, and
// told at its end as one alert with their number, which opens the next window.
// A window without any closes the group.
//
// Groups are bounded. When there are too many, hits of further hosts are
// gathered by indicator alone, the first as any other; beyond twice as many
// groups hits of further indicators are dropped, and counted.
type flood struct {
	window time.Duration
	most   int

	mu     sync.Mutex
	groups map[groupKey]*group
	order  []groupKey // by the beginning of their windows
}

type groupKey struct {
	id    string
	value string // without an id
	host  netip.Addr
}

type group struct {
	last  Alert
	first time.Time // of the telemetry
	count uint64    // since the window began
	began time.Time
}

func newFlood(window time.Duration, most int) *flood {
	return &flood{window: window, most: most, groups: map[groupKey]*group{}}
}

func keyOf(a Alert) groupKey {
	k := groupKey{id: a.Indicator.ID, host: a.affected()}
	if k.id == "" {
		k.value = a.Text
	}
	return k
}

// fold says whether the hit is counted in a group, or is the first of one and
// has to be told. At the hard limit there is neither: it is counted in nothing.
func (f *flood) fold(a Alert, now time.Time) (folded, told bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := keyOf(a)
	g := f.groups[k]
	if g == nil && len(f.groups) >= f.most {
		k.host = netip.Addr{}
		g = f.groups[k]
	}
	if g == nil {
		if len(f.groups) >= 2*f.most {
			return false, false
		}
		k.id, k.value = strings.Clone(k.id), strings.Clone(k.value)
		f.groups[k] = &group{began: now}
		f.order = append(f.order, k)
		return false, true
	}
	if g.count == 0 {
		g.first, g.last = a.first(), a.clone()
	} else {
		// What differs between repeats is kept of the first of them; when the
		// last was seen is what matters.
		if a.Time.After(g.last.Time) {
			g.last.Time = a.Time
		}
		if a.first().Before(g.first) {
			g.first = a.first()
		}
	}
	g.count += a.count()
	return true, false
}

// due takes the alerts of the windows that are over, or of all.
func (f *flood) due(now time.Time, all bool) []Alert {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []Alert
	n := len(f.order)
	for i := range n {
		k := f.order[i]
		g := f.groups[k]
		if now.Sub(g.began) < f.window && !all {
			n = i
			break
		}
		if g.count == 0 || all {
			delete(f.groups, k)
		}
		if g.count == 0 {
			continue
		}
		a := g.last
		a.First, a.Count, a.Window = g.first, g.count, max(now.Sub(g.began), time.Second)
		out = append(out, a)
		if !all {
			*g = group{began: now}
			f.order = append(f.order, k)
		}
	}
	f.order = f.order[n:]
	return out
}
