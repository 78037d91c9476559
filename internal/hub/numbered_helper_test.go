package hub

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/views"
)

// failing is a test, or one run of a property.
type failing interface {
	Fatal(args ...any)
	Context() context.Context
}

// fakeLedger is what the nodes of the tests share, in memory.
type fakeLedger struct {
	ledger.Ledger
	entries []ledger.Entry
}

func (l *fakeLedger) Append(_ context.Context, _ ledger.Seq, drafts ...ledger.Draft) (some []ledger.Entry, err error) {
	for _, d := range drafts {
		some = append(some, ledger.Entry{Seq: ledger.Seq(len(l.entries) + 1 + len(some)), Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body})
	}
	l.entries = append(l.entries, some...)
	return some, nil
}

func (l *fakeLedger) Read(_ context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range l.entries[after:] {
			if slices.Contains(kinds, e.Kind) && !yield(e, nil) {
				return
			}
		}
	}
}

// fakeNumbering is a node's part in a cluster that does not exist.
type fakeNumbering struct {
	*fakeLedger
	leads bool
}

func (n *fakeNumbering) Leads() bool              { return n.leads }
func (n *fakeNumbering) Changed() <-chan struct{} { return nil }
func (n *fakeNumbering) Append(ctx context.Context, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	if !n.leads {
		return nil, fmt.Errorf("fenced: %w", ledger.ErrUnavailable)
	}
	return n.fakeLedger.Append(ctx, ledger.Any, drafts...)
}

// fakeNode is a node that takes its steps when it is told to.
type fakeNode struct {
	*outlets
	hub  *Hub
	part *fakeNumbering
}

const testPartner access.PartnerID = "identity--1"

// testKeys are with what the resolvers of the test follow.
var testKeys = []follower{{"", feed.Internal}, {testPartner, feed.Internal}, {testPartner, feed.Public}}

