package rpz

import (
	"net"
	"net/netip"

	"github.com/miekg/dns"
)

// Timers of the SOA, in seconds, chosen for protections:
//
//   - refresh: a NOTIFY that never arrived costs at most a minute; the price
//     is one small UDP query a minute from each resolver.
//   - retry: after an outage of the hub resolvers are back within 10 s.
//   - expire: how long a resolver goes on without the hub. When it passes, BIND
//     drops the zone and fails open: every block is gone, and so is the answer
//     of a kill switch; Unbound and PowerDNS go on blocking with what they have.
//     The longer it is, the longer a resolver that is cut off enforces what has
//     been recalled or has expired. Three days are a long weekend without anyone
//     to repair the hub.
const (
	soaRefresh = 60
	soaRetry   = 10
	soaExpire  = 3 * 24 * 3600
)

// soa is the zone's SOA; with another owner, that of a must-resolve name, for
// answers without data (RFC 2308).
func soa(owner, zone string, serial, ttl uint32) *dns.SOA {
	return &dns.SOA{
		Hdr: header(owner, dns.TypeSOA, ttl), Ns: "ns." + zone, Mbox: "hostmaster." + zone, Serial: serial,
		Refresh: soaRefresh, Retry: soaRetry, Expire: soaExpire, Minttl: ttl,
	}
}

// ns is the zone's name server record, which DNS demands. It is "localhost."
// as RPZ has it by custom: nothing looks it up, and a name in the zone would
// be one more policy.
func ns(zone string, ttl uint32) *dns.NS {
	return &dns.NS{Hdr: header(zone, dns.TypeNS, ttl), Ns: "localhost."}
}

func addressRR(owner string, a netip.Addr, ttl uint32) dns.RR {
	if a.Is4() {
		return &dns.A{Hdr: header(owner, dns.TypeA, ttl), A: net.IP(a.AsSlice())}
	}
	return &dns.AAAA{Hdr: header(owner, dns.TypeAAAA, ttl), AAAA: net.IP(a.AsSlice())}
}

func header(owner string, t uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: owner, Rrtype: t, Class: dns.ClassINET, Ttl: ttl}
}
