package nft_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/nft"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// edge is what feeds an outlet: the decisions, and the clock.
type edge struct {
	t    testing.TB
	live *feed.Live
	out  *nft.Outlet
	now  time.Time
	ends map[string]int // how often what is called so was revoked
}

func newEdge(w *world) *edge {
	e := &edge{t: w.t, live: feed.NewLive(nil), now: time.Now(), ends: map[string]int{}}
	e.out = nft.New(nft.Config{NetNS: w.filter.fd, Clock: func() time.Time { return e.now }})
	w.t.Cleanup(func() { e.out.Close() })
	return e
}

// decide takes decisions and applies them.
func (e *edge) decide(ps ...protect.Protection) {
	e.t.Helper()
	for _, p := range ps {
		e.take(p)
	}
	if err := e.out.Apply(context.Background(), e.live.Advance(e.now)); err != nil {
		e.t.Fatal(err)
	}
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

// block is an active decision about an address or prefix, for an hour.
func (e *edge) block(text string) protect.Protection {
	t := observable.IPv4
	if strings.Contains(text, ":") {
		t = observable.IPv6
	}
	return protect.Protection{
		ID: "protection--" + text, Value: observable.Value{Type: t, Text: text}, Polarity: protect.Block,
		Status: protect.Active, Decided: e.now, Expires: e.now.Add(time.Hour),
	}
}

func revoked(p protect.Protection) protect.Protection {
	p.Status = protect.Revoked
	return p
}

func TestPushAndRecall(t *testing.T) {
	w := newWorld(t)
	e := newEdge(w)
	e.decide()
	w.expect(true, "203.0.113.7", "203.0.113.8", "2001:db8:bad::7")
	e.decide(e.block("203.0.113.7"), e.block("2001:db8:bad::7"))
	w.expect(false, "203.0.113.7", "2001:db8:bad::7")
	w.expect(true, "203.0.113.8", "2001:db8:bad::8")
	for _, c := range e.counts() {
		if c.Packets != 2 && c.Hook != "forward" || c.Packets != 4 && c.Hook == "forward" {
			t.Errorf("%s: %d packets dropped", c.Hook, c.Packets)
		}
	}
	e.decide(revoked(e.block("203.0.113.7")))
	w.expect(true, "203.0.113.7")
	w.expect(false, "2001:db8:bad::7")
	observed := e.block("2001:db8:bad::7")
	observed.Polarity = protect.Observe
	e.decide(observed)
	w.expect(true, "2001:db8:bad::7")
}

func (e *edge) counts() []nft.Count {
	e.t.Helper()
	counts, err := e.out.Dropped(context.Background())
	if err != nil {
		e.t.Fatal(err)
	}
	if len(counts) != 3 {
		e.t.Fatalf("counts: %v", counts)
	}
	return counts
}

func TestPrefixesMayOverlap(t *testing.T) {
	w := newWorld(t)
	e := newEdge(w)
	e.decide(e.block("203.0.113.0/28")) // with the first Apply
	w.expect(false, "203.0.113.7", "203.0.113.8")
	w.expect(true, "203.0.113.200")
	e.decide(e.block("203.0.113.0/29"), e.block("203.0.113.8"), e.block("2001:db8:bad::/125")) // of new lengths
	w.expect(false, "203.0.113.7", "203.0.113.8", "2001:db8:bad::7")
	w.expect(true, "203.0.113.200", "2001:db8:bad::8")
	e.decide(revoked(e.block("203.0.113.0/28")))
	w.expect(false, "203.0.113.7", "203.0.113.8")
	e.decide(revoked(e.block("203.0.113.0/29")), e.block("203.0.113.128/25"))
	w.expect(true, "203.0.113.7")
	w.expect(false, "203.0.113.8", "203.0.113.200")
	e.decide(revoked(e.block("203.0.113.8")), revoked(e.block("2001:db8:bad::/125")))
	w.expect(true, "203.0.113.8", "2001:db8:bad::7")
	w.expect(false, "203.0.113.200")
}

// Nobody runs but the kernel, and what has expired goes; what was renewed stays.
func TestWhatHasExpiredGoesByItself(t *testing.T) {
	w := newWorld(t)
	e := newEdge(w)
	e.decide()
	short := func(text string) protect.Protection {
		p := e.block(text)
		p.Expires = e.now.Add(3 * time.Second)
		return p
	}
	e.decide(short("203.0.113.7"), short("203.0.113.8"), short("203.0.113.128/25"), e.block("2001:db8:bad::7"))
	e.decide(e.block("203.0.113.8"))      // for longer
	e.decide(short("2001:db8:bad::7"))    // for less
	if err := e.out.Close(); err != nil { // as if the edge had died
		t.Fatal(err)
	}
	w.expect(false, "203.0.113.8")
	arrives := func(a string) func() bool { return func() bool { return w.outside.arrives(a, w.filter, gate4) } }
	w.until("an address has expired", arrives("203.0.113.7"))
	w.until("a prefix has expired", arrives("203.0.113.200"))
	w.until("what was shortened has expired", func() bool { return w.outside.arrives("2001:db8:bad::7", w.filter, gate6) })
	if time.Since(e.now) < 3*time.Second {
		t.Error("before their time")
	}
	w.expect(false, "203.0.113.8")
	// The edge comes back, and takes note of the same.
	e.now = time.Now()
	e.decide()
	w.expect(true, "203.0.113.7")
	w.expect(false, "203.0.113.8")
}

// Somebody empties the packet filter; the next Apply notices.
func TestAFlushedRulesetIsMended(t *testing.T) {
	w := newWorld(t)
	e := newEdge(w)
	check := func() error { return e.out.Check(context.Background()) }
	if check() == nil {
		t.Error("nothing was applied yet")
	}
	e.decide(e.block("203.0.113.7"))
	for _, harm := range []string{"flush ruleset", "delete table inet tocsin", "flush chain inet tocsin forward", "delete chain inet tocsin output"} {
		if err := check(); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(harm, "delete chain") {
			w.nft(strings.Fields("flush chain inet tocsin output")...)
		}
		w.nft(strings.Fields(harm)...)
		if check() == nil {
			t.Errorf("%s: not noticed", harm)
		}
		e.decide(e.block("203.0.113.8"))
		w.expect(false, "203.0.113.7", "203.0.113.8")
		w.nft(strings.Fields(harm)...)
		e.decide(revoked(e.block("203.0.113.8")))
		w.expect(false, "203.0.113.7")
		w.expect(true, "203.0.113.8")
	}
}

// The owner's own rules stay, and have their say.
func TestOtherTablesAreLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.nft("add table inet own; add chain inet own in { type filter hook input priority 10; policy accept; }; add rule inet own in ip saddr 203.0.113.8 drop")
	before := w.nft("list", "table", "inet", "own")
	e := newEdge(w)
	e.decide(e.block("203.0.113.7"))
	if w.outside.arrives("203.0.113.8", w.filter, gate4) || w.outside.arrives("203.0.113.7", w.filter, gate4) || !w.outside.arrives("203.0.113.200", w.filter, gate4) {
		t.Error("one of the tables has no say")
	}
	if after := w.nft("list", "table", "inet", "own"); after != before {
		t.Errorf("the owner's table was %s, is %s", before, after)
	}
}

