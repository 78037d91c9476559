package rpz

import (
	"cmp"
	"net"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// record is one record of the zone, small enough to keep a million of them.
type record struct {
	name   string     // relative to the zone, lower case
	wild   bool       // the owner is "*." and the name
	answer netip.Addr // an address record; without one, a CNAME:
	pass   bool       // "CNAME rpz-passthru." instead of "CNAME ."
}

// rr writes the record for the wire.
func (r record) rr(zone string, ttl uint32) dns.RR {
	owner := r.name + "." + zone
	if r.wild {
		owner = "*." + owner
	}
	if r.answer.IsValid() {
		return addressRR(owner, r.answer, ttl)
	}
	target := "."
	if r.pass {
		target = "rpz-passthru."
	}
	return &dns.CNAME{Hdr: header(owner, dns.TypeCNAME, ttl), Target: target}
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

// compare orders records so that what is beneath a name follows it.
func (r record) compare(o record) int {
	if c := compareNames(r.name, o.name); c != 0 {
		return c
	}
	return cmp.Or(compareBools(r.wild, o.wild), r.answer.Compare(o.answer), compareBools(r.pass, o.pass))
}

// compareNames compares from the last character to the first, the dot before
// all others: a name comes before all names beneath it, and these before any other.
func compareNames(a, b string) int {
	for i, j := len(a)-1, len(b)-1; i >= 0 && j >= 0; i, j = i-1, j-1 {
		switch {
		case a[i] == b[j]:
		case a[i] == '.':
			return -1
		case b[j] == '.':
			return 1
		default:
			return cmp.Compare(a[i], b[j])
		}
	}
	return cmp.Compare(len(a), len(b))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Timers of the SOA, in seconds, chosen for protections:
//
//   - refresh: a NOTIFY that never arrived costs at most a minute; the price
//     is one small UDP query a minute from each resolver.
//   - retry: after an outage of the hub resolvers are back within 10 s.
//   - expire: how long a resolver goes on without the hub. When it passes, BIND
//     drops the zone and fails open: every block is gone, and so is the answer
//     of a kill switch. The longer it is, the longer a resolver that is cut
//     off enforces what has been recalled or has expired. Three days are a long
//     weekend without anyone to repair the hub.
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

// parent is the name above.
func parent(name string) (string, bool) {
	_, up, ok := strings.Cut(name, ".")
	return up, ok
}
