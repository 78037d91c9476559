package protect_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func TestContributedIndicatorsAreAWord(t *testing.T) {
	const c2 = "c2.example"
	for _, tt := range []struct {
		name string
		a, b listed
		want string
	}{
		{"two list it", name(c2), name(c2), "block active"},
		{"one means something else", name(c2), name("other.example"), ""},
		{"one is revoked", name(c2), name(c2).with("revoked", true), ""},
		{"one is no longer valid", name(c2), name(c2).with("valid_until", "2024-01-01T11:00:00Z"), ""},
		{"one is not valid yet", name(c2), name(c2).with("valid_from", "2024-01-02T00:00:00Z"), ""},
		{"one is not sure", name(c2), name(c2).with("confidence", 49), ""},
		{"one is sure enough", name(c2), name(c2).with("confidence", 50), "block active"},
		{"malicious", name(c2), name(c2).with("indicator_types", []string{"malicious-activity"}), "block active"},
		{"odd, no more", name(c2), name(c2).with("indicator_types", []string{"anomalous-activity"}), ""},
		{"to be watched, no more", name(c2), name(c2).with("labels", []string{"x", "PAP:AMBER"}), ""},
		{"not to be noticed", name(c2), name(c2).with("labels", []string{"pap:red"}), ""},
		{"to be acted on", name(c2), name(c2).with("labels", []string{"PAP:GREEN"}), "block active"},
		{"benign", name(c2), name(c2).with("indicator_types", []string{"malicious-activity", "benign"}), ""},
		{"one of several", name(c2), listed{"pattern": "[domain-name:value = 'x.example' OR domain-name:value = 'c2.example']"}, "block active"},
		{"in several observations", name(c2), listed{"pattern": "[domain-name:value = 'x.example'] OR [domain-name:value IN ('c2.example', 'y.example')]"}, "block active"},
		{"only with another", name(c2), listed{"pattern": "[domain-name:value = 'c2.example' AND domain-name:value = 'x.example']"}, ""},
		{"one after another", name(c2), listed{"pattern": "[domain-name:value = 'c2.example'] FOLLOWEDBY [domain-name:value = 'x.example']"}, ""},
		{"what is below it alone", name(c2), listed{"pattern": "[domain-name:value LIKE '%.c2.example']"}, ""},
		{"not it", name(c2), listed{"pattern": "[domain-name:value NOT = 'c2.example']"}, ""},
		{"another language", name(c2), name(c2).with("pattern_type", "yara"), ""},
		{"unreadable", name(c2), listed{"pattern": "[domain-name:value = "}, ""},
		{"parts for some alone", name(c2), name(c2).with("granular_markings", []listed{{"marking_ref": "marking-definition--1", "selectors": []string{"pattern"}}}), ""},
		{"somebody else's identity", name(c2), name(c2).with("created_by_ref", "identity--vendor"), "block active"},
		{"the other's identity", name(c2), name(c2).with("created_by_ref", "identity--a"), ""},
		{"a common author", name(c2).with("created_by_ref", "identity--vendor"), name(c2).with("created_by_ref", "identity--vendor"), ""},
	} {
		h := newHub(t, protect.Config{})
		h.contribute("identity--a", access.Green, tt.a.object(nth(1)))
		h.contribute("identity--b", access.Green, tt.b.object(nth(2)))
		h.settle()
		if got := h.stands(c2); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		h.sameRebuilt(value(t, c2))
	}
}

