package scan

import (
	"net/netip"
	"time"
)

// Flag says that a host scans a port.
type Flag struct {
	Began time.Time // the first failure of the walk that flagged it, to the microsecond
	At    time.Time // when it was flagged, to the second
}

// Flagged is a host's flag on a port, if it is in force at a time: within a
// window of it, before or after.
func (d *Detector) Flagged(source netip.Addr, port uint16, at time.Time) (Flag, bool) {
	if !source.IsValid() {
		return Flag{}, false
	}
	from := addressOf(source)
	w := d.side(!d.own.has(from)).sources.find(d.sourceKey(from, port))
	if w == nil || !d.inForce(w, at.Unix()) {
		return Flag{}, false
	}
	flagged := at.Unix() + int64(int32(w.flagged-uint32(at.Unix())))
	return Flag{Began: time.UnixMicro(w.began).UTC(), At: time.Unix(flagged, 0).UTC()}, true
}

// Own says that an address is one of the partner's.
func (d *Detector) Own(a netip.Addr) bool { return a.IsValid() && d.own.has(addressOf(a)) }

// scanning says whether a source is a scanner. Its walk begins anew where the
// flag is no longer in force.
func (d *Detector) scanning(w *walk, second int64) bool {
	if w.state&scanner == 0 {
		return false
	}
	if d.inForce(w, second) {
		return true
	}
	w.state &^= benign | scanner
	w.ratio, w.dark = 0, 0
	return false
}

func (d *Detector) inForce(w *walk, second int64) bool {
	return w.state&scanner != 0 && int64(apart(uint32(second), w.flagged)) < d.window
}

// flag makes the source a scanner, unless it is one.
func (d *Detector) flag(w *walk, port uint16, inbound bool, at time.Time) bool {
	if d.scanning(w, at.Unix()) {
		return false
	}
	if w.ratio <= 0 {
		w.began = at.UnixMicro() // without a failure of late
	}
	p := d.port(port, inbound, at)
	if p.Sources == 0 && p.Dark == 0 {
		p.First = time.UnixMicro(min(w.began, at.UnixMicro())).UTC() // the clock may have gone back since
	}
	if since := uint32(p.First.Unix()); w.flagged == 0 || int32(w.flagged-since) < 0 {
		p.Sources++
		p.Fresh++
	}
	p.Contacts++
	w.flagged = max(uint32(at.Unix()), 1)
	w.state |= scanner
	return true
}