// An edge that begins anew replaces what is there in one step: of two that are
// blocked before and after, no packet arrives meanwhile.
func TestBeginningAnewLeavesNoGap(t *testing.T) {
	w := newWorld(t)
	e := newEdge(w)
	var many []protect.Protection
	for i := range 5000 {
		many = append(many, e.block(fmt.Sprintf("10.1.%d.%d", i>>8, i&255)))
	}
	e.decide(append(many, e.block("203.0.113.7"))...)
	stop, done := make(chan struct{}), make(chan [2]int)
	go func() {
		var n, through int
		for {
			select {
			case <-stop:
				done <- [2]int{n, through}
				return
			default:
			}
			if n++; w.outside.arrives("203.0.113.7", w.filter, gate4) {
				through++
			}
		}
	}()
	for i := range 30 {
		fresh := newEdge(w)
		fresh.live = e.live
		u := e.live.Advance(e.now)
		u.Anew = i%2 == 0 // else it finds out
		if err := fresh.out.Apply(context.Background(), u); err != nil {
			t.Fatal(err)
		}
		again := e.block("203.0.113.7")
		again.Expires = again.Expires.Add(time.Duration(i) * time.Minute)
		e.take(again)
		if err := fresh.out.Apply(context.Background(), e.live.Advance(e.now)); err != nil {
			t.Fatal(err)
		}
		fresh.out.Close()
	}
	close(stop)
	if n := <-done; n[0] == 0 || n[1] > 0 {
		t.Errorf("%d of %d packets arrived", n[1], n[0])
	}
	if sets := strings.Count(w.nft("list", "sets"), "set "); sets != 2 {
		t.Errorf("%d sets are left", sets)
	}
}

// 1,000 in one transaction, and more than one transaction takes.
func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	e := newEdge(w)
	e.decide()
	many := func(n int, end bool) (ps []protect.Protection) {
		for i := range n {
			p4, p6 := e.block(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)), e.block(fmt.Sprintf("2001:db8:bad:1::%x", i+1))
			if end {
				p4, p6 = revoked(p4), revoked(p6)
			}
			ps = append(ps, p4, p6)
		}
		return ps
	}
	for _, n := range []int{500, 10_000, 30_000} {
		e.decide(append(many(n, false), e.block("203.0.113.7"))...)
		if got := w.elements(); got != 2*n+1 {
			t.Errorf("%d elements, want %d", got, 2*n+1)
		}
		w.expect(false, "203.0.113.7")
		e.decide(many(n, true)...)
		if got := w.elements(); got != 1 {
			t.Errorf("%d elements are left, want 1", got)
		}
		e.decide(revoked(e.block("203.0.113.7")))
		w.expect(true, "203.0.113.7")
	}
}

// elements counts them in all sets, as nft sees them.
func (w *world) elements() int { return strings.Count(w.nft("list", "sets"), "expires") }

func TestWithoutTheRightToItSaysSo(t *testing.T) {
	err := deprived(t)
	if err == nil || !strings.Contains(err.Error(), "CAP_NET_ADMIN") {
		t.Errorf("without rights: %v", err)
	}
}
