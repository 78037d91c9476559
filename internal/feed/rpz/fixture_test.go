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

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

const (
	hotZone = "tocsin-hot.rpz."
	zone    = "tocsin.rpz."
)

// transferKey is a key as resolvers have it.
type transferKey struct{ Name, Secret string }

var (
	key      = transferKey{"partner.", "c2VjcmV0IG9mIHRoZSB0ZXN0cyBhbmQgbm90aGluZyBlbHNl"}
	wrongKey = transferKey{"partner.", "YW5vdGhlciBzZWNyZXQ="}
)

// keys leads the one key to the one view.
func keys(name string) (secret, view string, ok bool) { return key.Secret, "", name == key.Name }

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

func targets(at []netip.AddrPort) (list []rpz.Target) {
	for _, a := range at {
		list = append(list, rpz.Target{Addr: a, Key: key.Name})
	}
	return list
}

func open(t testing.TB, notify ...netip.AddrPort) *rpz.Server {
	t.Helper()
	return openWith(t, rpz.Config{Addr: "127.0.0.1:0"}, targets(notify)...)
}

func openWith(t testing.TB, c rpz.Config, notify ...rpz.Target) *rpz.Server {
	t.Helper()
	if c.Keys == nil {
		c.Keys = keys
	}
	c.Logger = noErrors(t)
	s, err := rpz.New(c)
	if err != nil {
		t.Fatal(err)
	}
	s.SetNotify(notify)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// publish makes protections all that is in force, as after a restart of the hub.
func publish(t testing.TB, s *rpz.Server, ps ...protect.Protection) {
	t.Helper()
	publishTo(t, s, "", ps...)
}

func publishTo(t testing.TB, s *rpz.Server, view string, ps ...protect.Protection) {
	t.Helper()
	live := feed.NewLive(nil)
	for _, p := range ps {
		live.Take(p)
	}
	u := live.Advance(time.Now())
	u.Anew = true
	if _, err := s.Publish(view, u); err != nil {
		t.Fatal(err)
	}
}

func question(name string, qtype uint16) *dns.Msg {
	return new(dns.Msg).SetQuestion(name, qtype)
}

func signed(m *dns.Msg, k transferKey) *dns.Msg {
	return m.SetTsig(k.Name, dns.HmacSHA256, 300, time.Now().Unix())
}

func client(network string, k transferKey) *dns.Client {
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

func axfr(zone string) *dns.Msg { return new(dns.Msg).SetAxfr(zone) }

func ixfr(zone string, serial uint32) *dns.Msg { return new(dns.Msg).SetIxfr(zone, serial, ".", ".") }

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
