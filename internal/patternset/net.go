package patternset

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/gaissmai/bart"
)

// readNet reads an address or a prefix as patterns do: an address stands for the
// prefix that holds it alone, and what is mapped into IPv6 stays there.
func readNet(text string) (netip.Prefix, bool) {
	if len(text) == 0 || text[0] > 'f' {
		return netip.Prefix{}, false
	}
	if strings.IndexByte(text, '/') >= 0 {
		p, err := netip.ParsePrefix(text)
		return p.Masked(), err == nil
	}
	// Names are spared the parser's error, which is allocated.
	if last := text[len(text)-1]; (last < '0' || last > '9') && strings.IndexByte(text, ':') < 0 {
		return netip.Prefix{}, false
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a.WithZone(""), a.BitLen()), true
}

// netKey is the key of a prefix as a term.
func (p *pathInfo) netKey(kind termKind, net netip.Prefix) uint64 {
	b := net.Addr().As16()
	k := mix(p.salt ^ binary.BigEndian.Uint64(b[:8]) ^ uint64(kind)<<56)
	return mix(k ^ binary.BigEndian.Uint64(b[8:]) ^ uint64(net.Bits())<<48)
}

// appendNets appends the patterns that wait for a prefix that contains the
// path's address or prefix, or lies in it.
func (s *Set) appendNets(patterns []uint32, p *pathInfo, text string) []uint32 {
	within, about := p.inside.Load(), p.around.Load()
	net, ok := readNet(text)
	if !ok {
		return patterns
	}
	if within != nil && (!net.IsSingleIP() || within.Lookup(net.Addr())) {
		for wider := range within.Supernets(net) {
			patterns = s.exact.appendPatterns(patterns, p.netKey(ofInside, wider))
		}
	}
	if about != nil {
		for narrower := range about.Subnets(net) {
			patterns = s.exact.appendPatterns(patterns, p.netKey(ofAround, narrower))
		}
	}
	return patterns
}

// watchNet lets events' addresses be looked up among the prefixes of a term.
func (t term) watchNet() {
	table := t.path.nets(t.kind)
	have := table.Load()
	if have == nil {
		have = &bart.Lite{}
	}
	if !have.Get(t.net) {
		table.Store(have.InsertPersist(t.net))
	}
}

// leaveNet takes a prefix out for which no pattern waits any more.
func (t term) leaveNet() {
	table := t.path.nets(t.kind)
	if have := table.Load(); have != nil {
		table.Store(have.DeletePersist(t.net))
	}
}

func (p *pathInfo) nets(kind termKind) *atomic.Pointer[bart.Lite] {
	if kind == ofAround {
		return &p.around
	}
	return &p.inside
}
