package rpz_test

import (
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
)

// TestEnginesPastTheExpire is what becomes of protections at a resolver that the hub
// does not feed for longer than the SOA's expire: at BIND they are gone, and so is the
// answer of a name that must resolve; Unbound and PowerDNS go on.
func TestEnginesPastTheExpire(t *testing.T) {
	const expire = 4 * time.Second
	for name, told := range resolvers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listen := freePort(t)
			hub := openWith(t, rpz.Config{
				Addr: "127.0.0.1:0", TLSAddr: "127.0.0.1:0", Timers: rpz.Timers{Refresh: 2 * time.Second, Retry: time.Second, Expire: expire},
			}, told(listen)...)
			live := &life{t: t, live: feed.NewLive(nil)}
			live.publish(hub, block("evil.example"), mustResolve("kill.example", answer4))
			// BIND raises an expire to its least refresh and retry together.
			e := start(t, name, hub, listen, key, folder(t), "min-refresh-time 10", "min-refresh-time 1", "min-retry-time 5", "min-retry-time 1")
			e.becomes(t, "evil.example.", dns.TypeA, blocked)
			e.becomes(t, "kill.example.", dns.TypeA, answer4)
			if err := hub.Close(); err != nil {
				t.Fatal(err)
			}
			closed := time.Now()
			if name == "bind" {
				e.becomes(t, "evil.example.", dns.TypeA, real4)
				e.becomes(t, "kill.example.", dns.TypeA, real4)
				t.Logf("open %v after the hub was gone", time.Since(closed))
				return
			}
			for time.Since(closed) < 2*expire {
				e.is(t, "evil.example.", dns.TypeA, blocked)
				e.is(t, "kill.example.", dns.TypeA, answer4)
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
}
