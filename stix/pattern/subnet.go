package pattern

import (
	"fmt"
	"net/netip"
	"strings"
)

// subnet is ISSUBSET and ISSUPERSET (section 9.6.1): whether all addresses of
// one prefix are in another. An address is the prefix that holds it alone;
// IPv4 and IPv6 share none.
type subnet struct {
	prefix   netip.Prefix
	superset bool // the value is to hold the prefix
}

func newSubnet(text string, superset bool) (subnet, error) {
	p, ok := prefixOf(text)
	if !ok {
		return subnet{}, fmt.Errorf("%s is no address and no prefix; write it like 198.51.100.0/24 or 2001:db8::/32", shorten(text))
	}
	return subnet{prefix: p, superset: superset}, nil
}

func (n subnet) holds(v scalar) bool {
	if v.none || v.Kind != String {
		return false
	}
	p, ok := prefixOf(v.Text)
	if n.superset {
		return ok && encloses(p, n.prefix)
	}
	return ok && encloses(n.prefix, p)
}

func encloses(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// prefixOf reads "198.51.100.7" and "198.51.100.0/24". Bits beyond the prefix
// do not count, nor does the zone of an address.
func prefixOf(text string) (netip.Prefix, bool) {
	if strings.IndexByte(text, '/') >= 0 {
		p, err := netip.ParsePrefix(text)
		return p.Masked(), err == nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a.WithZone(""), a.BitLen()), true
}
