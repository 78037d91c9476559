package haproxy_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/haproxy"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

const (
	ok     = http.StatusOK
	denied = http.StatusForbidden
)

// edge is what feeds an outlet: the decisions, and the clock.
type edge struct {
	t    testing.TB
	live *feed.Live
	out  *haproxy.Outlet
	now  time.Time
	ends map[string]int // how often what is called so was revoked
}

func newEdge(t testing.TB, dir string) *edge {
	e := &edge{t: t, live: feed.NewLive(nil), now: time.Now(), ends: map[string]int{}}
	e.out = haproxy.New(haproxy.Config{Dir: dir, Clock: func() time.Time { return e.now }})
	t.Cleanup(func() { e.out.Close() })
	return e
}

// decide takes decisions and applies them.
func (e *edge) decide(ps ...protect.Protection) {
	e.t.Helper()
	if err := e.try(ps...); err != nil {
		e.t.Fatal(err)
	}
}

func (e *edge) try(ps ...protect.Protection) error {
	for _, p := range ps {
		e.take(p)
	}
	return e.out.Apply(context.Background(), e.live.Advance(e.now))
}

// take notes a decision. What is decided again after its end has another id.
func (e *edge) take(p protect.Protection) {
	name := p.ID
	p.ID = fmt.Sprintf("%s-%d", name, e.ends[name])
	if p.Status == protect.Revoked {
		e.ends[name]++
	}
	e.live.Take(p)
}

// block is an active decision for an hour.
func (e *edge) block(t observable.Type, text string) protect.Protection {
	return protect.Protection{
		ID: "protection--" + text, Value: observable.Value{Type: t, Text: text}, Polarity: protect.Block,
		Status: protect.Active, Decided: e.now, Expires: e.now.Add(time.Hour),
	}
}

func (e *edge) name(text string) protect.Protection { return e.block(observable.Domain, text) }

func (e *edge) exact(text string) protect.Protection {
	p := e.name(text)
	p.Exact = true
	return p
}

func (e *edge) must(text, answer string) protect.Protection {
	p := e.name(text)
	p.Polarity, p.Answer, p.ID = protect.MustResolve, answer, "protection--must-"+text
	return p
}

func revoked(p protect.Protection) protect.Protection {
	p.Status = protect.Revoked
	return p
}

func TestPushAndRecall(t *testing.T) {
	p := newProxy(t)
	p.start()
	e := newEdge(t, p.dir)
	e.decide()
	p.expect(ok, "http://evil.example/", "http://a.evil.example/")

	e.decide(e.name("evil.example"), e.exact("seen.example"), e.block(observable.URL, "http://files.example/bad?x=1"))
	e.decide(e.block(observable.URL, "http://files.example:8081/worse"), e.block(observable.IPv4, "203.0.113.7"), e.block(observable.IPv6, "2001:db8:bad::/48"))
	p.expect(denied,
		"http://evil.example/", "http://EVIL.example./path", "http://evil.example:8080/", "http://a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.evil.example/",
		"http://seen.example/", "http://files.example/bad?x=1", "http://files.example:80/bad?x=1", "http://files.example:8081/worse",
		"http://203.0.113.7/", "http://203.0.113.7:81/", "http://[2001:db8:bad:1::7]/", "http://[2001:db8:bad::1]:82/")
	p.expect(ok,
		"http://notevil.example/", "http://evil.example.good.example/", "http://example/", "http://a.seen.example/", "http://notseen.example/",
		"http://files.example/bad?x=2", "http://files.example/bad", "http://files.example/", "http://files.example/worse", "http://203.0.113.8/", "http://[2001:db8:bae::1]/")

	e.decide(revoked(e.name("evil.example")))
	e.decide(revoked(e.exact("seen.example")), revoked(e.block(observable.URL, "http://files.example/bad?x=1")), revoked(e.block(observable.IPv4, "203.0.113.7")))
	p.expect(ok, "http://evil.example/", "http://a.evil.example/", "http://seen.example/", "http://files.example/bad?x=1", "http://203.0.113.7/")
	p.expect(denied, "http://files.example:8081/worse", "http://[2001:db8:bad:1::7]/")
}

