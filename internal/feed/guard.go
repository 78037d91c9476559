package feed

import (
	"net/netip"
	"slices"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// guard knows what must not be blocked because something must resolve, and how
// many must-resolves say so.
type guard struct {
	names     map[string]int
	addresses map[netip.Prefix]int
}

func newGuard() guard { return guard{map[string]int{}, map[netip.Prefix]int{}} }

// held is what a must-resolve keeps from being blocked: its name, or a URL's
// host, and its answer.
func held(p *protect.Protection) (names []string, addresses []netip.Prefix) {
	on := p.Value
	if host, ok := p.Host(); ok {
		on = host // a URL whose host cannot be told holds none
	}
	if on.Type == observable.Domain {
		names = append(names, on.Text)
	}
	for _, v := range []observable.Value{on, {Type: observable.IPv4, Text: p.Answer}} {
		if prefix, ok := v.Prefix(); ok {
			addresses = append(addresses, prefix)
		}
	}
	return names, addresses
}

// count adds what a must-resolve holds, or takes it away.
func (g *guard) count(p *protect.Protection, by int) {
	names, addresses := held(p)
	for _, name := range names {
		if g.names[name] += by; g.names[name] == 0 {
			delete(g.names, name)
		}
	}
	for _, prefix := range addresses {
		if g.addresses[prefix] += by; g.addresses[prefix] == 0 {
			delete(g.addresses, prefix)
		}
	}
}

// refuses gives the reason why the value must not be blocked, or "".
func (g *guard) refuses(v observable.Value) string {
	if v.Type == observable.URL {
		host, ok := v.Host()
		if !ok {
			return "it cannot be told whether its host must resolve"
		}
		v = host
	}
	if v.Type == observable.Domain {
		if _, must := g.names[v.Text]; must {
			return v.Text + " must resolve"
		}
	}
	if prefix, ok := v.Prefix(); ok {
		for one := range g.addresses {
			if one.Overlaps(prefix) {
				return g.nearest(prefix).String() + " answers for names that must resolve"
			}
		}
	}
	return ""
}

// nearest is the first of the addresses that overlap a prefix, so that the
// reason is the same each time.
func (g *guard) nearest(prefix netip.Prefix) netip.Prefix {
	var all []netip.Prefix
	for one := range g.addresses {
		if one.Overlaps(prefix) {
			all = append(all, one)
		}
	}
	return slices.MinFunc(all, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
}
