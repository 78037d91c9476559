package feed

import (
	"net/netip"
	"slices"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// verdict is why a protection in force by its decision is not put in force.
func (l *Live) verdict(p *protect.Protection) string {
	if p.Polarity == protect.Block {
		if reason := l.guard.refuses(p.Value); reason != "" {
			return reason
		}
	}
	return l.refuse(*p)
}

// judgeMusts brings the guard up to date with the must-resolves among what was
// touched, and touches what they let go or no longer do.
func (l *Live) judgeMusts() {
	var moved []*protect.Protection
	for _, i := range l.changes.touched {
		s := &l.slots.at[i]
		old, next := l.changes.was[i], (*protect.Protection)(nil)
		if old != nil && old.Polarity != protect.MustResolve {
			old = nil
		}
		if s.p.Polarity == protect.MustResolve && inForce(s.p, l.now) && l.refuse(*s.p) == "" {
			next = s.p
		}
		if old == next {
			continue
		}
		if old != nil {
			l.guard.count(old, -1)
			moved = append(moved, old)
		}
		if next != nil {
			l.guard.count(next, 1)
			moved = append(moved, next)
		}
	}
	if len(moved) == 0 {
		return
	}
	l.beneath = ancestors(l.guard.names)
	for _, p := range moved {
		names, addresses := held(p)
		for _, name := range names {
			l.touchName(name)
		}
		for _, prefix := range addresses {
			l.touchAddresses(prefix)
		}
	}
	l.touchURLs(moved)
}

// touchName has the block of a name judged, and counts those of the names above
// it as changed: what is excepted from them is.
func (l *Live) touchName(name string) {
	if i, ok := l.slots.find(observable.Value{Type: observable.Domain, Text: name}); ok {
		l.touch(i)
	}
	for up, ok := parent(name); ok; up, ok = parent(up) {
		i, known := l.slots.find(observable.Value{Type: observable.Domain, Text: up})
		if known && l.slots.at[i].p.Polarity == protect.Block && !l.slots.at[i].p.Exact {
			l.touch(i)
			l.slots.at[i].again = true
		}
	}
}

// touchAddresses has the addresses and prefixes that overlap one judged. A
// single address is looked up under every length; what must resolve as a prefix,
// which hardly is ever asked for, costs a pass over everything.
func (l *Live) touchAddresses(prefix netip.Prefix) {
	if !prefix.IsSingleIP() {
		for i, s := range l.slots.all() {
			if other, ok := s.p.Prefix(); ok && other.Overlaps(prefix) {
				l.touch(i)
			}
		}
		return
	}
	v := observable.Addr(prefix.Addr(), "")
	if i, ok := l.slots.find(v); ok {
		l.touch(i)
	}
	for bits := range prefix.Bits() {
		wider := netip.PrefixFrom(prefix.Addr(), bits).Masked()
		if i, ok := l.slots.find(observable.Value{Type: v.Type, Text: wider.String()}); ok {
			l.touch(i)
		}
	}
}

func (l *Live) touchURLs(moved []*protect.Protection) {
	var names []string
	var addresses []netip.Prefix
	for _, p := range moved {
		n, a := held(p)
		names, addresses = append(names, n...), append(addresses, a...)
	}
	for i := range l.urls {
		host, _ := l.slots.at[i].p.Host()
		if host.Type == observable.Domain {
			if slices.Contains(names, host.Text) {
				l.touch(i)
			}
		} else if prefix, ok := host.Prefix(); ok && slices.ContainsFunc(addresses, prefix.Overlaps) {
			l.touch(i)
		}
	}
}
