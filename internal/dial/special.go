package dial

import "net/netip"

// block is a range of addresses that are not public, and what it is.
type block struct {
	prefix netip.Prefix
	what   string
}

func blocks(list ...string) (bs []block) {
	for i := 0; i < len(list); i += 2 {
		bs = append(bs, block{netip.MustParsePrefix(list[i]), list[i+1]})
	}
	return bs
}

// never are those that no name of AllowHosts opens: nothing that a hub wants
// to talk to is there, and metadata services hand out credentials to whoever
// reaches them.
var never = blocks(
	"169.254.169.254/32", "the cloud metadata service",
	"169.254.170.2/32", "the cloud metadata service", // of containers
	"168.63.129.16/32", "the cloud metadata service", // a public address that only Azure's machines reach
	"100.100.100.200/32", "the cloud metadata service",
	"192.0.0.192/32", "the cloud metadata service",
	"fd00:ec2::254/128", "the cloud metadata service",
	"fd20:ce::254/128", "the cloud metadata service",
	"0.0.0.0/32", "unspecified, which is this machine",
	"::/128", "unspecified, which is this machine",
	"224.0.0.0/4", "multicast",
	"255.255.255.255/32", "broadcast",
	"ff00::/8", "multicast",
)

// notPublic follows the IANA IPv4 and IPv6 Special-Purpose Address Registries
// (RFC 6890): every block that is not globally reachable, or that leads on to
// an address within another.
var notPublic = blocks(
	"127.0.0.0/8", "loopback",
	"::1/128", "loopback",
	"10.0.0.0/8", "private",
	"172.16.0.0/12", "private",
	"192.168.0.0/16", "private",
	"fc00::/7", "private",
	"fec0::/10", "private", // site-local, RFC 3879
	"169.254.0.0/16", "link-local",
	"fe80::/10", "link-local",
	"100.64.0.0/10", "shared by a provider's customers (CGNAT)",
	"0.0.0.0/8", "of this network",
	"192.0.0.0/24", "reserved for protocols",
	"192.88.99.0/24", "a 6to4 relay",
	"198.18.0.0/15", "for benchmarks",
	"2001:2::/48", "for benchmarks",
	"192.0.2.0/24", "for documentation",
	"198.51.100.0/24", "for documentation",
	"203.0.113.0/24", "for documentation",
	"2001:db8::/32", "for documentation",
	"3fff::/20", "for documentation",
	"240.0.0.0/4", "reserved",
	"64:ff9b:1::/48", "local NAT64",
	"100::/64", "for discarding",
	"2001::/32", "Teredo",
	"2001::/23", "reserved for protocols",
	"::/96", "an IPv4 address in a form no longer used",
	"5f00::/16", "for segment routing",
)

var (
	global6 = netip.MustParsePrefix("2000::/3") // RFC 4291: nothing else is global unicast yet
	nat64   = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4  = netip.MustParsePrefix("2002::/16")
)

// special says what an address is that is not public, and whether it is one
// of those that no name opens; what is empty for public addresses. An IPv4
// address within an IPv6 address counts as itself.
func special(addr netip.Addr) (what string, ever bool) {
	addr = addr.Unmap()
	raw := addr.As16()
	switch {
	case nat64.Contains(addr):
		return within("NAT64", raw[12:])
	case sixTo4.Contains(addr):
		return within("6to4", raw[2:6])
	case addr.Is6() && raw[8]&^2 == 0 && raw[9] == 0 && raw[10] == 0x5e && raw[11] == 0xfe: // RFC 5214, section 6.1
		if what, ever = within("ISATAP", raw[12:]); what != "" {
			return what, ever
		}
	}
	for _, b := range never {
		if b.prefix.Contains(addr) {
			return b.what, true
		}
	}
	for _, b := range notPublic {
		if b.prefix.Contains(addr) {
			return b.what, false
		}
	}
	if !addr.IsValid() || addr.Is6() && !global6.Contains(addr) {
		return "not public", false
	}
	return "", false
}

// within judges an IPv4 address by the form that it is wrapped in.
func within(form string, v4 []byte) (what string, ever bool) {
	inner, _ := netip.AddrFromSlice(v4)
	if what, ever = special(inner); what != "" {
		what = form + " of " + inner.String() + ", " + what
	}
	return what, ever
}
