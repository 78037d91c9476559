package hub

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// fakeCluster is three nodes, and what they have said so far.
type fakeCluster struct {
	t     *rapid.T
	l     *fakeLedger
	now   time.Time
	nodes []*fakeNode
	said  map[string]string // by view or zone and serial
	last  map[string]uint64 // by node and view
	held  map[string]zoneAt // by resolver and zone
	sent  map[string]int
}

func newFakeCluster(t *rapid.T, sent map[string]int) *fakeCluster {
	c := &fakeCluster{t: t, l: &fakeLedger{}, now: time.Date(2017, 5, 12, 11, 50, 0, 0, time.UTC), said: map[string]string{}, last: map[string]uint64{}, held: map[string]zoneAt{}, sent: sent}
	for i := range 3 {
		c.nodes = append(c.nodes, startNode(t, c.l, c.clock(i)))
	}
	c.nodes[0].part.leads = true
	return c
}

// clock is a node's: they are not the same.
func (c *fakeCluster) clock(node int) func() time.Time {
	return func() time.Time { return c.now.Add(time.Duration(node*7) * time.Second) }
}

// any is some node.
func (c *fakeCluster) any() (int, *fakeNode) {
	i := rapid.IntRange(0, len(c.nodes)-1).Draw(c.t, "node")
	return i, c.nodes[i]
}

// says holds what is said under a serial against what was said under it before.
func (c *fakeCluster) says(what string, serial uint64, content string) {
	key := fmt.Sprintf("%s at %d", what, serial)
	if before, some := c.said[key]; some && before != content {
		c.t.Fatalf("%s:\n%s\nand before:\n%s", key, content, before)
	}
	c.said[key] = content
}

// check asks every node for its lists, and one for its zones.
func (c *fakeCluster) check(t *rapid.T) {
	c.t = t
	asked, _ := c.any()
	for i, n := range c.nodes {
		for _, one := range n.list() {
			if one.live == nil {
				continue
			}
			c.says("lists of "+one.view, one.serial, n.listing(t, one))
			key := fmt.Sprint(i, " ", one.view)
			if one.serial < c.last[key] {
				t.Fatalf("%s: %d after %d", key, one.serial, c.last[key])
			}
			c.last[key] = one.serial
		}
		if len(n.rounds.list) == 0 || i != asked {
			continue
		}
		for _, who := range testKeys {
			_, view, _ := n.transferKey(n.keys.name(who))
			if n.classOf(view).live == nil {
				continue // the key has come to lead to it just now
			}
			for _, zone := range []string{HotZone, Zone} {
				z, _ := n.transferred(t, who, zone, zoneAt{})
				c.says(zone+" of "+view, uint64(z.serial), z.String())
			}
		}
	}
}

func (n *fakeNode) classOf(view string) *class {
	for _, c := range n.list() {
		if c.view == view {
			return c
		}
	}
	return nil
}

// resolve has a resolver ask one of the nodes for what is new.
func (c *fakeCluster) resolve(who follower, zone string) {
	_, n := c.any()
	_, view, _ := n.transferKey(n.keys.name(who))
	if one := n.classOf(view); len(n.rounds.list) == 0 || one.live == nil || len(n.rounds.pending) > 0 {
		return
	}
	key := fmt.Sprint(who, zone)
	next, how := n.transferred(c.t, who, zone, c.held[key])
	c.sent[zone+" "+how]++
	if how != "something older" {
		c.says(zone+" of "+view, uint64(next.serial), next.String())
		c.held[key] = next
	}
}

// Whatever is decided, whoever leads, whatever a node has missed and however often it
// begins anew: what one node publishes under a number, every node does, and a resolver that
// goes from one to the other has what they have.
func TestNodesPublishTheSame(t *testing.T) {
	sent := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		c := newFakeCluster(t, sent)
		defer func() {
			for _, n := range c.nodes {
				n.end(t)
			}
		}()
		decided := map[observable.Value]protect.Protection{}
		stopped := false
		add := func(t *rapid.T, kind ledger.Kind, body any) {
			d, err := ledger.NewDraft(kind, access.Hub, "", body)
			if err == nil {
				_, err = c.l.Append(t.Context(), ledger.Any, d)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		all := func() {
			for range 3 {
				for _, n := range c.nodes {
					n.told(t, len(c.l.entries))
					n.numbers(t)
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"": c.check,
			"decide": func(t *rapid.T) {
				c.t = t
				_, _ = c.l.Append(t.Context(), ledger.Any, someDecision(t, c.now, decided, len(c.l.entries)))
			},
			"stop": func(t *rapid.T) {
				stopped = !stopped
				add(t, protect.KindStopped, protect.Stop{Scope: protect.ScopePartner, Partner: testPartner, On: stopped, At: c.now})
			},
			"canary": func(t *rapid.T) {
				add(t, access.KindPartnerChanged, access.Designation{Partner: testPartner, Canary: rapid.Bool().Draw(t, "canary")})
			},
			"clock": func(t *rapid.T) {
				c.now = c.now.Add(time.Duration(rapid.SampledFrom([]int{-5, 0, 1, 60, 200, 4000}).Draw(t, "seconds")) * time.Second)
			},
			"tell": func(t *rapid.T) {
				c.t = t
				_, n := c.any()
				n.told(t, rapid.IntRange(1, 5).Draw(t, "entries"))
			},
			"go on": func(t *rapid.T) { all() },
			"number": func(t *rapid.T) {
				c.t = t
				_, n := c.any()
				n.numbers(t)
			},
			"hand over": func(t *rapid.T) {
				c.t = t
				_, n := c.any()
				// For a while both may think that they lead, and both appends be taken.
				if rapid.Bool().Draw(t, "fenced") {
					for _, other := range c.nodes {
						other.part.leads = false
					}
				}
				n.part.leads = true
			},
			"two that lead": func(t *rapid.T) {
				c.t = t
				_, _ = c.l.Append(t.Context(), ledger.Any, someDecision(t, c.now, decided, len(c.l.entries)))
				for _, i := range rapid.Permutation([]int{0, 1, 2}).Draw(t, "order") {
					led := c.nodes[i].part.leads
					c.nodes[i].part.leads = true
					c.nodes[i].told(t, len(c.l.entries)) // and not of what the next one appends
					defer func() { c.nodes[i].part.leads = led }()
				}
				for _, i := range rapid.Permutation([]int{0, 1, 2}).Draw(t, "appends") {
					c.nodes[i].numbers(t)
				}
			},
			"restart": func(t *rapid.T) {
				c.t = t
				i, n := c.any()
				n.end(t)
				c.nodes[i] = startNode(t, c.l, c.clock(i))
				c.nodes[i].part.leads = n.part.leads
			},
			"resolve": func(t *rapid.T) {
				c.t = t
				c.resolve(rapid.SampledFrom(testKeys).Draw(t, "who"), rapid.SampledFrom([]string{HotZone, Zone}).Draw(t, "zone"))
			},
			"a quiet while": func(t *rapid.T) {
				c.t = t
				for range rapid.IntRange(1, 4).Draw(t, "rounds") {
					_, _ = c.l.Append(t.Context(), ledger.Any, someDecision(t, c.now, decided, len(c.l.entries)))
					c.now = c.now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "seconds")) * time.Second)
					all()
					for _, who := range testKeys {
						c.resolve(who, HotZone)
						c.resolve(who, Zone)
					}
				}
			},
		})
		all()
		for i, n := range c.nodes {
			if n.rounds.last != c.nodes[0].rounds.last || len(n.rounds.pending) > 0 {
				t.Fatalf("node %d is at %+v with %d waiting, node 0 at %+v", i, n.rounds.last, len(n.rounds.pending), c.nodes[0].rounds.last)
			}
		}
	})
	t.Log("transfers:", sent)
}

