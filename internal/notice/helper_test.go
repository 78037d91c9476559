package notice_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
)

var start = time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)

// fatal is what of a test the world needs; rapid's has it, too.
type fatal interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

// world is a ledger in memory with a state that follows it, and its deciders asked.
type world struct {
	t       fatal
	s       *notice.State
	cfg     notice.Config
	from    notice.Sources
	now     time.Time
	entries []ledger.Entry
}

func newWorld(t fatal, cfg notice.Config) *world {
	w := &world{t: t, cfg: cfg, s: notice.NewState(cfg), now: start}
	w.from = notice.Sources{
		Called:  func(access.Principal, responseCallID) bool { return true },
		Holders: func(string) []access.PartnerID { return []access.PartnerID{id(1), id(2)} },
	}
	w.s.From(w.from)
	return w
}

// id is the partner with a number.
func id(n int) access.PartnerID {
	return access.PartnerID(fmt.Sprintf("identity--00000000-0000-4000-8000-%012d", n))
}

// partners lets so many in: every third one of healthcare, each its own organisation.
func (w *world) partners(n int) *world {
	for i := 1; i <= n; i++ {
		p := access.Partner{ID: id(i), Name: fmt.Sprintf("Partner %d", i), Sector: "energy", Country: "GB", Kind: "operator"}
		if i%3 == 0 {
			p.Sector, p.Country = "healthcare", "JP"
		}
		w.add(draft(access.KindPartnerJoined, access.Hub, access.ToCommunity(access.Green), p))
	}
	return w
}

func draft(kind ledger.Kind, actor string, to access.Audience, body any) ledger.Draft {
	d, err := ledger.NewDraft(kind, actor, to.String(), body)
	if err != nil {
		panic(err)
	}
	return d
}

// add appends, folds and has the deciders say what follows.
func (w *world) add(drafts ...ledger.Draft) {
	w.t.Helper()
	for _, d := range drafts {
		w.fold(d)
	}
	w.decide()
}

func (w *world) fold(d ledger.Draft) {
	w.t.Helper()
	e := ledger.Entry{Seq: ledger.Seq(len(w.entries) + 1), Time: w.now, Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body}
	e.Hash = ledger.Hash(sha256.Sum256(fmt.Appendf(nil, "%d %s %s", e.Seq, e.Kind, e.Body)))
	w.entries = append(w.entries, e)
	if err := w.s.Apply(e); err != nil {
		w.t.Fatalf("apply %s: %v", e.Kind, err)
	}
}

func (w *world) decide() {
	w.t.Helper()
	for range 100 {
		drafts := w.s.Pending(w.now)
		if len(drafts) == 0 {
			return
		}
		for _, d := range drafts {
			w.fold(d)
		}
	}
	w.t.Fatalf("the decider does not come to an end: %s", w.s.Pending(w.now)[0].Body)
}

// do appends what a constructor drafted.
func (w *world) do(d ledger.Draft, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	w.add(d)
}

// pass lets time go by, second by second only where something is decided.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(d)
	w.decide()
}

// sends delivers all that is due and gives it.
func (w *world) sends() []notice.Due {
	w.t.Helper()
	var sent []notice.Due
	for range 10_000 {
		due, _ := w.s.Due(w.now)
		if len(due) == 0 {
			return sent
		}
		w.do(w.s.Sent(due[0], w.now))
		sent = append(sent, due[0])
	}
	w.t.Fatalf("there is no end of what is due")
	return nil
}

// fails has all that is due fail, once each, and gives the outcomes.
func (w *world) fails(f notice.Failure) []notice.Due {
	w.t.Helper()
	due, _ := w.s.Due(w.now)
	for _, d := range due {
		w.do(w.s.Failed(d, f, w.now))
	}
	return due
}

// count is how many entries of a kind there are.
func (w *world) count(kind ledger.Kind) int {
	n := 0
	for _, e := range w.entries {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func person(n int, role access.Role) access.Principal {
	return access.Principal{Partner: id(n), Role: role, Communities: []string{access.DefaultCommunity}}
}

// channel adds a webhook of a partner, changed by change.
func (w *world) channel(of int, change func(*notice.Channel)) string {
	w.t.Helper()
	c := notice.Channel{Kind: notice.Webhook, Target: fmt.Sprintf("https://partner.example/%d", len(w.entries))}
	if change != nil {
		change(&c)
	}
	added, d, err := w.s.AddChannel(person(of, access.Contributor), c, w.now)
	w.do(d, err)
	return added.ID
}

// issue issues an alert of partner 1's.
func (w *world) issue(change func(*notice.Alert), to access.Audience) notice.AlertID {
	w.t.Helper()
	a := notice.Alert{Title: "Patch MS17-010 now", Text: "It spreads by SMB.", Severity: notice.Critical, Subjects: []string{"CVE-2017-0144"}}
	if change != nil {
		change(&a)
	}
	alert, d, err := w.s.Issue(person(1, access.Coordinator), a, to, w.now)
	w.do(d, err)
	return alert
}

// titles are those of what was sent, a slice a delivery.
func titles(sent []notice.Due) [][]string {
	list := [][]string{}
	for _, d := range sent {
		var of []string
		for _, n := range d.Notices {
			of = append(of, n.Title)
		}
		list = append(list, of)
	}
	return list
}

func wants[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func partnersOf(sent []notice.Due) []access.PartnerID {
	list := []access.PartnerID{}
	for _, d := range sent {
		list = append(list, d.Channel.Partner)
	}
	slices.Sort(list)
	return list
}
