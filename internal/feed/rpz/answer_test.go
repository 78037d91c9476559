package rpz_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed/rpz"
)

func TestMustResolveIsAnsweredToAnyone(t *testing.T) {
	s := open(t)
	publish(t, s, block("evil.example"), mustResolve("kill.evil.example", "192.0.2.80"), mustResolve("six.example", "2001:db8::80"), mustResolve("none.example", ""))
	for _, tt := range []struct {
		name  string
		qtype uint16
		rcode int
		want  string
	}{
		{"kill.evil.example.", dns.TypeA, dns.RcodeSuccess, "192.0.2.80"},
		{"KiLL.Evil.Example.", dns.TypeA, dns.RcodeSuccess, "192.0.2.80"},
		{"kill.evil.example.", dns.TypeANY, dns.RcodeSuccess, "192.0.2.80"},
		{"kill.evil.example.", dns.TypeAAAA, dns.RcodeSuccess, ""},
		{"kill.evil.example.", dns.TypeMX, dns.RcodeSuccess, ""},
		{"six.example.", dns.TypeAAAA, dns.RcodeSuccess, "2001:db8::80"},
		{"six.example.", dns.TypeA, dns.RcodeSuccess, ""},
		{"none.example.", dns.TypeA, dns.RcodeRefused, ""},
		{"evil.example.", dns.TypeA, dns.RcodeRefused, ""},
		{"x.kill.evil.example.", dns.TypeA, dns.RcodeRefused, ""},
		{"kill.evil.example.", dns.TypeAXFR, dns.RcodeSuccess, ""},
		{".", dns.TypeNS, dns.RcodeRefused, ""},
	} {
		for _, network := range []string{"udp", "tcp"} {
			r := ask(t, s, network, question(tt.name, tt.qtype))
			got := ""
			for _, rr := range r.Answer {
				got = strings.TrimPrefix(rr.String(), rr.Header().String())
				if rr.Header().Name != tt.name || rr.Header().Ttl != 60 {
					t.Errorf("%s: %s", tt.name, rr)
				}
			}
			if r.Rcode != tt.rcode || got != tt.want || r.Authoritative != (tt.rcode == dns.RcodeSuccess) {
				t.Errorf("%s %s %s: %s %q aa=%v", network, tt.name, dns.TypeToString[tt.qtype], dns.RcodeToString[r.Rcode], got, r.Authoritative)
			}
			if noData := r.Rcode == dns.RcodeSuccess && got == ""; noData != (len(r.Ns) == 1) {
				t.Errorf("%s %s: an answer without data needs a SOA (RFC 2308): %v", tt.name, dns.TypeToString[tt.qtype], r.Ns)
			}
		}
	}
}

func TestOddQuestions(t *testing.T) {
	s := open(t)
	publish(t, s, mustResolve("kill.example", "192.0.2.80"))
	chaos := question("kill.example.", dns.TypeA)
	chaos.Question[0].Qclass = dns.ClassCHAOS
	future := question("kill.example.", dns.TypeA).SetEdns0(4096, false)
	future.IsEdns0().SetVersion(1)
	for name, tt := range map[string]struct {
		m    *dns.Msg
		want int
	}{
		"another class":        {chaos, dns.RcodeRefused},
		"EDNS of the future":   {future, dns.RcodeBadVers},
		"an update":            {new(dns.Msg).SetUpdate(zone), dns.RcodeNotImplemented},
		"a NOTIFY":             {new(dns.Msg).SetNotify(zone), dns.RcodeNotImplemented},
		"IXFR without a SOA":   {signed(question(zone, dns.TypeIXFR), key), dns.RcodeFormatError},
		"AXFR beside the apex": {signed(question("x."+zone, dns.TypeAXFR), key), dns.RcodeNotAuth},
	} {
		if r := ask(t, s, "tcp", tt.m); r.Rcode != tt.want {
			t.Errorf("%s: %s, want %s", name, dns.RcodeToString[r.Rcode], dns.RcodeToString[tt.want])
		}
	}
	if r := ask(t, s, "udp", question("kill.example.", dns.TypeA).SetEdns0(4096, true)); r.IsEdns0() == nil || len(r.Answer) != 1 {
		t.Errorf("with EDNS: %v", r)
	}
}

// Idle connections, however many, keep nobody out for longer than their patience.
func TestIdleConnectionsAreDropped(t *testing.T) {
	s := open(t)
	publish(t, s, block("evil.example"))
	for range 300 {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	m := signed(question(zone, dns.TypeSOA), key)
	c := client("tcp", key)
	c.Timeout = 20 * time.Second
	if r, _, err := c.Exchange(m, s.Addr().String()); err != nil || len(r.Answer) != 1 {
		t.Errorf("behind 300 idle connections: %v, %v", r, err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]rpz.Config{
		"zone":   {Zone: "not a zone", Keys: keys},
		"TTL":    {TTL: time.Hour, Keys: keys},
		"keys":   {},
		"listen": {Keys: keys, Addr: "203.0.113.1:53"},
	} {
		s, err := rpz.New(c)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestCloseFreesThePort(t *testing.T) {
	s := open(t)
	addr := s.Addr().String()
	publish(t, s)
	idle, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openWith(t, rpz.Config{Addr: addr})
	if diff := cmp.Diff(addr, again.Addr().String()); diff != "" {
		t.Error(diff)
	}
}