// From one hour to the next lists are in another order: then they have another serial,
// also where nothing else has changed.
func TestAnotherOrderHasAnotherSerial(t *testing.T) {
	l, now := &fakeLedger{}, time.Date(2017, 5, 12, 11, 59, 0, 0, time.UTC)
	add := l.adder(t)
	decide := func(name string, sure int, life time.Duration, to access.Audience) {
		p := protect.Protection{
			ID: "protection--" + name, Value: observable.Value{Type: observable.Domain, Text: name}, Polarity: protect.Block, Status: protect.Active,
			By: "administrator", TLP: to.TLP, Confidence: sure, Guards: []string{}, Decided: now.Add(-2 * time.Hour), Expires: now.Add(life),
		}
		add(protect.KindDecided, to, p)
	}
	n := startNode(t, l, func() time.Time { return now })
	defer n.end(t)
	n.part.leads = true
	for i := range 20 { // of these some change places
		decide(fmt.Sprintf("short%d.example", i), 60+2*i, 3*time.Hour, access.ToCommunity(access.Green))
		decide(fmt.Sprintf("long%d.example", i), 60+2*i, 1000*time.Hour, access.ToCommunity(access.Green))
	}
	n.publish(t)
	_, view, _ := n.transferKey(n.keys.name(testKeys[2]))
	c := n.classOf(view)
	before, serial := n.listing(t, c), c.serial
	now = now.Add(90 * time.Second)
	decide("amber.example", 90, time.Hour, access.ToCommunity(access.Amber))
	n.publish(t)
	if after := n.listing(t, c); after == before || c.serial == serial {
		t.Errorf("another order: %t, another serial: %t", after != before, c.serial != serial)
	}
}

// Two views may say different things under one serial: whose key comes to lead from one
// to the other is told of a later one, and given it whole.
func TestWhoseKeyLeadsElsewhereTransfersAll(t *testing.T) {
	l, now := &fakeLedger{}, time.Date(2017, 5, 12, 12, 0, 0, 0, time.UTC)
	add := l.adder(t)
	n := startNode(t, l, func() time.Time { return now })
	defer n.end(t)
	n.part.leads = true
	n.publish(t)
	add(protect.KindStopped, access.Audience{}, protect.Stop{Scope: protect.ScopePartner, Partner: testPartner, On: true, At: now})
	add(protect.KindDecided, access.ToCommunity(access.Green), protect.Protection{
		ID: "protection--1", Value: observable.Value{Type: observable.Domain, Text: "halted.example"}, Polarity: protect.Block, Status: protect.Active,
		By: access.Hub, Guards: []string{}, Decided: now, Expires: now.Add(time.Hour),
	})
	n.publish(t)
	now = now.Add(rpz.Turn)
	n.publish(t)
	who := testKeys[1]
	for _, zone := range []string{HotZone, Zone} {
		stopped, _ := n.transferred(t, who, zone, zoneAt{})
		if len(stopped.records) != 1 { // the NS
			t.Errorf("%s, while it is stopped: %s", zone, stopped)
		}
		add(protect.KindStopped, access.Audience{}, protect.Stop{Scope: protect.ScopePartner, Partner: testPartner, At: now})
		n.publish(t)
		resumed, how := n.transferred(t, who, zone, stopped)
		if how != "all" || zone == Zone && len(resumed.records) != 3 {
			t.Errorf("%s, when it goes on: sent %s: %s", zone, how, resumed)
		}
		add(protect.KindStopped, access.Audience{}, protect.Stop{Scope: protect.ScopePartner, Partner: testPartner, On: true, At: now.Add(-time.Hour)})
		n.publish(t)
	}
}
