package rpz_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// What the upstream resolver says of every name, and what a blocked one is.
const (
	real4   = "198.51.100.1"
	real6   = "2001:db8:bad::1"
	blocked = "NXDOMAIN"
	answer4 = "192.0.2.80"
)

// resolvers are the engines, each with how it is told of changes.
var resolvers = map[string]func(listen netip.AddrPort) []rpz.Target{
	"bind":          func(at netip.AddrPort) []rpz.Target { return []rpz.Target{{Addr: at, Key: key.Name}} },
	"unbound":       func(at netip.AddrPort) []rpz.Target { return []rpz.Target{{Addr: at, Key: key.Name, Plain: true}} },
	"pdns-recursor": func(netip.AddrPort) []rpz.Target { return nil },
}

// TestEnginesEnforce is the life of protections at each engine, through a hub that
// ends and comes back.
func TestEnginesEnforce(t *testing.T) {
	for name, told := range resolvers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listen, config := freePort(t), rpz.Config{Addr: "127.0.0.1:0", TLSAddr: "127.0.0.1:0", Dir: t.TempDir()}
			hub := openWith(t, config, told(listen)...)
			config.Addr, config.TLSAddr = hub.Addr().String(), hub.TLSAddr().String()
			live := &life{t: t, live: feed.NewLive(nil)}
			live.publish(hub, mustResolve("kill.deep.evil.example", answer4))
			e := start(t, name, hub, listen, key, folder(t))
			e.becomes(t, "kill.deep.evil.example.", dns.TypeA, answer4)
			e.becomes(t, "evil.example.", dns.TypeA, real4)

			evil := block("evil.example")
			live.publish(hub, evil)
			t.Logf("from Publish to blocked: %v", e.becomes(t, "evil.example.", dns.TypeA, blocked))
			for _, n := range []string{"www.evil.example.", "deep.evil.example.", "other.deep.evil.example."} {
				e.is(t, n, dns.TypeA, blocked)
			}
			for _, n := range []string{"notevil.example.", "beneath.kill.deep.evil.example."} {
				e.is(t, n, dns.TypeA, real4)
			}
			e.is(t, "kill.deep.evil.example.", dns.TypeA, answer4)
			e.is(t, "kill.deep.evil.example.", dns.TypeAAAA, "NODATA")

			only := block("only.example")
			only.Exact = true
			net4, net6 := blockAddress("198.51.100.0/25"), decided(protect.Block, "ipv6-addr", "2001:db8:bad::/48")
			live.publish(hub, only)
			e.becomes(t, "only.example.", dns.TypeA, blocked)
			e.is(t, "beneath.only.example.", dns.TypeA, real4)
			live.publish(hub, net4)
			e.becomes(t, "any.example.", dns.TypeA, blocked)
			e.is(t, "any.example.", dns.TypeAAAA, real6)
			live.publish(hub, net6, ended(net4))
			e.becomes(t, "any.example.", dns.TypeAAAA, blocked)
			e.becomes(t, "any.example.", dns.TypeA, real4)
			live.publish(hub, ended(net6))
			e.becomes(t, "any.example.", dns.TypeAAAA, real6)

			cold := block("cold.example")
			live.publish(hub, cold)
			e.becomes(t, "cold.example.", dns.TypeA, blocked)
			wait(t, "the cold zone is kept", func() bool { return hub.ColdHas("", "cold.example") })
			full := hub.Stats().Full
			if err := hub.Close(); err != nil {
				t.Fatal(err)
			}
			e.is(t, "www.evil.example.", dns.TypeA, blocked)
			e.is(t, "kill.deep.evil.example.", dns.TypeA, answer4)
			hub = openWith(t, config, told(listen)...)
			live.begin(hub)
			live.publish(hub, ended(cold)) // it is in the cold zone that the engine holds
			t.Logf("from recall to resolving, after a restart: %v", e.becomes(t, "cold.example.", dns.TypeA, real4))
			e.is(t, "www.evil.example.", dns.TypeA, blocked)
			live.publish(hub, ended(evil))
			t.Logf("from recall to resolving: %v", e.becomes(t, "www.evil.example.", dns.TypeA, real4))
			e.is(t, "kill.deep.evil.example.", dns.TypeA, answer4)
			t.Logf("whole zones: %d, and %d after the restart; %+v", full, hub.Stats().Full, hub.Stats())
		})
	}
}

// life is what is in force, as the hub's publisher follows it.
type life struct {
	t    *testing.T
	live *feed.Live
}

func (l *life) publish(s *rpz.Server, ps ...protect.Protection) {
	l.t.Helper()
	for _, p := range ps {
		l.live.Take(p)
	}
	l.send(s, l.live.Advance(time.Now()))
}

// begin publishes to a server that has just begun.
func (l *life) begin(s *rpz.Server) {
	l.t.Helper()
	l.send(s, feed.Update{Anew: true, Set: l.live.Set})
}

func (l *life) send(s *rpz.Server, u feed.Update) {
	l.t.Helper()
	if _, err := s.Publish("", u); err != nil {
		l.t.Fatal(err)
	}
}

func ended(p protect.Protection) protect.Protection {
	p.Status = protect.Revoked
	return p
}
