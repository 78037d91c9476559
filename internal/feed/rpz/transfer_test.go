package rpz_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// short writes records as "owner type data" without the zone's name, SOAs as
// their serials.
func short(records []dns.RR) []string {
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

func TestTransfers(t *testing.T) {
	s := open(t)
	publish(t, s, 10, block("evil.example"))
	publish(t, s, 20, block("evil.example"), mustResolve("kill.evil.example", "192.0.2.80"))
	publish(t, s, 30, mustResolve("kill.evil.example", "192.0.2.80"))

	whole := []string{"SOA 30", " NS localhost.", "kill.evil.example A 192.0.2.80", "SOA 30"}
	for name, tt := range map[string]struct {
		ask  *dns.Msg
		want []string
	}{
		"AXFR":                  {axfr(), whole},
		"AXFR in other letters": {new(dns.Msg).SetAxfr("Tocsin.RPZ."), whole},
		"IXFR, two changes": {ixfr(10), []string{
			"SOA 30", "SOA 10", "SOA 20", "kill.evil.example A 192.0.2.80",
			"SOA 20", "evil.example CNAME .", "*.evil.example CNAME .", "SOA 30", "SOA 30",
		}},
		"IXFR, one change":        {ixfr(20), []string{"SOA 30", "SOA 20", "evil.example CNAME .", "*.evil.example CNAME .", "SOA 30", "SOA 30"}},
		"IXFR, up to date":        {ixfr(30), []string{"SOA 30"}},
		"IXFR, from the future":   {ixfr(31), []string{"SOA 30"}},
		"IXFR, an unknown serial": {ixfr(11), whole},
	} {
		t.Run(name, func(t *testing.T) {
			records, _ := receive(t, s, tt.ask)
			if diff := cmp.Diff(tt.want, short(records)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTransferOfManyMessages(t *testing.T) {
	s := open(t)
	var ps []protect.Protection
	for i := range 5000 {
		ps = append(ps, block(fmt.Sprintf("name-%d.example", i)))
	}
	publish(t, s, 1, ps...)
	records, messages := receive(t, s, axfr())
	if len(records) != 10_003 || messages < 5 {
		t.Errorf("%d records in %d messages", len(records), messages)
	}
	publish(t, s, 2, ps[1:]...)
	if records, _ := receive(t, s, ixfr(1)); len(records) != 6 {
		t.Errorf("one name less: %d records", len(records))
	}
	publish(t, s, 3)
	if records, _ := receive(t, s, ixfr(1)); len(records) != 3 {
		t.Errorf("10,000 records removed to an empty zone: %d records, the whole zone has 3", len(records))
	}
	if got := s.Stats(); got.Full != 2 || got.Incremental != 1 {
		t.Errorf("counted %+v", got)
	}
}

func TestTransfersNeedTheKey(t *testing.T) {
	s := open(t)
	publish(t, s, 1, block("evil.example"))
	exchange := func(m *dns.Msg, k rpz.Key) *dns.Msg {
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
	late := axfr().SetTsig(key.Name, dns.HmacSHA256, 300, time.Now().Add(-time.Hour).Unix())
	weak := axfr().SetTsig(key.Name, dns.HmacSHA1, 300, time.Now().Unix())
	other := rpz.Key{Name: "nobody.", Secret: key.Secret}
	for name, tt := range map[string]struct {
		m    *dns.Msg
		k    rpz.Key
		want int
		tsig uint16
	}{
		"unsigned AXFR":     {axfr(), key, dns.RcodeRefused, 0},
		"unsigned IXFR":     {ixfr(0), key, dns.RcodeRefused, 0},
		"wrong secret":      {signed(axfr(), wrongKey), wrongKey, dns.RcodeNotAuth, dns.RcodeBadSig},
		"unknown key":       {signed(axfr(), other), other, dns.RcodeNotAuth, dns.RcodeBadKey},
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
	s := open(t)
	publish(t, s, 1, block("evil.example"))
	publish(t, s, 2)
	r := ask(t, s, "udp", signed(ixfr(1), key))
	if diff := cmp.Diff([]string{"SOA 2"}, short(r.Answer)); diff != "" {
		t.Errorf("IXFR (-want +got):\n%s", diff)
	}
	if r := ask(t, s, "udp", signed(axfr(), key)); r.Rcode != dns.RcodeFormatError {
		t.Errorf("AXFR: %s", dns.RcodeToString[r.Rcode])
	}
}

func TestBeforeTheFirstPublish(t *testing.T) {
	s := open(t)
	for _, m := range []*dns.Msg{question(zone, dns.TypeSOA), signed(axfr(), key), signed(ixfr(1), key), question("kill.example.", dns.TypeA)} {
		if r := ask(t, s, "tcp", m); r.Rcode != dns.RcodeServerFailure {
			t.Errorf("%v: %s, want SERVFAIL, with which a resolver keeps what it has", m.Question, dns.RcodeToString[r.Rcode])
		}
	}
}

func TestSerialsOnlyRise(t *testing.T) {
	s := open(t)
	publish(t, s, 0xffffffff, block("evil.example"))
	publish(t, s, 5) // past the end of the circle
	for _, serial := range []uint32{5, 4, 0xffffffff, 5 + 1<<31} {
		if _, err := s.Publish(serial, []protect.Protection{block("other.example")}); err == nil {
			t.Errorf("serial %d after 5 was taken", serial)
		}
	}
	if records, _ := receive(t, s, axfr()); len(records) != 3 {
		t.Errorf("a refused version changed the zone: %v", records)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	s := open(t)
	var ps []protect.Protection
	for i := range 50 {
		ps = append(ps, block(fmt.Sprintf("stays-%d.example", i)))
	}
	for serial := uint32(1); serial <= 1100; serial++ {
		publish(t, s, serial, append(ps[:50:50], block(fmt.Sprintf("now-%d.example", serial/100)))...)
	}
	receive(t, s, ixfr(1))
	if got := s.Stats(); got.Full != 1 {
		t.Errorf("1,099 changes ago is beyond what is kept: %+v", got)
	}
	receive(t, s, ixfr(1000))
	if got := s.Stats(); got.Incremental != 1 {
		t.Errorf("100 changes ago is kept: %+v", got)
	}
}

// A hub may live at another time than the machine, as in a replay.
func TestProtectionsExpireByTheClock(t *testing.T) {
	now := time.Now()
	s, err := rpz.New(rpz.Config{Addr: "127.0.0.1:0", Key: key, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := block("evil.example")
	publish(t, s, 1, p)
	if records, _ := receive(t, s, axfr()); len(records) != 5 {
		t.Errorf("in force: %v", short(records))
	}
	now = p.Expires
	publish(t, s, 2, p)
	if records, _ := receive(t, s, axfr()); len(records) != 3 {
		t.Errorf("expired: %v", short(records))
	}
}
