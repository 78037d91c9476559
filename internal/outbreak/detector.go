package outbreak

import (
	"net/netip"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak/scan"
)

// memory of one host, one value and one port: what suffices to judge a value.
const (
	shownByHost   = 32 // values that a host showed last
	hostsOfValue  = 64 // more hosts than that make a value popular
	recentFlagged = 64 // hosts flagged last on a port
)

// Detector watches one partner's telemetry for hosts that scan and for what
// they have in common. The package comment has its rules. It belongs to one
// goroutine.
type Detector struct {
	cfg      DetectorConfig
	scans    *scan.Detector
	recent   map[uint16][]netip.Addr // the partner's hosts flagged last on a port, oldest first
	hosts    generations[netip.Addr, *host]
	values   generations[observable.Value, *trace]
	suspects generations[observable.Value, *suspect]
}

// host is what is remembered of one of the partner's hosts.
type host struct {
	shown []shown // the last shownByHost, oldest first
	flags []flag  // one a port, in the order of flagging
}

type shown struct {
	value observable.Value
	last  time.Time
}

// flag says that the host scans a port.
type flag struct {
	port      uint16
	began, at time.Time
}

// NewDetector makes a detector that knows nothing yet.
func NewDetector(cfg DetectorConfig) *Detector {
	cfg = cfg.withDefaults()
	return &Detector{
		cfg: cfg, scans: scan.New(cfg.scan()), recent: make(map[uint16][]netip.Addr),
		hosts:    newGenerations[netip.Addr, *host](cfg.MaxHosts),
		values:   newGenerations[observable.Value, *trace](cfg.MaxValues),
		suspects: newGenerations[observable.Value, *suspect](cfg.MaxSuspects),
	}
}

// Contact notes that source tried to reach target on a port, and whether it
// failed: no answer, or a refusal. What has no address or no time is ignored.
func (d *Detector) Contact(source, target netip.Addr, port uint16, failed bool, at time.Time) {
	for _, known := range d.cfg.Scanners {
		if known.Contains(source) {
			return
		}
	}
	if d.scans.Contact(source, target, port, failed, at) && d.scans.Own(source) {
		d.flag(source, port, at)
	}
}

// Scanning are the partner's hosts that were flagged last on a port, oldest first.
func (d *Detector) Scanning(port uint16) []netip.Addr { return slices.Clone(d.recent[port]) }

// flag notes that one of the partner's hosts scans a port, and judges what it
// showed.
func (d *Detector) flag(source netip.Addr, port uint16, at time.Time) {
	recent := slices.DeleteFunc(d.recent[port], func(a netip.Addr) bool { return a == source })
	d.recent[port] = appendBounded(recent, source, recentFlagged)

	began := at
	if f, ok := d.scans.Flagged(source, port, at); ok {
		began = f.Began
	}
	h := d.host(source)
	h.setFlag(flag{port: port, began: began, at: at})
	for _, v := range h.shown {
		if t, ok := d.values.get(v.value); ok {
			d.judge(t, port, at)
		}
	}
}

func (d *Detector) host(a netip.Addr) *host {
	h, ok := d.hosts.get(a)
	if !ok {
		h = &host{}
		d.hosts.put(a, h)
	}
	return h
}

func (h *host) setFlag(f flag) {
	for i := range h.flags {
		if h.flags[i].port == f.port {
			h.flags[i] = f
			return
		}
	}
	h.flags = appendBounded(h.flags, f, 16)
}

// flagOn is the host's flag on a port, if it is in force.
func (d *Detector) flagOn(a netip.Addr, port uint16, at time.Time) (flag, bool) {
	h, ok := d.hosts.get(a)
	if !ok {
		return flag{}, false
	}
	for _, f := range h.flags {
		if f.port == port && at.Sub(f.at).Abs() < d.cfg.Window {
			return f, true
		}
	}
	return flag{}, false
}

// Evicted counts what was forgotten for want of room, by kind of memory. A
// figure that grows fast means that the bounds are too small for the network.
func (d *Detector) Evicted() map[string]uint64 {
	lost := d.scans.Forgotten()
	return map[string]uint64{
		"contacts": lost.Contacts, "sources": lost.Sources, "sketches": lost.Sketches,
		"hosts": d.hosts.evicted, "values": d.values.evicted, "suspects": d.suspects.evicted,
	}
}

// appendBounded appends and drops the first element where there are more than limit.
func appendBounded[T any](list []T, v T, limit int) []T {
	if len(list) >= limit {
		copy(list, list[1:])
		list = list[:len(list)-1]
	}
	return append(list, v)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
