package scan

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
)

// address is 128 bits; of IPv4 as IPv6 maps it, so that both have one order.
type address struct{ high, low uint64 }

func addressOf(a netip.Addr) address {
	b := a.As16()
	return address{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

func (a address) less(b address) bool {
	return a.high < b.high || a.high == b.high && a.low < b.low
}

// prefixes are ranges of addresses in order, none touching another.
type prefixes []span

type span struct{ first, last address }

func newPrefixes(list []netip.Prefix) prefixes {
	var all prefixes
	for _, p := range list {
		if p.IsValid() {
			all = append(all, spanOf(p))
		}
	}
	slices.SortFunc(all, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.first.high, b.first.high), cmp.Compare(a.first.low, b.first.low))
	})
	merged := all[:0]
	for _, s := range all {
		if n := len(merged); n > 0 && !merged[n-1].last.less(s.first) {
			if merged[n-1].last.less(s.last) {
				merged[n-1].last = s.last
			}
			continue
		}
		merged = append(merged, s)
	}
	return slices.Clip(merged)
}

func spanOf(p netip.Prefix) span {
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	a := addressOf(p.Addr())
	var host address // the bits that the prefix leaves open
	if bits <= 64 {
		host = address{^uint64(0) >> bits, ^uint64(0)}
	} else {
		host = address{0, ^uint64(0) >> (bits - 64)}
	}
	first := address{a.high &^ host.high, a.low &^ host.low}
	return span{first, address{first.high | host.high, first.low | host.low}}
}

// has says whether an address is in one of the ranges.
func (p prefixes) has(a address) bool {
	low, high := 0, len(p)
	for low < high {
		middle := int(uint(low+high) / 2)
		if p[middle].last.less(a) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low < len(p) && !a.less(p[low].first)
}
