package rpz_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// short writes records as "owner type data" without the zone's name, SOAs as
// their serials.
func short(zone string, records []dns.RR) []string {
	var lines []string
	for _, rr := range records {
		if apex, ok := rr.(*dns.SOA); ok {
			lines = append(lines, fmt.Sprint("SOA ", apex.Serial))
			continue
		}
		data := strings.TrimPrefix(rr.String(), rr.Header().String())
		lines = append(lines, strings.TrimSuffix(strings.TrimSuffix(rr.Header().Name, zone), ".")+" "+dns.TypeToString[rr.Header().Rrtype]+" "+data)
	}
	return lines
}

func TestTransfersNeedTheKey(t *testing.T) {
	s := open(t)
	publish(t, s, block("evil.example"))
	exchange := func(m *dns.Msg, k transferKey) *dns.Msg {
		t.Helper()
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c := &dns.Conn{Conn: conn, TsigSecret: map[string]string{k.Name: k.Secret}}
		defer c.Close()
		c.SetDeadline(time.Now().Add(5 * time.Second))
		if err := c.WriteMsg(m); err != nil {
			t.Fatal(err)
		}
		r, _ := c.ReadMsg() // an error is a signature that does not hold: part of what is tested
		if r == nil {
			t.Fatal("no answer")
		}
		return r
	}
	late := axfr(zone).SetTsig(key.Name, dns.HmacSHA256, 300, time.Now().Add(-time.Hour).Unix())
	weak := axfr(zone).SetTsig(key.Name, dns.HmacSHA1, 300, time.Now().Unix())
	other := transferKey{Name: "nobody.", Secret: key.Secret}
	for name, tt := range map[string]struct {
		m    *dns.Msg
		k    transferKey
		want int
		tsig uint16
	}{
		"unsigned AXFR":     {axfr(zone), key, dns.RcodeRefused, 0},
		"unsigned IXFR":     {ixfr(zone, 0), key, dns.RcodeRefused, 0},
		"wrong secret":      {signed(axfr(zone), wrongKey), wrongKey, dns.RcodeNotAuth, dns.RcodeBadSig},
		"unknown key":       {signed(axfr(zone), other), other, dns.RcodeNotAuth, dns.RcodeBadKey},
		"another algorithm": {weak, key, dns.RcodeNotAuth, dns.RcodeBadKey},
		"an old signature":  {late, key, dns.RcodeNotAuth, dns.RcodeBadTime},
	} {
		r := exchange(tt.m, tt.k)
		if r.Rcode != tt.want || len(r.Answer) > 0 {
			t.Errorf("%s: %s, %d records", name, dns.RcodeToString[r.Rcode], len(r.Answer))
		}
		var code uint16
		if sig := r.IsTsig(); sig != nil {
			code = sig.Error
		}
		if code != tt.tsig {
			t.Errorf("%s: TSIG error %d, want %d", name, code, tt.tsig)
		}
	}
	if got := s.Stats(); got.Full != 0 || got.Refused != 6 {
		t.Errorf("counted %+v", got)
	}
}

func TestTransferOverUDP(t *testing.T) {
	s := openWith(t, rpz.Config{Addr: "127.0.0.1:0", Serial: 1})
	publish(t, s, block("evil.example"))
	r := ask(t, s, "udp", signed(ixfr(zone, 1), key))
	if diff := cmp.Diff([]string{"SOA 1"}, short(zone, r.Answer)); diff != "" {
		t.Errorf("IXFR (-want +got):\n%s", diff)
	}
	if r := ask(t, s, "udp", signed(axfr(zone), key)); r.Rcode != dns.RcodeFormatError {
		t.Errorf("AXFR: %s", dns.RcodeToString[r.Rcode])
	}
}