func TestClientsFromABlockedPrefixAreDenied(t *testing.T) {
	p := newProxy(t)
	p.start()
	e := newEdge(t, p.dir)
	e.decide(e.block(observable.IPv4, "127.0.8.0/24"), e.block(observable.IPv4, "127.0.9.1"))
	for from, want := range map[string]int{"127.0.8.77": denied, "127.0.9.1": denied, "127.0.9.2": ok, "127.0.0.1": ok} {
		if got := p.get(from, "http://web.example/"); got != want {
			t.Errorf("from %s: %d, want %d", from, got, want)
		}
	}
}

// A decision about a value that is blocked already replaces it, however it was
// meant before.
func TestALaterDecisionTakesThePlace(t *testing.T) {
	p := newProxy(t)
	p.start()
	e := newEdge(t, p.dir)
	e.decide()
	e.decide(e.name("evil.example"))
	p.expect(denied, "http://evil.example/", "http://a.evil.example/")
	e.decide(e.exact("evil.example"))
	p.expect(denied, "http://evil.example/")
	p.expect(ok, "http://a.evil.example/")
	observed := e.name("evil.example")
	observed.Polarity = protect.Observe
	e.decide(observed)
	p.expect(ok, "http://evil.example/", "http://a.evil.example/")
	e.decide(e.name("evil.example"))
	p.expect(denied, "http://a.evil.example/")
}

func TestMustResolveNamesPass(t *testing.T) {
	p := newProxy(t)
	p.start()
	e := newEdge(t, p.dir)
	e.decide(e.exact("kill.evil.example"))
	p.expect(denied, "http://kill.evil.example/")
	e.decide(e.name("evil.example"), e.must("kill.evil.example", "192.0.2.80"), e.block(observable.IPv4, "192.0.2.80"))
	check := func() {
		t.Helper()
		p.expect(ok, "http://kill.evil.example/", "http://192.0.2.80/")
		p.expect(denied, "http://evil.example/", "http://other.evil.example/")
	}
	check()
	e.decide(e.name("kill.evil.example")) // outranked
	check()
	again := e.name("evil.example")
	again.Expires = again.Expires.Add(time.Hour)
	e.decide(again)
	check()
	e.decide(revoked(e.must("kill.evil.example", "192.0.2.80")))
	p.expect(denied, "http://kill.evil.example/")
}

// An outlet may be kept from seeing a must-resolve, but never from excepting it.
func TestWhatIsExceptedPassesThoughItIsNotShown(t *testing.T) {
	p := newProxy(t)
	p.start()
	e := newEdge(t, p.dir)
	e.decide()
	e.take(e.must("kill.evil.example", ""))
	e.take(e.name("evil.example"))
	u := e.live.Advance(e.now)
	hidden := func(q protect.Protection) bool { return q.Polarity != protect.MustResolve }
	set := u.Set
	u.Set = func() feed.Set { return set().Where(hidden) }
	u.Come = []protect.Protection{e.name("evil.example")}
	for _, anew := range []bool{false, true} {
		u.Anew = anew
		if err := e.out.Apply(context.Background(), u); err != nil {
			t.Fatal(err)
		}
		p.expect(ok, "http://kill.evil.example/")
		p.expect(denied, "http://evil.example/", "http://a.kill.evil.example/")
	}
}

