package rpz_test

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

const zone = "tocsin.rpz."

var (
	key      = rpz.Key{Name: "partner.", Secret: "c2VjcmV0IG9mIHRoZSB0ZXN0cyBhbmQgbm90aGluZyBlbHNl"}
	wrongKey = rpz.Key{Name: "partner.", Secret: "YW5vdGhlciBzZWNyZXQ="}
)

// decided is an active decision of a moment ago, for a day.
func decided(polarity protect.Polarity, t observable.Type, text string) protect.Protection {
	at := time.Now().Add(-time.Minute)
	return protect.Protection{
		ID: "protection--" + text, Value: observable.Value{Type: t, Text: text}, Polarity: polarity,
		Status: protect.Active, Decided: at, Expires: at.Add(24 * time.Hour),
	}
}

func block(text string) protect.Protection {
	return decided(protect.Block, observable.Domain, text)
}

func blockAddress(text string) protect.Protection {
	return decided(protect.Block, observable.IPv4, text)
}

func mustResolve(text, answer string) protect.Protection {
	p := decided(protect.MustResolve, observable.Domain, text)
	p.Answer = answer
	return p
}

// noErrors is a logger that fails the test for what the server calls an error.
func noErrors(t testing.TB) *slog.Logger { return slog.New(complaints{t}) }

type complaints struct{ t testing.TB }

func (c complaints) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (c complaints) WithAttrs([]slog.Attr) slog.Handler           { return c }
func (c complaints) WithGroup(string) slog.Handler                { return c }
func (c complaints) Handle(_ context.Context, r slog.Record) error {
	var attrs []string
	r.Attrs(func(a slog.Attr) bool { attrs = append(attrs, a.String()); return true })
	c.t.Errorf("logged: %s %s", r.Message, strings.Join(attrs, " "))
	return nil
}

func open(t testing.TB, notify ...netip.AddrPort) *rpz.Server {
	t.Helper()
	return openAt(t, "127.0.0.1:0", notify...)
}

func openAt(t testing.TB, addr string, notify ...netip.AddrPort) *rpz.Server {
	t.Helper()
	s, err := rpz.New(rpz.Config{Addr: addr, Key: key, Notify: notify, Logger: noErrors(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func publish(t testing.TB, s *rpz.Server, serial uint32, ps ...protect.Protection) {
	t.Helper()
	if _, err := s.Publish(serial, ps); err != nil {
		t.Fatal(err)
	}
}

func question(name string, qtype uint16) *dns.Msg {
	return new(dns.Msg).SetQuestion(name, qtype)
}

func signed(m *dns.Msg, k rpz.Key) *dns.Msg {
	return m.SetTsig(k.Name, dns.HmacSHA256, 300, time.Now().Unix())
}

func client(network string, k rpz.Key) *dns.Client {
	return &dns.Client{Net: network, Timeout: 5 * time.Second, TsigSecret: map[string]string{k.Name: k.Secret}}
}

func ask(t testing.TB, s *rpz.Server, network string, m *dns.Msg) *dns.Msg {
	t.Helper()
	r, _, err := client(network, key).Exchange(m, s.Addr().String())
	if err != nil && !errors.Is(err, dns.ErrAuth) { // the library's word for any signed NOTAUTH
		t.Fatalf("%s %v: %v", network, m.Question, err)
	}
	return r
}

// receive makes a transfer and gives its records and the number of messages.
func receive(t testing.TB, s *rpz.Server, m *dns.Msg) (records []dns.RR, messages int) {
	t.Helper()
	transfer := &dns.Transfer{TsigSecret: map[string]string{key.Name: key.Secret}}
	envelopes, err := transfer.In(signed(m, key), s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for e := range envelopes {
		if e.Error != nil {
			t.Fatal(e.Error)
		}
		messages++
		records = append(records, e.RR...)
	}
	return records, messages
}

func axfr() *dns.Msg { return new(dns.Msg).SetAxfr(zone) }

func ixfr(serial uint32) *dns.Msg { return new(dns.Msg).SetIxfr(zone, serial, ".", ".") }

// wait polls until what is asked for is so.
func wait(t testing.TB, what string, so func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for !so() {
		if time.Since(start) > 30*time.Second {
			t.Fatalf("waited 30 s in vain until %s", what)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(start)
}