// startNode starts a node on what the ledger holds.
func startNode(t failing, l *fakeLedger, clock func() time.Time) *fakeNode {
	part := &fakeNumbering{fakeLedger: l}
	h := &Hub{numbering: part, cfg: Config{Clock: clock, Logger: slog.New(slog.DiscardHandler)}}
	h.secrets.TSIG = "the secret of the tests"
	h.ended, h.stop = context.WithCancelCause(context.Background())
	h.Views = &views.Views{Ledger: l, Access: access.NewDirectory(), Protect: protect.NewState(protect.Config{}), Connections: &feed.Connections{}}
	joined, err := ledger.NewDraft(access.KindPartnerJoined, access.Hub, "", access.Partner{ID: testPartner, Name: "one"})
	if err == nil {
		err = h.Views.Access.Apply(ledger.Entry{Kind: joined.Kind, Body: joined.Body})
	}
	for _, e := range l.entries {
		err = errors.Join(err, h.Views.Access.Apply(e))
	}
	if err != nil {
		t.Fatal(err)
	}
	if h.sinkhole, err = feed.NewSinkhole("127.0.0.1:0", func(string, time.Time) {}); err != nil {
		t.Fatal(err)
	}
	n := &fakeNode{hub: h, part: part}
	if n.outlets, err = newOutlets(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	h.dns, err = rpz.New(rpz.Config{Addr: "127.0.0.1:0", Keys: n.transferKey, Incremental: n.incremental, Serial: 1})
	if err != nil {
		t.Fatal(err)
	}
	n.settleDown(t)
	return n
}

func (n *fakeNode) end(t failing) {
	n.hub.stop(errClosed)
	n.hub.stopped.Wait()
	if err := errors.Join(n.hub.dns.Close(), n.hub.sinkhole.Close()); err != nil {
		t.Fatal(err)
	}
}

// settleDown has everything made that is asked for.
func (n *fakeNode) settleDown(t failing) {
	for _, who := range testKeys {
		n.transferKey(n.keys.name(who))
	}
	if err := n.follows(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.hub.stopped.Wait()
	if cause := context.Cause(n.hub.ended); cause != nil {
		t.Fatal(cause)
	}
}

// told hands a node some of the entries that it has not come to.
func (n *fakeNode) told(t failing, most int) {
	first := int(n.rounds.read)
	for _, e := range n.part.entries[first:min(first+most, len(n.part.entries))] {
		if err := n.hub.Views.Access.Apply(e); err != nil {
			t.Fatal(err)
		}
		n.entry(e)
	}
	n.settleDown(t)
}

// number has a node number what waits, if it leads.
func (n *fakeNode) numbers(t failing) {
	if _, err := n.lead(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// publish has a node that leads number what waits, and publish it.
func (n *fakeNode) publish(t failing) {
	n.told(t, len(n.part.entries))
	n.numbers(t)
	n.told(t, len(n.part.entries))
}

// adder puts entries on the ledger.
func (l *fakeLedger) adder(t failing) func(ledger.Kind, access.Audience, any) {
	return func(kind ledger.Kind, to access.Audience, body any) {
		d, err := ledger.NewDraft(kind, access.Hub, to.String(), body)
		if err == nil {
			_, err = l.Append(t.Context(), ledger.Any, d)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// zoneAt is what a transfer gives: the serial, and the records in any order.
type zoneAt struct {
	serial  uint32
	records map[string]int
}

func (z zoneAt) String() string {
	var lines []string
	for r, n := range z.records {
		if n != 0 {
			lines = append(lines, fmt.Sprint(n, " ", r))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// transferred brings a resolver's copy up to date from a node: whole if it has none. How
// says what it was sent.
func (n *fakeNode) transferred(t failing, who follower, zone string, held zoneAt) (zoneAt, string) {
	name := n.keys.name(who)
	q := new(dns.Msg).SetAxfr(zone)
	if held.records != nil {
		q = new(dns.Msg).SetIxfr(zone, held.serial, ".", ".")
	}
	q.SetTsig(name, dns.HmacSHA256, 300, time.Now().Unix())
	answers, err := (&dns.Transfer{TsigSecret: map[string]string{name: n.keys.of(name)}}).In(q, n.hub.dns.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var all []dns.RR
	for a := range answers {
		if a.Error != nil {
			t.Fatal(a.Error)
		}
		all = append(all, a.RR...)
	}
	head := all[0].(*dns.SOA)
	if len(all) == 1 && head.Serial == held.serial {
		return held, "nothing"
	} else if len(all) == 1 {
		return held, "something older"
	}
	if _, changes := all[1].(*dns.SOA); !changes {
		whole := zoneAt{head.Serial, map[string]int{}}
		for _, rr := range all[1 : len(all)-1] {
			whole.records[rr.String()]++
		}
		return whole, "all"
	}
	next := zoneAt{head.Serial, map[string]int{}}
	for r, count := range held.records {
		next.records[r] = count
	}
	sign := 1
	for _, rr := range all[1 : len(all)-1] {
		if _, soa := rr.(*dns.SOA); soa {
			sign = -sign
			continue
		}
		next.records[rr.String()] += sign
	}
	return next, "changes"
}

// listing is all that the lists say to a class's readers.
func (n *fakeNode) listing(t failing, c *class) string {
	c.mu.Lock()
	set, serial, since := c.live.Set(), c.serial, c.since
	c.mu.Unlock()
	sum := sha256.New()
	for _, name := range []string{"protections.json", "domains.txt", "addresses.txt"} {
		compile, known := compilers[name]
		if !known {
			continue
		}
		doc, err := document(set, compile, 0, serial, since)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(sum, name, doc.Serial, doc.Changed, doc.Left, string(doc.Body))
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// someDecision is about one of a few values. What it puts in force has an id that no
// other has, as on any ledger: so many entries stand before it.
func someDecision(t *rapid.T, now time.Time, last map[observable.Value]protect.Protection, after int) ledger.Draft {
	v := rapid.SampledFrom([]observable.Value{
		{Type: observable.Domain, Text: "evil.example"}, {Type: observable.Domain, Text: "a.evil.example"}, {Type: observable.Domain, Text: "b.a.evil.example"},
		{Type: observable.Domain, Text: "other.example"}, {Type: observable.IPv4, Text: "198.51.100.1"}, {Type: observable.IPv4, Text: "198.51.100.0/24"},
		{Type: observable.URL, Text: "http://evil.example/x"},
	}).Draw(t, "value")
	p, some := last[v]
	if some && p.Expires.After(now) && rapid.Bool().Draw(t, "end") {
		p.Status = protect.Revoked
	} else {
		p = protect.Protection{
			ID: fmt.Sprintf("protection--%d-%d", after, rapid.Uint32().Draw(t, "id")), Value: v, Status: protect.Active, By: rapid.SampledFrom([]string{access.Hub, "administrator"}).Draw(t, "by"),
			Polarity: protect.Block, TLP: access.Green, Confidence: rapid.IntRange(1, 100).Draw(t, "sure"), Guards: []string{},
			Decided: now, Expires: now.Add(time.Duration(rapid.SampledFrom([]int{1, 60, 600, 86_400, 864_000}).Draw(t, "for")) * time.Second),
		}
		if v.Type == observable.Domain && rapid.IntRange(0, 3).Draw(t, "polarity") == 0 {
			p.Polarity, p.Answer, p.By = protect.MustResolve, "192.0.2.1", "administrator"
		}
	}
	last[v] = p
	audience := access.ToCommunity(access.Green)
	if rapid.IntRange(0, 5).Draw(t, "audience") == 0 {
		audience = access.Audience{TLP: access.Red, Recipients: []access.PartnerID{testPartner}}
	}
	d, err := ledger.NewDraft(protect.KindDecided, access.Hub, audience.String(), p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