// A HAProxy that was killed starts with the last state, and the outlet notices.
func TestKilledAndStartedAnew(t *testing.T) {
	p := newProxy(t)
	p.start()
	e := newEdge(t, p.dir)
	e.decide(e.name("evil.example"), e.name("recalled.example"))
	e.decide(revoked(e.name("recalled.example")))
	p.kill()
	if err := e.try(e.name("meanwhile.example")); err == nil || !strings.Contains(err.Error(), "not running") {
		t.Fatalf("without HAProxy: %v", err)
	}
	p.start()
	p.expect(denied, "http://evil.example/")
	p.expect(ok, "http://recalled.example/")
	if err := e.out.Check(context.Background()); err == nil {
		t.Error("the outlet does not notice that HAProxy was started anew")
	}
	e.decide() // with no Anew: the outlet knows by itself
	p.expect(denied, "http://evil.example/", "http://meanwhile.example/")
	if err := e.out.Check(context.Background()); err != nil {
		t.Error(err)
	}
	p.kill()
	p.start()
	e.decide(e.name("later.example"))
	p.expect(denied, "http://later.example/", "http://evil.example/")
	if err := e.out.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

// Nobody runs but HAProxy, and what has expired goes.
func TestWhatHasExpiredGoesByItself(t *testing.T) {
	p := newProxy(t)
	p.start()
	e := newEdge(t, p.dir)
	short, must := e.name("short.example"), e.must("kill.evil.example", "")
	short.Expires, must.Expires = e.now.Add(2*time.Second), e.now.Add(2*time.Second)
	e.decide(short, must, e.name("evil.example"))
	p.expect(denied, "http://evil.example/")
	// Within two seconds, or the machine is that slow.
	if time.Since(e.now) < time.Second {
		p.expect(denied, "http://short.example/")
		p.expect(ok, "http://kill.evil.example/")
	}
	p.until("what has expired is let through", func() bool { return p.get("127.0.0.1", "http://short.example/") == ok })
	p.until("what need not resolve any more is blocked", func() bool { return p.get("127.0.0.1", "http://kill.evil.example/") == denied })
	if time.Since(e.now) < 2*time.Second {
		t.Error("it was let through before its time")
	}
	p.expect(denied, "http://evil.example/")
	// The edge's own clock says the same, and the map is without it.
	e.now = time.Now().Add(3 * time.Second)
	e.decide()
	if strings.Contains(p.maps(), "short.example") {
		t.Errorf("maps:\n%s", p.maps())
	}
}

// 1,000 are in force after one Apply, and in as many maps as HAProxy would start
// with.
func TestManyAtOnce(t *testing.T) {
	p := newProxy(t)
	p.start()
	e := newEdge(t, p.dir)
	e.decide()
	many := func(n int) (ps []protect.Protection) {
		for i := range n {
			ps = append(ps, e.exact(fmt.Sprintf("n%d.example", i)))
		}
		return ps
	}
	e.decide(many(1000)...)
	p.expect(denied, "http://n0.example/", "http://n999.example/")
	p.expect(ok, "http://n1000.example/")
	e.decide(many(30_000)...)             // each by itself
	if err := e.out.Close(); err != nil { // waits for the files
		t.Fatal(err)
	}
	p.expect(denied, "http://n0.example/", "http://n29999.example/")
	text, err := os.ReadFile(filepath.Join(p.dir, feed.HAProxyNames))
	if n := strings.Count(string(text), "\n"); err != nil || n != 30_000 {
		t.Errorf("the file has %d names (%v), want 30000", n, err)
	}
	gone := many(30_000)
	for i := range gone {
		gone[i] = revoked(gone[i])
	}
	e.decide(gone[1:]...)
	p.expect(denied, "http://n0.example/")
	p.expect(ok, "http://n1.example/", "http://n29999.example/")
}

// While a block is renewed over and over, nobody gets through.
func TestRenewingLeavesNoGap(t *testing.T) {
	p := newProxy(t)
	p.start()
	e := newEdge(t, p.dir)
	e.decide(e.name("evil.example"))
	rounds := 200
	stop, done := make(chan struct{}), make(chan int)
	through := 0
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				done <- n
				return
			default:
			}
			n++
			if p.get("127.0.0.1", "http://a.evil.example/") != denied {
				through++
			}
		}
	}()
	for i := range rounds {
		again := e.name("evil.example")
		again.Expires = again.Expires.Add(time.Duration(i) * time.Second)
		if i%3 == 0 { // as a whole
			e.decide(again, e.name(fmt.Sprintf("n%d.example", i)))
		} else {
			e.decide(again)
		}
	}
	close(stop)
	if n := <-done; through > 0 || n == 0 {
		t.Errorf("%d of %d requests got through", through, n)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	p := newProxy(t)
	nowhere := newEdge(t, p.dir)
	if err := nowhere.try(nowhere.name("evil.example")); err == nil || !strings.Contains(err.Error(), "stats socket") {
		t.Errorf("no socket: %v", err)
	}
	if !strings.Contains(p.maps(), "evil.example") {
		t.Error("a HAProxy that starts later would not find the state")
	}
	p.start()
	elsewhere := haproxy.New(haproxy.Config{Dir: t.TempDir(), Socket: filepath.Join(p.dir, feed.HAProxySocket)})
	if err := elsewhere.Apply(context.Background(), nowhere.live.Advance(nowhere.now)); err == nil || !strings.Contains(err.Error(), "have to be in the folder") {
		t.Errorf("another folder: %v", err)
	}
}
