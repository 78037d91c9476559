package outbreak

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
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
	test     test
	seed     uint64
	contacts generations[uint64, struct{}]
	walks    generations[walker, *walk]
	hosts    generations[netip.Addr, *host]
	values   generations[observable.Value, *trace]
	suspects generations[observable.Value, *suspect]
	ports    map[uint16]*scans // at most 65,536, and only those that were scanned
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

// scans is what is known of one port.
type scans struct {
	recent      []netip.Addr // the hosts flagged last, oldest first
	sources     int
	contacts    int
	first, last time.Time
	reported    int // sources in the last report
	reportedAt  time.Time
}

// NewDetector makes a detector that knows nothing yet.
func NewDetector(cfg DetectorConfig) *Detector {
	cfg = cfg.withDefaults()
	return &Detector{
		cfg: cfg, test: newTest(cfg), seed: rand.Uint64(),
		contacts: newGenerations[uint64, struct{}](cfg.MaxContacts),
		walks:    newGenerations[walker, *walk](cfg.MaxSources),
		hosts:    newGenerations[netip.Addr, *host](cfg.MaxHosts),
		values:   newGenerations[observable.Value, *trace](cfg.MaxValues),
		suspects: newGenerations[observable.Value, *suspect](cfg.MaxSuspects),
		ports:    make(map[uint16]*scans),
	}
}

// Contact notes that source tried to reach target on a port, and whether it
// failed: no answer, or a refusal. Only the first contact with a target says
// anything; later ones are ignored, and so is what has no address or no time.
func (d *Detector) Contact(source, target netip.Addr, port uint16, failed bool, at time.Time) {
	if !source.IsValid() || at.IsZero() || !d.firstContact(source, target, port) {
		return
	}
	key := walker{source, port}
	w, ok := d.walks.get(key)
	if !ok {
		w = &walk{}
		d.walks.put(key, w)
	}
	if !w.flagged.IsZero() {
		if at.Sub(w.flagged) < d.cfg.Window {
			d.ports[port].contact(at)
			return
		}
		w.ratio, w.flagged = 0, time.Time{}
	}
	if d.test.step(w, failed, at) {
		d.flag(source, port, w, at)
	}
}

// flag makes the source a scanner on the port and judges what it showed.
func (d *Detector) flag(source netip.Addr, port uint16, w *walk, at time.Time) {
	s := d.ports[port]
	if s == nil {
		s = &scans{first: w.began}
		d.ports[port] = s
	}
	if !w.known {
		w.known = true
		s.sources++
	}
	s.contact(at)
	w.flagged = at
	s.recent = slices.DeleteFunc(s.recent, func(a netip.Addr) bool { return a == source })
	s.recent = appendBounded(s.recent, source, recentFlagged)

	h := d.host(source)
	h.setFlag(flag{port: port, began: w.began, at: at})
	for _, v := range h.shown {
		if t, ok := d.values.get(v.value); ok {
			d.judge(t, port, at)
		}
	}
}

func (s *scans) contact(at time.Time) {
	s.contacts++
	s.last = later(s.last, at)
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
		if f.port == port && at.Sub(f.at) < d.cfg.Window {
			return f, true
		}
	}
	return flag{}, false
}

// Evicted counts what was forgotten for want of room, by kind of memory. A
// figure that grows fast means that the bounds are too small for the network.
func (d *Detector) Evicted() map[string]uint64 {
	return map[string]uint64{
		"contacts": d.contacts.evicted, "sources": d.walks.evicted, "hosts": d.hosts.evicted,
		"values": d.values.evicted, "suspects": d.suspects.evicted,
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
