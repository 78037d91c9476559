package capture_test

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
)

func query(name string, id uint16) []byte {
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	return pack(m)
}

func pack(m dnsmessage.Message) []byte {
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

// answer leads by an alias to two addresses.
func answer(name string, id uint16) []byte {
	head := func(n string, t dnsmessage.Type) dnsmessage.ResourceHeader {
		return dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName(n), Type: t, Class: dnsmessage.ClassINET, TTL: 60}
	}
	return pack(dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, Response: true, RecursionDesired: true, RecursionAvailable: true},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
		Answers: []dnsmessage.Resource{
			{Header: head(name, dnsmessage.TypeCNAME), Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("Alias.Evil.example.")}},
			{Header: head("Alias.Evil.example.", dnsmessage.TypeA), Body: &dnsmessage.AResource{A: [4]byte{203, 0, 113, 66}}},
			{Header: head("Alias.Evil.example.", dnsmessage.TypeAAAA), Body: &dnsmessage.AAAAResource{AAAA: [16]byte{0x20, 1, 0xd, 0xb8, 15: 6}}},
			{Header: head(name, dnsmessage.TypeTXT), Body: &dnsmessage.TXTResource{TXT: []string{"text.example"}}},
		},
	})
}

func nxdomain(name string, id uint16) []byte {
	return pack(dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, Response: true, RCode: dnsmessage.RCodeNameError},
		Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(name), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	})
}

var resolver = netip.MustParseAddrPort("192.0.2.53:53")

func TestDNS(t *testing.T) {
	f := newFilm(t)
	f.udp(client, resolver, query("WWW.Evil.example.", 7))
	f.udp(resolver, client, answer("WWW.Evil.example.", 7))
	f.udp(resolver, client, nxdomain("kill.example.", 8))
	events, r := read(t, f.pcap(0), capture.Options{})
	if len(events) != 3 {
		t.Fatalf("%d events, %+v", len(events), r.Stats())
	}
	for i, e := range events {
		if e.Kind != telemetry.DNS || e.Source != client.Addr() || e.Target != resolver.Addr() || e.TargetPort != 53 || e.Proto != "udp" {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	if e := events[0]; e.DNSAnswer || e.Name != "www.evil.example" {
		t.Errorf("the question: %+v", e)
	}
	if e := events[2]; !e.DNSAnswer || !e.NXDomain || e.Name != "kill.example" {
		t.Errorf("no such name: %+v", e)
	}
	want := []string{
		"src_ip ipv4-addr=192.0.2.10", "dest_ip ipv4-addr=192.0.2.53", "dns.rrname domain-name=www.evil.example",
		"dns.answers.rdata domain-name=alias.evil.example", "dns.answers.rrname domain-name=alias.evil.example",
		"dns.answers.rdata ipv4-addr=203.0.113.66", "dns.answers.rrname domain-name=alias.evil.example", "dns.answers.rdata ipv6-addr=2001:db8::6",
	}
	if diff := cmp.Diff(want, seen(events[1])); diff != "" {
		t.Error(diff)
	}
	for _, s := range events[1].Observables {
		if given := s.Field == "dns.answers.rdata"; s.Answer != given {
			t.Errorf("%s: Answer is %v", s.Field, s.Answer)
		}
	}
	if raw := events[1].Observables[2].Raw; raw != "WWW.Evil.example" {
		t.Errorf("as the message has it: %q", raw)
	}
}

// Off DNS's ports a message is read if it is nothing but a question, or the
// reply to one that was; a look-alike is not.
func TestOtherPorts(t *testing.T) {
	odd := netip.MustParseAddrPort("192.0.2.53:5300")
	other := netip.MustParseAddrPort("192.0.2.53:5301")
	f := newFilm(t)
	f.udp(odd, client, answer("a.example.", 1)) // nobody asked
	f.udp(client, odd, query("a.example.", 2))
	f.udp(odd, client, answer("a.example.", 3))   // another question's
	f.udp(other, client, answer("a.example.", 2)) // another server's
	f.udp(odd, client, answer("a.example.", 2))
	f.udp(odd, client, answer("a.example.", 2)) // once
	f.udp(client, odd, append(query("a.example.", 4), 0))
	f.udp(client, odd, query("a.example.", 5)[:20])
	zero := query("a.example.", 6)
	zero[5] = 0
	f.udp(client, odd, zero)
	events, r := read(t, f.pcap(0), capture.Options{})
	if len(events) != 2 || events[0].DNSAnswer || !events[1].DNSAnswer || events[1].Source != client.Addr() || events[1].Line != 5 {
		t.Errorf("%d events, %+v", len(events), r.Stats())
	}
	if s := r.Stats(); s.Malformed != 0 {
		t.Errorf("what is not on DNS's port is not broken DNS: %+v", s)
	}
}

func TestMulticast(t *testing.T) {
	group := netip.MustParseAddrPort("224.0.0.251:5353")
	f := newFilm(t)
	f.udp(netip.MustParseAddrPort("192.0.2.9:5353"), group, answer("printer.local.", 0))
	events, _ := read(t, f.pcap(0), capture.Options{})
	if len(events) != 1 || events[0].Source.String() != "192.0.2.9" {
		t.Errorf("who speaks to a group is the source: %+v", events)
	}
}

// A message that breaks off gives what stands before, and is counted.
func TestBrokenDNS(t *testing.T) {
	f := newFilm(t)
	whole := answer("www.evil.example.", 7)
	f.udp(resolver, client, whole[:len(whole)-30])
	f.udp(resolver, client, whole[:14])
	f.udp(client, resolver, []byte("hello"))
	events, r := read(t, f.pcap(0), capture.Options{})
	if s := r.Stats(); len(events) != 1 || s.Mistyped != 1 || s.Malformed != 2 || len(s.Samples) != 3 {
		t.Fatalf("%d events, %+v", len(events), s)
	}
	if got := seen(events[0]); len(got) < 6 || got[5] != "dns.answers.rdata ipv4-addr=203.0.113.66" {
		t.Errorf("before the break: %q", got)
	}
}

func framed(m []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...)
}

// Over TCP messages come in a row, cut anywhere.
func TestDNSOverTCP(t *testing.T) {
	asked := append(framed(query("a.example.", 1)), framed(query("b.example.", 2))...)
	told := append(framed(answer("a.example.", 1)), framed(nxdomain("b.example.", 2))...)
	for size := range 40 {
		f := newFilm(t)
		k := f.connect(client, resolver)
		k.ask(asked, size)
		k.reply(told, size)
		events, r := read(t, f.pcap(0), capture.Options{})
		d := of(telemetry.DNS, events)
		if len(d) != 4 || d[0].Name != "a.example" || d[1].Name != "b.example" || !d[2].DNSAnswer || !d[3].NXDomain {
			t.Fatalf("in segments of %d: %d messages, %+v", size, len(d), r.Stats())
		}
		for _, e := range d {
			if e.Source != client.Addr() || e.Proto != "tcp" {
				t.Errorf("%+v", e)
			}
		}
	}
}
