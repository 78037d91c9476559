package protect_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func addrs(texts ...string) []netip.Addr {
	var list []netip.Addr
	for _, text := range texts {
		list = append(list, netip.MustParseAddr(text))
	}
	return list
}

func TestYields(t *testing.T) {
	is := func(id string, p protect.Polarity, s protect.Status) protect.Protection {
		return protect.Protection{ID: id, Polarity: p, Status: s}
	}
	block, must := is("1", protect.Block, protect.Active), is("1", protect.MustResolve, protect.Active)
	tests := []struct {
		name      string
		old, next protect.Protection
		want      bool
	}{
		{"nothing to a block", protect.Protection{}, block, true},
		{"nothing to a proposal", protect.Protection{}, is("2", protect.Block, protect.Proposed), false},
		{"nothing to an end", protect.Protection{}, is("2", protect.Block, protect.Revoked), false},
		{"a block to an observe", block, is("2", protect.Observe, protect.Active), true},
		{"a block to its canary", block, is("1", protect.Block, protect.Canary), true},
		{"a block to a must-resolve", block, is("2", protect.MustResolve, protect.Active), true},
		{"a block to a proposal", block, is("2", protect.Observe, protect.Proposed), false},
		{"a block to its recall", block, is("1", protect.Block, protect.Revoked), true},
		{"a block to another's recall", block, is("2", protect.Block, protect.Revoked), false},
		{"a block to another's expiry", block, is("2", protect.Block, protect.Expired), false},
		{"a must-resolve to a block", must, is("2", protect.Block, protect.Active), false},
		{"a must-resolve to an observe", must, is("2", protect.Observe, protect.Active), false},
		{"a must-resolve to its renewal", must, is("2", protect.MustResolve, protect.Active), true},
		{"a must-resolve to its recall", must, is("1", protect.MustResolve, protect.Revoked), true},
		{"an ended must-resolve to a block", is("1", protect.MustResolve, protect.Revoked), is("2", protect.Block, protect.Active), true},
		{"an ended block to its end again", is("1", protect.Block, protect.Revoked), is("1", protect.Block, protect.Expired), false},
	}
	for _, tt := range tests {
		if got := tt.old.Yields(tt.next); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestProposals(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(contributor, "c2.example", protect.Block))
	h.want("c2.example", "block proposed")
	h.must(h.ask(contributor, "c2.example", protect.Block)) // said again, not twice
	only(t, h.List())
	if in := h.Effective(h.now); len(in) != 0 {
		t.Fatalf("a proposal is in force: %+v", in)
	}
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	if p := only(t, h.List()); p.Status != protect.Active {
		t.Errorf("decided: %+v", p)
	}
	if err := h.ask(contributor, "c2.example", protect.Block); !errors.Is(err, protect.ErrConflict) {
		t.Errorf("proposed what is in force: %v", err)
	}
	// Who may only propose cannot lift a block by proposing something else.
	h.must(h.ask(contributor, "c2.example", protect.Observe))
	if p := only(t, h.Effective(h.now)); p.Polarity != protect.Block {
		t.Errorf("in force: %+v", p)
	}
	h.recall("c2.example")
	h.want("c2.example", "block revoked")
	h.recall("c2.example") // now the proposal
	if _, err := h.Recall(coordinator, value(t, "c2.example"), "again", h.now); !errors.Is(err, protect.ErrNotFound) {
		t.Errorf("recalled what is not there: %v", err)
	}
	h.must(h.ask(contributor, "late.example", protect.Block))
	h.now = h.now.Add(25 * 3600e9)
	h.settle()
	if len(h.List()) != 1 {
		t.Errorf("proposals never end: %+v", h.List())
	}
	h.sameRebuilt(value(t, "c2.example"), value(t, "late.example"))
}

func TestRenewalKeepsTheReceipts(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	before := only(t, h.Effective(h.now))
	h.now = h.now.Add(3600e9)
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	after := only(t, h.Effective(h.now))
	if before.ID != after.ID || !after.Expires.After(before.Expires) {
		t.Errorf("before %+v, after %+v", before, after)
	}
	h.must(h.ask(coordinator, "c2.example", protect.Observe))
	if p := only(t, h.Effective(h.now)); p.ID == before.ID {
		t.Error("another polarity has the same id")
	}
}

func TestAskRefusesNonsense(t *testing.T) {
	h := newHub(t, protect.Config{})
	c2 := value(t, "c2.example")
	viewer := access.Principal{Partner: "identity--v", Role: access.Viewer}
	tests := []struct {
		name     string
		by       access.Principal
		v        observable.Value
		p        protect.Polarity
		reason   string
		want     error
		mentions string
	}{
		{"a viewer", viewer, c2, protect.Block, "r", protect.ErrForbidden, "contributor"},
		{"no role", access.Principal{}, c2, protect.Block, "r", protect.ErrForbidden, ""},
		{"no polarity", coordinator, c2, "", "r", protect.ErrInvalid, "must-resolve"},
		{"no reason", coordinator, c2, protect.Block, "", protect.ErrInvalid, "reason"},
		{"a bell", coordinator, c2, protect.Block, "ding\a", protect.ErrInvalid, "U+0007"},
		{"no value", coordinator, observable.Value{}, protect.Block, "r", protect.ErrInvalid, "type"},
		{"not normal", coordinator, observable.Value{Type: observable.Domain, Text: "C2.example."}, protect.Block, "r", protect.ErrInvalid, "c2.example"},
	}
	for _, tt := range tests {
		d, err := h.Ask(tt.by, protect.Request{Value: tt.v, Polarity: tt.p, Reason: tt.reason}, h.now)
		if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.mentions) || d.Kind != "" {
			t.Errorf("%s: %v, draft %q", tt.name, err, d.Kind)
		}
	}
}