func TestWhoseIndicatorsCount(t *testing.T) {
	green := access.ToCommunity(access.Green)
	for _, tt := range []struct {
		name          string
		by            string
		audience      access.Audience
		source        string
		stands        access.Standing
		want          string
		sameIndicator bool
	}{
		{name: "another partner", by: "identity--b", audience: green, source: "stix", want: "block active"},
		{name: "the same indicator passed on", by: "identity--b", audience: green, source: "stix", sameIndicator: true},
		{name: "the hub", by: "hub", audience: green, source: "stix"},
		{name: "pulled", by: "identity--b", audience: green, source: "list:feed"},
		{name: "pulled, designated", by: "identity--b", audience: green, source: "list:feed", stands: access.Standing{Designated: true}, want: "block active"},
		{name: "RED", by: "identity--b", audience: access.Audience{TLP: access.Red, Recipients: []access.PartnerID{"identity--a"}}, source: "stix"},
		{name: "another community's", by: "identity--b", audience: access.Audience{TLP: access.Green, Community: "banks"}, source: "stix"},
		{name: "the same partner", by: "identity--a", audience: green, source: "stix"},
	} {
		h := newHub(t, protect.Config{})
		h.change("identity--c", access.Standing{Organisation: "any"})
		if tt.stands != (access.Standing{}) {
			h.change(tt.by, tt.stands)
		}
		h.contribute("identity--a", access.Green, name("c2.example").object(nth(1)))
		id := nth(2)
		if tt.sameIndicator {
			id = nth(1)
		}
		h.contributeAs(tt.by, tt.audience, tt.source, name("c2.example").object(id))
		h.settle()
		if got := h.stands("c2.example"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Partners of one organisation that pass on one indicator are one voice, which is
// heard until the last of them takes it back.
func TestAnEchoWithinAnOrganisation(t *testing.T) {
	for _, both := range []bool{false, true} {
		h := newHub(t, protect.Config{})
		h.change("identity--a", ofTrust)
		h.change("identity--a2", ofTrust)
		first := h.contribute("identity--a", access.Green, name("c2.example").object(nth(1)))
		second := h.contribute("identity--a2", access.Green, name("c2.example").object(nth(1)))
		h.settle()
		h.want("c2.example", "")
		h.takeBack(first, "", "")
		want := "block active"
		if both {
			h.takeBack(second, "", "")
			want = ""
		}
		h.contribute("identity--b", access.Green, name("c2.example").object(nth(2)))
		h.settle()
		h.want("c2.example", want)
		h.sameRebuilt(value(t, "c2.example"))
	}
}

// A sighting and an indicator are two words, by whatever way the first came.
func TestSightingsAndIndicatorsTogether(t *testing.T) {
	for _, first := range []bool{true, false} {
		h := newHub(t, protect.Config{})
		s := seen(t, "c2.example", 0, 1)
		s.FirstSeen, s.LastSeen = now.Add(-time.Minute), now
		if first {
			h.report("identity--b", s)
		}
		h.contribute("identity--a", access.Green, name("c2.example").object(nth(1)))
		if !first {
			h.report("identity--b", s)
		}
		h.settle()
		p, _ := h.Get(value(t, "c2.example"))
		if p.Status != protect.Active || !p.Exact || p.TLP != access.Amber || p.Confidence != 80 || !strings.Contains(p.Rule, "report or list it") {
			t.Errorf("sighting first %v: %+v", first, p)
		}
		h.sameRebuilt(value(t, "c2.example"))
	}
}

func TestTheWindowIsTheLedgers(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.contribute("identity--a", access.Green, name("c2.example").object(nth(1)))
	h.wait(61 * time.Minute)
	h.contribute("identity--b", access.Green, name("c2.example").object(nth(2)))
	h.settle()
	h.want("c2.example", "")
	h.contribute("identity--a", access.Green, name("c2.example").object(nth(1))) // says it again
	h.settle()
	h.want("c2.example", "block active")
	h.sameRebuilt(value(t, "c2.example"))
}

// What is withdrawn counts no longer: what waits is not decided, what was decided
// on it ends. Who is left is enough if it is.
func TestIndicatorsTakenBack(t *testing.T) {
	for _, whole := range []bool{true, false} {
		h := newHub(t, protect.Config{})
		object := nth(1)
		if whole {
			object = ""
		}
		e := h.contribute("identity--a", access.Green, name("c2.example").object(nth(1)))
		h.takeBack(e, object, "")
		h.contribute("identity--b", access.Green, name("c2.example").object(nth(2)))
		h.settle()
		h.want("c2.example", "")
		e = h.contribute("identity--a", access.Green, name("c2.example").object(nth(1)))
		h.takeBack(e, object, access.ToCommunity(access.AmberStrict).String())
		h.settle()
		if p, _ := h.Get(value(t, "c2.example")); p.TLP != access.AmberStrict || p.Status != protect.Active {
			t.Fatalf("narrowed: %+v", p)
		}
		h.takeBack(e, object, "")
		h.settle()
		h.want("c2.example", "block revoked")
		h.sameRebuilt(value(t, "c2.example"))
		h.contribute("identity--c", access.Green, name("c2.example").object(nth(3)))
		h.settle()
		h.want("c2.example", "block active") // b's word stands
		revoked := name("c2.example").with("revoked", true).with("modified", "2024-01-01T01:00:00Z")
		h.contribute("identity--c", access.Green, revoked.object(nth(3)))
		h.settle()
		h.want("c2.example", "block revoked")
		h.sameRebuilt(value(t, "c2.example"))
	}
}

// A list that comes again each hour renews its word; it takes nothing back.
func TestAListThatComesAgain(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.contribute("identity--a", access.Green, name("c2.example").object(nth(1)))
	h.contribute("identity--b", access.Green, name("c2.example").object(nth(2)))
	h.settle()
	h.wait(3 * time.Hour)
	h.contribute("identity--a", access.Green, name("c2.example").object(nth(1)))
	h.settle()
	h.want("c2.example", "block active")
	h.contribute("identity--a", access.Green, name("c2.example").with("revoked", true).with("created", "2023-01-01T00:00:00Z").with("modified", "2023-01-01T00:00:00Z").object(nth(1)))
	h.settle()
	h.want("c2.example", "block active") // an older version says nothing of now
	h.sameRebuilt(value(t, "c2.example"))
}

func TestListsAreBounded(t *testing.T) {
	h := newHub(t, protect.Config{MaxListed: 200, MaxContributed: 40, MaxTogether: 1000})
	var objects []jsontext.Value
	for i := range 60 {
		objects = append(objects, name(fmt.Sprintf("n%d.example", i)).object(nth(i)))
	}
	h.contribute("identity--a", access.Green, objects...)
	for i := range 5 { // floods with its own
		var many []jsontext.Value
		for j := range 40 {
			many = append(many, name(fmt.Sprintf("f%d-%d.example", i, j)).object(nth(1000+100*i+j)))
		}
		h.contribute("identity--flood", access.Green, many...)
	}
	var again []jsontext.Value
	for i := range 60 {
		again = append(again, name(fmt.Sprintf("n%d.example", i)).object(nth(5000+i)))
	}
	h.contribute("identity--b", access.Green, again[:40]...)
	h.contribute("identity--c", access.Green, again[40:]...)
	h.settle()
	if got := len(h.Effective(h.now)); got != 40 {
		t.Errorf("%d are in force, want the 40 that the first contribution was heard of", got)
	}
	h.sameRebuilt()
}

// Whatever the partners of another hub say, it is the word of the one that stands for
// that hub here: a voice like any other, and never two.
func TestAnotherHubIsOneVoice(t *testing.T) {
	h := newHub(t, protect.Config{})
	told := func(first string, object jsontext.Value) {
		t.Helper()
		d, err := ledger.NewDraft(contribution.KindAccepted, "identity--hub", access.ToCommunity(access.Green).String(), contribution.Part{
			ID: "contribution--" + first, Source: "hub:other", Origin: &contribution.Origin{By: first}, Objects: []jsontext.Value{object},
		})
		h.must(err)
		h.append(d)
	}
	for i, partner := range []string{"identity--x", "identity--y", "identity--z"} {
		told(partner, name("c2.example").with("created_by_ref", partner).object(nth(10+i)))
	}
	h.settle()
	h.want("c2.example", "")
	h.contribute("identity--a", access.Green, name("c2.example").object(nth(1)))
	h.settle()
	h.want("c2.example", "block active")
	if p, _ := h.Get(value(t, "c2.example")); p.Reports != 2 {
		t.Errorf("it rests on the word of %d", p.Reports)
	}
	h.sameRebuilt(value(t, "c2.example"))
}
