package rpz

import (
	"cmp"
	"net"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// Timers are those of a SOA, whole seconds. The usual ones, in place of zero, are
// chosen for protections:
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
type Timers struct{ Refresh, Retry, Expire time.Duration }

var usualTimers = Timers{Refresh: time.Minute, Retry: 10 * time.Second, Expire: 3 * 24 * time.Hour}

func (t Timers) orUsual() Timers {
	return Timers{cmp.Or(t.Refresh, usualTimers.Refresh), cmp.Or(t.Retry, usualTimers.Retry), cmp.Or(t.Expire, usualTimers.Expire)}
}

// seconds are the timers as they stand in a SOA.
func (t Timers) seconds() [3]uint32 {
	return [3]uint32{uint32(t.Refresh / time.Second), uint32(t.Retry / time.Second), uint32(t.Expire / time.Second)}
}

// soa is the zone's SOA; with another owner, that of a must-resolve name, for
// answers without data (RFC 2308).
func soa(owner, zone string, serial, ttl uint32, t Timers) *dns.SOA {
	n := t.seconds()
	return &dns.SOA{
		Hdr: header(owner, dns.TypeSOA, ttl), Ns: "ns." + zone, Mbox: "hostmaster." + zone, Serial: serial,
		Refresh: n[0], Retry: n[1], Expire: n[2], Minttl: ttl,
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
