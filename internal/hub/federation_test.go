package hub_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// pair is two hubs that follow each other, each with a partner of its own.
type pair struct {
	a, b             *peer
	aOfB, bOfA       string // the partner that stands for the other hub, at A and at B
	bankID, bank     string // at A, and its token
	clinicID, clinic string // at B
}

func newPair(t testing.TB, change ...func(*pull.Config)) *pair {
	t.Helper()
	p := &pair{a: newPeer(t), b: newPeer(t)}
	p.aOfB, p.bOfA = p.a.otherHub("Hub B"), p.b.otherHub("Hub A")
	p.bankID, p.bank = p.a.partner("Bank 01", "financial-services", "DE", "contributor")
	p.clinicID, p.clinic = p.b.partner("Hospital 01", "healthcare", "GB", "contributor")
	p.b.follows(p.a, p.aOfB, p.bOfA, change...)
	p.a.follows(p.b, p.bOfA, p.aOfB, change...)
	return p
}

// What a partner of one hub shares, narrows and withdraws, the partners of the other
// are told with where it came from, over restarts of both, once; and it never comes
// back to where it began.
func TestTwoHubsFollowEachOther(t *testing.T) {
	p := newPair(t)
	clinic, bank := &reading{p: p.b, token: p.clinic}, &reading{p: p.a, token: p.bank}

	p.a.contribute(p.bank, "", "first.example")
	clinic.until("what the bank shared", names("first.example"))
	first := p.b.partsWith("first.example")
	if len(first) != 1 {
		t.Fatalf("the other hub has it %d times", len(first))
	}
	there := p.a.partsWith("first.example")[0]
	o := first[0].Origin
	if o == nil || o.By != p.bankID || o.Contribution != there.ID || o.As != there.ID || len(o.Via) != 1 || o.Via[0] != o.Hub || o.Time.IsZero() {
		t.Errorf("its origin is %+v; it is contribution %s of %s", o, there.ID, p.bankID)
	}
	if diff := cmp.Diff(there.Objects, first[0].Objects); diff != "" {
		t.Errorf("its objects are not as they were shared (-there +here):\n%s", diff)
	}

	p.a.contribute(p.bank, "tlp=amber", "for-members.example") // beyond the terms
	p.a.contribute(p.bank, "", "second.example")
	clinic.until("the second", names("second.example"))
	if got := p.b.partsWith("for-members.example"); len(got) != 0 {
		t.Errorf("what is marked amber came to a hub that takes up to green: %+v", got)
	}

	// Withdrawn and narrowed, also while the other is away.
	p.a.post("/api/v1/objects/"+idOf(t, first[0])+"/withdrawal", p.bank, map[string]string{"reason": "wrong"}, http.StatusNoContent)
	second := p.b.partsWith("second.example")[0]
	clinic.until("the withdrawal", func(l stream.Line) bool { return l.Kind == contribution.KindTightened && names(idOf(t, first[0]))(l) })
	p.b.stop()
	p.a.post("/api/v1/objects/"+idOf(t, second)+"/tightening", p.bank, map[string]string{"reason": "too wide", "tlp": "amber"}, http.StatusNoContent)
	p.a.contribute(p.bank, "", "while-away.example")
	p.b.start(p.b.dir)
	clinic.until("what came while it was away", names("while-away.example"))
	for _, part := range []contribution.Part{first[0], second} {
		if id := idOf(t, part); p.b.shows(p.clinic, id) {
			t.Errorf("%s is shown still", id)
		}
	}

	// Erased while the other is away: nothing of it can be named any more.
	away := p.b.partsWith("while-away.example")[0]
	p.b.stop()
	p.a.post("/api/v1/contributions/"+p.a.partsWith("while-away.example")[0].ID+"/erasure", adminToken, map[string]string{"owner": p.bankID, "reason": "a person's name"}, http.StatusNoContent)
	p.a.contribute(p.bank, "", "after-that.example")
	p.b.start(p.b.dir)
	clinic.until("what came after the erasure", names("after-that.example"))
	if p.b.shows(p.clinic, idOf(t, away)) {
		t.Error("what was erased is shown still")
	}

	// The other way, and over a restart of the first.
	p.a.restart()
	p.b.contribute(p.clinic, "", "from-the-clinic.example")
	bank.until("what the clinic shared", names("from-the-clinic.example"))
	p.a.contribute(p.bank, "", "last.example")
	clinic.until("the last", names("last.example"))
	p.b.contribute(p.clinic, "", "after-all.example")
	bank.until("the end", names("after-all.example"))

	for _, text := range []string{"first.example", "second.example", "after-that.example", "last.example", "from-the-clinic.example", "after-all.example"} {
		for name, at := range map[string]*peer{"A": p.a, "B": p.b} {
			if got := at.partsWith(text); len(got) != 1 {
				t.Errorf("%s is %d times on the ledger of %s", text, len(got), name)
			}
		}
	}
}

