package access_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
)

var partnersOfAll = []access.PartnerID{owner, member, client, stranger}

// anyone is a principal as a directory makes them: every partner belongs to the
// default community, and who is of no partner to no other.
func anyone(t *rapid.T) access.Principal {
	everyone := []string{"default"}
	switch rapid.IntRange(0, 5).Draw(t, "who") {
	case 0:
		return access.Visitor
	case 1:
		return access.Principal{Role: access.Administrator, Communities: everyone}
	case 2:
		return access.Principal{Role: access.Viewer, Guest: true} // of no community
	}
	p := access.Principal{Partner: rapid.SampledFrom(partnersOfAll).Draw(t, "partner"), Role: access.Viewer, Communities: everyone}
	for _, c := range []string{"elsewhere", "third"} {
		if rapid.Bool().Draw(t, c) {
			p.Communities = append(slices.Clone(p.Communities), c)
		}
	}
	p.ClientOf = rapid.SliceOfN(rapid.SampledFrom(partnersOfAll), 0, 2).Draw(t, "client of")
	return p
}

func anyAudienceOf(t *rapid.T, name string) access.Audience {
	return access.Audience{
		TLP:        rapid.SampledFrom([]access.TLP{"", "unknown", access.Clear, access.Green, access.Amber, access.AmberStrict, access.Red}).Draw(t, name+" tlp"),
		Community:  rapid.SampledFrom([]string{"default", "elsewhere", "third"}).Draw(t, name+" community"),
		Recipients: rapid.SliceOfN(rapid.SampledFrom(append([]access.PartnerID{""}, partnersOfAll...)), 0, 2).Draw(t, name+" recipients"),
	}
}

// What is within tells nobody whom the other does not.
func TestWithinHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyAudienceOf(t, "a"), anyAudienceOf(t, "b")
		if !a.Within(b) {
			return
		}
		if wider(a.TLP, b.TLP) {
			t.Fatalf("%+v is within %+v, and lets more be done with it", a, b)
		}
		for range 30 {
			p, from := anyone(t), rapid.SampledFrom(append([]access.PartnerID{""}, partnersOfAll...)).Draw(t, "owner")
			if p.MaySee(from, a) && !p.MaySee(from, b) {
				t.Fatalf("%+v is within %+v, and yet %+v is told only the former of %q", a, b, p, from)
			}
		}
	})
}

// wider says whether a level lets those who are told do more than another;
// what is no level is nobody's but its owner's, as is RED.
func wider(a, b access.TLP) bool {
	rank := map[access.TLP]int{access.Clear: -4, access.Green: -3, access.Amber: -2, access.AmberStrict: -1, "": 1}
	return rank[a] < rank[b]
}

// What is not within tells somebody whom the other does not: the rule refuses
// no tightening without need.
func TestWithinIsNotTooStrict(t *testing.T) {
	var world []access.Principal
	world = append(world, access.Visitor, access.Principal{Role: access.Viewer, Guest: true}, access.Principal{Role: access.Administrator, Communities: []string{"default"}})
	for _, id := range append(partnersOfAll, "identity--fifth") {
		for _, in := range [][]string{{"default"}, {"default", "elsewhere"}, {"default", "third"}, {"default", "elsewhere", "third"}} {
			for _, of := range [][]access.PartnerID{nil, partnersOfAll} {
				world = append(world, access.Principal{Partner: id, Role: access.Viewer, Communities: in, ClientOf: of})
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyAudienceOf(t, "a"), anyAudienceOf(t, "b")
		if wider(a.TLP, b.TLP) {
			return // a wider level is never within a narrower one, whoever is told
		}
		for _, from := range append([]access.PartnerID{"", "identity--sixth"}, partnersOfAll...) {
			for _, p := range world {
				if p.MaySee(from, a) && !p.MaySee(from, b) {
					return // rightly refused
				}
			}
		}
		if !a.Within(b) {
			t.Fatalf("%+v tells nobody whom %+v does not, and is not within it", a, b)
		}
	})
}

func TestNarrowsKnowsTheMembers(t *testing.T) {
	b := newBook(t)
	clinic, bank, cert := b.join("A clinic"), b.join("A bank"), b.join("A CERT")
	b.found("health", clinic, cert)
	red := func(to ...access.PartnerID) access.Audience { return access.Audience{TLP: access.Red, Recipients: to} }
	amber := access.Audience{TLP: access.AmberStrict, Community: "health"}
	for _, c := range []struct {
		to, from access.Audience
		want     bool
	}{
		{red(clinic), amber, true},
		{red(bank), amber, false},
		{red(clinic, bank), amber, false},
		{red(bank), access.ToCommunity(access.Green), true},
		{red("identity--gone"), amber, true},
		{amber, access.ToCommunity(access.Green), true},
		{access.ToCommunity(access.Amber), amber, false},
	} {
		if got := b.Narrows(cert, c.to, c.from); got != c.want {
			t.Errorf("%q narrows %q: %t", c.to, c.from, got)
		}
	}
	who, _ := b.Directory.Partner(cert)
	member := access.Principal{Partner: who.ID, Role: access.Contributor, Communities: []string{"default", "health"}}
	outsider := access.Principal{Partner: bank, Role: access.Contributor, Communities: []string{"default"}}
	for _, a := range []access.Audience{amber, red(bank, clinic), access.ToCommunity(access.Clear)} {
		if err := b.CheckAudience(member, a); err != nil {
			t.Errorf("%q: %v", a, err)
		}
	}
	for name, a := range map[string]access.Audience{"not there": red("identity--gone"), "no level": {Community: "default"}, "too many": red(make([]access.PartnerID, 1001)...)} {
		if err := b.CheckAudience(member, a); err == nil {
			t.Errorf("%s: %q is taken", name, a)
		}
	}
	hidden, none := b.CheckAudience(outsider, amber), b.CheckAudience(outsider, access.Audience{TLP: access.Green, Community: "nobodys"})
	if hidden == nil || none == nil || len(hidden.Error())-len("health") != len(none.Error())-len("nobodys") {
		t.Errorf("a hidden community is refused with %v, one that is not there with %v", hidden, none)
	}
}