func TestReceipts(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	id := only(t, h.List()).ID
	ack := func(by access.PartnerID, outlet string, inForce bool) {
		d, err := h.Acknowledge(by, protect.Receipt{Protection: id, Outlet: outlet, InForce: inForce, At: h.now}, h.now)
		h.must(err)
		h.append(d)
	}
	ack("identity--a", "rpz", true)
	ack("identity--a", "rpz", true)
	ack("identity--a", "nft", true)
	ack("identity--vendor", "rpz", true)
	ack("identity--vendor", "rpz", false)
	all := h.Receipts(coordinator, id)
	if len(all) != 3 || all[2].Partner != "identity--vendor" || all[2].InForce {
		t.Errorf("receipts: %+v", all)
	}
	if own := only(t, h.Receipts(contributor, id)); own.Partner != "identity--vendor" {
		t.Errorf("a contributor sees %+v", own)
	}
	if got := len(h.Receipts(administrator, id)); got != 3 {
		t.Errorf("the administrator sees %d receipts", got)
	}
	e := h.entries[len(h.entries)-1]
	a, err := access.ParseAudience(e.Audience)
	h.must(err)
	if !contributor.MaySee(access.PartnerID(e.Actor), a) || coordinator.MaySee(access.PartnerID(e.Actor), a) {
		t.Errorf("a receipt by %s is for %q", e.Actor, e.Audience)
	}

	for name, bad := range map[string]struct {
		by   access.PartnerID
		r    protect.Receipt
		want error
	}{
		"unknown":        {"identity--a", protect.Receipt{Protection: "protection--none", Outlet: "rpz", At: now}, protect.ErrNotFound},
		"no partner":     {"", protect.Receipt{Protection: id, Outlet: "rpz", At: now}, protect.ErrForbidden},
		"no outlet":      {"identity--a", protect.Receipt{Protection: id, At: now}, protect.ErrInvalid},
		"no time":        {"identity--a", protect.Receipt{Protection: id, Outlet: "rpz"}, protect.ErrInvalid},
		"escape problem": {"identity--a", protect.Receipt{Protection: id, Outlet: "rpz", At: now, Problem: "\x1b[2J"}, protect.ErrInvalid},
	} {
		if d, err := h.Acknowledge(bad.by, bad.r, now); !errors.Is(err, bad.want) || d.Kind != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.sameRebuilt(value(t, "c2.example"))
}

func TestWhyTellsEachWhatItMaySee(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.report("identity--a", unresolved(seen(t, killSwitch, 0, 1)))
	h.report("identity--a", unresolved(seen(t, killSwitch, 5, 6)))
	h.reportAs("identity--b", "b", access.Audience{TLP: access.Red}, unresolved(seen(t, killSwitch, 0, 1)))
	h.report("identity--c", unresolved(seen(t, killSwitch, 0, 1)))
	h.settle()
	h.must(h.ask(coordinator, killSwitch, protect.MustResolve))
	if err := h.ask(contributor, killSwitch, protect.Block); err == nil {
		t.Fatal("blocked")
	}
	p, _ := h.Get(value(t, killSwitch))
	d, err := h.Acknowledge("identity--a", protect.Receipt{Protection: p.ID, Outlet: "rpz", InForce: true, At: now}, now)
	h.must(err)
	h.append(d)

	story := func(p access.Principal) string {
		var kinds []string
		for _, e := range h.Why(p, value(t, killSwitch)).Events {
			switch {
			case e.Sightings != nil:
				kinds = append(kinds, "report of "+e.By)
			case e.Protection != nil:
				kinds = append(kinds, string(e.Protection.Polarity))
			case e.Refusal != nil:
				kinds = append(kinds, "refusal")
			case e.Receipt != nil:
				kinds = append(kinds, "receipt")
			}
			if e.Text == "" || e.Seq == 0 && e.Receipt == nil {
				t.Errorf("event without words: %+v", e)
			}
		}
		return strings.Join(kinds, ", ")
	}
	member := func(id access.PartnerID) access.Principal {
		return access.Principal{Partner: id, Role: access.Viewer, Communities: []string{"default"}}
	}
	for _, tt := range []struct {
		by   access.Principal
		want string
	}{
		{coordinator, "report of identity--a, report of identity--c, observe, must-resolve, refusal, receipt"},
		{contributor, "report of identity--a, report of identity--c, observe, must-resolve, refusal"},
		{member("identity--a"), "report of identity--a, report of identity--c, observe, must-resolve, receipt"},
		{member("identity--b"), "report of identity--a, report of identity--b, report of identity--c, observe, must-resolve"},
		{access.Principal{Partner: "identity--stranger", Role: access.Viewer}, ""},
	} {
		if got := story(tt.by); got != tt.want {
			t.Errorf("%s reads %q, want %q", tt.by.Partner, got, tt.want)
		}
	}
	if first := h.Why(coordinator, value(t, killSwitch)).Events[0]; first.Sightings.Reports != 2 || first.Sightings.Count != 6 {
		t.Errorf("two reports are summed up as %+v", first.Sightings)
	}
	if s := h.Why(coordinator, value(t, "unheard.example")); len(s.Events) != 0 {
		t.Errorf("a story of nothing: %+v", s)
	}
}