// A hub that is told of another community, or of more than it takes, leaves it; the
// community that is mapped to one of its own is that one's.
func TestCommunitiesOfAnotherHub(t *testing.T) {
	a, b := newPeer(t), newPeer(t)
	aOfB, bOfA := a.otherHub("Hub B"), b.otherHub("Hub A")
	bankID, bank := a.partner("Bank 01", "financial-services", "DE", "contributor")
	clinicID, clinic := b.partner("Hospital 01", "healthcare", "GB", "contributor")
	_, outsider := b.partner("Telco 01", "communications", "ES", "contributor")
	a.community("banks", bankID, aOfB)
	a.community("traders", bankID, aOfB)
	b.community("finance", clinicID)
	b.follows(a, aOfB, bOfA, func(c *pull.Config) {
		c.Communities, c.Level = map[string]string{"banks": "finance", "default": "default"}, "amber"
	})
	a.contribute(bank, "community=banks&tlp=amber", "for-banks.example")
	a.contribute(bank, "community=traders", "for-traders.example")
	a.contribute(bank, "tlp=amber%2Bstrict", "strictly.example")
	a.contribute(bank, "tlp=red&recipients="+aOfB, "for-hub-b.example")
	a.contribute(bank, "community=traders&tlp=clear", "for-everybody.example")
	(&reading{p: b, token: outsider}).until("what is for everybody", names("for-everybody.example"))
	for text, want := range map[string]int{"for-banks.example": 1, "for-traders.example": 0, "strictly.example": 0, "for-hub-b.example": 0} {
		if got := b.partsWith(text); len(got) != want {
			t.Errorf("%s is %d times there, want %d", text, len(got), want)
		}
	}
	(&reading{p: b, token: clinic}).until("what is for the members", names("for-banks.example"))
	id := idOf(t, b.partsWith("for-banks.example")[0])
	if b.shows(outsider, id) || !b.shows(clinic, id) {
		t.Error("what is for a community is shown to another, or not to its members")
	}
}

// With other terms the stream is read again: what they no longer let in goes, what
// they let in comes, and nothing is there twice.
func TestOtherTermsAreReadAgain(t *testing.T) {
	a, b := newPeer(t), newPeer(t)
	aOfB, bOfA := a.otherHub("Hub B"), b.otherHub("Hub A")
	_, bank := a.partner("Bank 01", "financial-services", "DE", "contributor")
	_, clinic := b.partner("Hospital 01", "healthcare", "GB", "contributor")
	b.follows(a, aOfB, bOfA)
	reader := &reading{p: b, token: clinic}
	a.contribute(bank, "tlp=amber", "amber.example")
	a.contribute(bank, "tlp=clear", "clear.example")
	a.contribute(bank, "", "green.example")
	reader.until("the green one", names("green.example"))

	b.source.Level = "clear"
	b.restart()
	reader.until("the end of the green one", func(l stream.Line) bool { return l.Kind == contribution.KindTightened })
	id := idOf(t, a.partsWith("green.example")[0])
	if b.shows(clinic, id) {
		t.Error("what the terms no longer let in is shown still")
	}
	b.source.Level = "amber"
	b.restart()
	reader.until("the amber one", names("amber.example"))
	reader.until("the green one", names("green.example"))
	if !b.shows(clinic, id) {
		t.Error("what the terms let in again is not shown")
	}
	if got := b.partsWith("clear.example"); len(got) != 1 {
		t.Errorf("the clear one is %d times there", len(got))
	}
}

// A hub does not follow itself, nor one that is another than before.
func TestWrongHub(t *testing.T) {
	a, b, c := newPeer(t), newPeer(t), newPeer(t)
	aOfB, bOfA, cOfB := a.otherHub("Hub B"), b.otherHub("Hub A"), c.otherHub("Hub B")
	_, bank := a.partner("Bank 01", "financial-services", "DE", "contributor")
	_, clinic := b.partner("Hospital 01", "healthcare", "GB", "contributor")
	b.follows(a, aOfB, bOfA)
	a.contribute(bank, "", "first.example")
	reader := &reading{p: b, token: clinic}
	reader.until("the first", names("first.example"))
	problem := func(part string) {
		t.Helper()
		b.waitProblem(part)
	}
	anew := *b.source
	b.follows(c, cOfB, bOfA)
	problem("was made by another hub") // it does not know the cursor
	b.follows(b, bOfA, bOfA, func(c *pull.Config) { c.Name = "self" })
	problem("cannot follow itself")
	b.source = &anew
	b.restart()
	a.contribute(bank, "", "second.example")
	reader.until("the second", names("second.example"))
}

// waitProblem waits until the only source has a problem with these words.
func (p *peer) waitProblem(part string) {
	p.t.Helper()
	for e, err := range p.Views.Follow(patience(p.t), 0, nil, true, 1e9, func(bool) error { return nil }) {
		if err != nil {
			p.t.Fatal(err)
		}
		if e.Kind == pull.KindPulled && names(part)(stream.Line{Body: e.Body}) {
			return
		}
	}
	p.t.Fatalf("no problem with %q was recorded", part)
}

func TestHubSourceSettings(t *testing.T) {
	for name, c := range map[string]pull.Config{
		"without a token":   {Name: "h", Kind: "hub", URL: "https://hub.example", Partner: "Hub A"},
		"red":               {Name: "h", Kind: "hub", URL: "https://hub.example", Partner: "Hub A", TokenFile: "t", Level: "red"},
		"amber+strict":      {Name: "h", Kind: "hub", URL: "https://hub.example", Partner: "Hub A", TokenFile: "t", Level: "amber+strict"},
		"both communities":  {Name: "h", Kind: "hub", URL: "https://hub.example", Partner: "Hub A", TokenFile: "t", Community: "a", Communities: map[string]string{"a": "b"}},
		"a level elsewhere": {Name: "h", Kind: "list", URL: "https://hub.example", Partner: "Hub A", Level: "green"},
		"a marking":         {Name: "h", Kind: "hub", URL: "https://hub.example", Partner: "Hub A", TokenFile: "t", TLP: "green"},
	} {
		if err := c.Validate(); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	ok := pull.Config{Name: "h", Kind: "hub", URL: "https://hub.example", Partner: "Hub A", TokenFile: "t"}
	if err := ok.Validate(); err != nil {
		t.Error(err)
	}
}