func TestBeforeTheFirstPublish(t *testing.T) {
	s := open(t)
	for _, m := range []*dns.Msg{question(zone, dns.TypeSOA), signed(question(zone, dns.TypeSOA), key), question("kill.example.", dns.TypeA)} {
		if r := ask(t, s, "tcp", m); r.Rcode != dns.RcodeServerFailure {
			t.Errorf("%v: %s, want SERVFAIL, with which a resolver keeps what it has", m.Question, dns.RcodeToString[r.Rcode])
		}
	}
	// A transfer waits for a zone that is being made.
	var transfers sync.WaitGroup
	for _, m := range []*dns.Msg{axfr(zone), ixfr(hotZone, 1)} {
		transfers.Go(func() {
			r, _, err := client("tcp", key).Exchange(signed(m, key), s.Addr().String())
			if err != nil || r.Rcode != dns.RcodeSuccess || len(r.Answer) == 0 {
				t.Errorf("%v: %v, %v", m.Question, r, err)
			}
		})
	}
	wait(t, "both are waited for", func() bool { return s.Stats().Waiting == 2 })
	publish(t, s, block("evil.example"))
	transfers.Wait()
}

// TestWhatAResolverIsSent reads whole transfers with the DNS library's own client,
// which checks every message's signature.
func TestWhatAResolverIsSent(t *testing.T) {
	s := open(t)
	l := &life{t: t, live: feed.NewLive(nil)}
	kill, evil := mustResolve("kill.x.evil.example", "192.0.2.80"), block("evil.example")
	l.publish(s, kill, mustResolve("six.example", "2001:db8::80"), mustResolve("none.example", ""), evil, block("a.evil.example"), blockAddress("203.0.113.7"), blockAddress("198.51.100.0/24"))
	musts := []string{"kill.x.evil.example A 192.0.2.80", "six.example AAAA 2001:db8::80", "none.example CNAME rpz-passthru."}
	whole := append([]string{
		"evil.example CNAME .", "*.evil.example CNAME .", "x.evil.example CNAME .", "*.x.evil.example CNAME .",
		"*.kill.x.evil.example CNAME rpz-passthru.", "32.7.113.0.203.rpz-ip CNAME .", "24.0.100.51.198.rpz-ip CNAME .",
	}, musts...)
	check := func(z string, want []string) {
		t.Helper()
		records, _ := receive(t, s, axfr(z))
		if len(records) < 3 || !strings.Contains(records[0].String(), "SOA") || !strings.Contains(records[1].String(), "NS") {
			t.Fatalf("%s: %v", z, records)
		}
		got := short(z, records[2:len(records)-1])
		slices.Sort(got)
		want = slices.Sorted(slices.Values(want))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", z, diff)
		}
	}
	check(zone, whole)
	check(hotZone, musts)
	old, _ := receive(t, s, axfr(hotZone))
	l.publish(s, ended(evil))
	check(hotZone, append([]string{
		"evil.example CNAME rpz-passthru.", "*.evil.example CNAME rpz-passthru.", "a.evil.example CNAME .", "*.a.evil.example CNAME .",
		"x.evil.example CNAME rpz-passthru.", "*.x.evil.example CNAME rpz-passthru.", "*.kill.x.evil.example CNAME rpz-passthru.",
	}, musts...))
	changes, _ := receive(t, s, ixfr(hotZone, old[0].(*dns.SOA).Serial))
	if len(changes) != 4+7 {
		t.Errorf("IXFR: %v", short(hotZone, changes))
	}
	if r, _ := receive(t, s, ixfr(hotZone, changes[0].(*dns.SOA).Serial)); len(r) != 1 {
		t.Errorf("IXFR of what is held: %v", r)
	}
}

func TestTransferOfManyMessages(t *testing.T) {
	s := open(t)
	var ps []protect.Protection
	for i := range 20_000 {
		ps = append(ps, block(fmt.Sprintf("name-%d.example", i)))
	}
	publish(t, s, ps...)
	records, messages := receive(t, s, axfr(zone))
	if len(records) != 40_003 || messages < 5 {
		t.Errorf("%d records in %d messages", len(records), messages)
	}
}
