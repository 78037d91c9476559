package outbreak

import (
	"net/netip"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// trace is who showed a value lately.
type trace struct {
	value    observable.Value
	hosts    []showing
	popular  time.Time // until then it is not considered
	count    int       // events since the oldest of hosts
	resolved bool      // a name: an answer other than NXDOMAIN was seen
}

// showing is one host's first and last showing of a value.
type showing struct {
	host        netip.Addr
	first, last time.Time
}

// suspect is a value that met the rule, and what is still to be reported of it.
type suspect struct {
	domain      bool
	resolved    bool
	first, last time.Time          // of what is still to be reported
	count       int                // events since the last report
	fresh       int                // distinct hosts behind them
	hosts       map[netip.Addr]int // the number of the report in which a host counted last
	report      int                // the number of the next report, from 1
	reported    int                // distinct hosts when it was last reported
	reportedAt  time.Time
}

// maxSuspectHosts bounds the memory of one suspect; further hosts are not counted.
const maxSuspectHosts = 1 << 16

// Asked notes that a host asked for a name, and whether the answer was
// NXDOMAIN. The name's text may be reused after the call.
func (d *Detector) Asked(host netip.Addr, name observable.Value, nxdomain bool, at time.Time) {
	d.show(host, name, !nxdomain, at)
}

// File notes that a host received or ran a file with this hash, whose text may
// be reused after the call.
func (d *Detector) File(host netip.Addr, hash observable.Value, at time.Time) {
	d.show(host, hash, false, at)
}

func (d *Detector) show(a netip.Addr, v observable.Value, resolved bool, at time.Time) {
	if !a.IsValid() || at.IsZero() {
		return
	}
	if s, ok := d.suspects.get(v); ok {
		s.resolved = s.resolved || resolved
		s.add(a, 1, at)
		return
	}
	t, ok := d.values.get(v)
	if !ok {
		v.Text = strings.Clone(v.Text) // it may lie in a reader's buffer
		t = &trace{value: v}
		d.values.put(v, t)
	}
	h := d.host(a)
	h.remember(t.value, at)
	t.resolved = t.resolved || resolved
	if at.Before(t.popular) {
		return
	}
	t.count++
	d.note(t, a, at)
	for _, f := range h.flags {
		if at.Sub(f.at).Abs() < d.cfg.Window {
			d.judge(t, f.port, at)
		}
	}
}

func (h *host) remember(v observable.Value, at time.Time) {
	for i := range h.shown {
		if h.shown[i].value == v {
			h.shown[i].last = at
			return
		}
	}
	h.shown = appendBounded(h.shown, shown{v, at}, shownByHost)
}

// note adds a host to those that showed the value, or finds the value popular.
func (d *Detector) note(t *trace, a netip.Addr, at time.Time) {
	for i := range t.hosts {
		if t.hosts[i].host == a {
			t.hosts[i].last = later(t.hosts[i].last, at)
			return
		}
	}
	if len(t.hosts) >= hostsOfValue {
		d.forget(t, at)
	}
	if len(t.hosts) >= hostsOfValue {
		*t = trace{value: t.value, popular: at.Add(d.cfg.Window), resolved: t.resolved}
		return
	}
	t.hosts = append(t.hosts, showing{host: a, first: at, last: at})
}

// forget drops the hosts that have not shown the value within the window.
func (d *Detector) forget(t *trace, at time.Time) {
	kept := t.hosts[:0]
	for _, s := range t.hosts {
		if at.Sub(s.last) < d.cfg.Window {
			kept = append(kept, s)
		}
	}
	if t.hosts = kept; len(kept) == 0 {
		t.count = 0
	}
}

// judge asks whether the value is suspect because of scans of the port.
func (d *Detector) judge(t *trace, port uint16, at time.Time) {
	if at.Before(t.popular) || len(t.hosts) < d.cfg.MinFlagged {
		return
	}
	d.forget(t, at)
	shared := 0
	for _, s := range t.hosts {
		f, ok := d.flagOn(s.host, port, at)
		if ok && !s.first.After(f.began.Add(d.cfg.Lead)) && !s.last.Before(f.began.Add(-d.cfg.Lead)) {
			shared++
		}
	}
	flagged := 0
	for _, a := range d.recent[port] {
		if _, ok := d.flagOn(a, port, at); ok {
			flagged++
		}
	}
	if shared < d.cfg.MinFlagged ||
		float64(shared) < d.cfg.MinShare*float64(len(t.hosts)) ||
		float64(shared) < d.cfg.MinCover*float64(flagged) {
		return
	}
	s := &suspect{domain: t.value.Type == observable.Domain, resolved: t.resolved, hosts: make(map[netip.Addr]int), report: 1}
	for _, showing := range t.hosts {
		s.add(showing.host, 0, showing.first)
		s.add(showing.host, 0, showing.last)
	}
	s.count = t.count
	d.suspects.put(t.value, s)
}

// add counts events of a host.
func (s *suspect) add(a netip.Addr, events int, at time.Time) {
	s.count += events
	s.first, s.last = earlier(s.first, at), later(s.last, at)
	in, known := s.hosts[a]
	if !known && len(s.hosts) >= maxSuspectHosts {
		return
	}
	if in != s.report {
		s.hosts[a] = s.report
		s.fresh++
	}
}
