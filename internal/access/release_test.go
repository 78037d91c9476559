package access_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
)

const (
	owner    access.PartnerID = "identity--owner"
	member   access.PartnerID = "identity--member"
	client   access.PartnerID = "identity--client"
	stranger access.PartnerID = "identity--stranger"
	visitor  access.PartnerID = "a guest" // a name in these tests: a guest has none
)

func principals() map[access.PartnerID]access.Principal {
	return map[access.PartnerID]access.Principal{
		owner:    {Partner: owner, Role: access.Viewer, Communities: []string{"default"}},
		member:   {Partner: member, Role: access.Coordinator, Communities: []string{"default"}},
		client:   {Partner: client, Role: access.Viewer, ClientOf: []access.PartnerID{owner}},
		stranger: {Partner: stranger, Role: access.Administrator, Communities: []string{"elsewhere"}},
		"":       {Role: access.Administrator, Communities: []string{"default"}}, // the hub's administrator
		visitor:  access.Visitor,
	}
}

func TestRelease(t *testing.T) {
	tests := []struct {
		audience access.Audience
		sees     []access.PartnerID // of principals
	}{
		{access.Audience{}, nil},
		{access.Audience{Community: "default", Recipients: []access.PartnerID{member}}, nil},
		{access.Audience{TLP: "unknown", Community: "default"}, []access.PartnerID{owner}},
		{access.ToCommunity(access.Clear), []access.PartnerID{owner, member, client, stranger, "", visitor}},
		{access.ToCommunity(access.Green), []access.PartnerID{owner, member, client, "", visitor}},
		{access.ToCommunity(access.Amber), []access.PartnerID{owner, member, client, ""}},
		{access.ToCommunity(access.AmberStrict), []access.PartnerID{owner, member, ""}},
		{access.ToCommunity(access.Red), []access.PartnerID{owner}},
		{access.Audience{TLP: access.Red, Recipients: []access.PartnerID{stranger}}, []access.PartnerID{owner, stranger}},
		{access.Audience{TLP: access.Red, Community: "default", Recipients: []access.PartnerID{""}}, []access.PartnerID{owner}},
		{access.Audience{TLP: access.AmberStrict, Community: "elsewhere"}, []access.PartnerID{owner, stranger}},
		{access.Audience{TLP: access.Green, Recipients: []access.PartnerID{stranger}}, []access.PartnerID{owner, client}},
	}
	for _, tt := range tests {
		for id, p := range principals() {
			want := slices.Contains(tt.sees, id)
			if got := p.MaySee(owner, tt.audience); got != want {
				t.Errorf("%q may see %q of the owner: %v, want %v", id, tt.audience, got, want)
			}
		}
	}
	// What has no owner is not everyone's own.
	for id, p := range principals() {
		if p.MaySee("", access.Audience{TLP: access.Red}) {
			t.Errorf("%q may see what is nobody's", id)
		}
	}
}

// oracle is the release rule once more, as the TLP 2.0 text says it.
func oracle(p access.Principal, owner access.PartnerID, a access.Audience) bool {
	own := p.Partner != "" && p.Partner == owner
	inside := slices.Contains(p.Communities, a.Community)
	customer := owner != "" && slices.Contains(p.ClientOf, owner)
	named := p.Partner != "" && slices.Contains(a.Recipients, p.Partner)
	return map[access.TLP]bool{
		access.Clear: true,
		access.Green: own || inside || customer, access.Amber: own || inside && !p.Guest || customer,
		access.AmberStrict: own || inside && !p.Guest, access.Red: own || named,
	}[a.TLP]
}

func anyAudience(t *rapid.T) access.Audience {
	partner := rapid.SampledFrom([]access.PartnerID{owner, member, client, stranger})
	return access.Audience{
		TLP:        rapid.SampledFrom([]access.TLP{"", access.Clear, access.Green, access.Amber, access.AmberStrict, access.Red}).Draw(t, "tlp"),
		Community:  rapid.SampledFrom([]string{"", "default", "elsewhere"}).Draw(t, "community"),
		Recipients: rapid.SliceOfN(partner, 0, 3).Draw(t, "recipients"),
	}
}

func TestReleaseAgainstTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		partner := rapid.SampledFrom([]access.PartnerID{"", owner, member, client, stranger})
		p := access.Principal{
			Partner:     partner.Draw(t, "partner"),
			Role:        rapid.SampledFrom([]access.Role{access.Viewer, access.Administrator}).Draw(t, "role"),
			Communities: rapid.SliceOfN(rapid.SampledFrom([]string{"default", "elsewhere"}), 0, 2).Draw(t, "communities"),
			ClientOf:    rapid.SliceOfN(partner, 0, 2).Draw(t, "client of"),
			Guest:       rapid.Bool().Draw(t, "guest"),
		}
		from, a := partner.Draw(t, "owner"), anyAudience(t)
		if got, want := p.MaySee(from, a), oracle(p, from, a); got != want {
			t.Fatalf("%+v may see %+v of %q: %v, want %v", p, a, from, got, want)
		}
	})
}

func TestAudienceRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAudience(t)
		got, err := access.ParseAudience(a.String())
		if err != nil {
			t.Fatal(err)
		}
		if a.TLP == "" {
			a = access.Audience{} // nobody, whatever else it says
		}
		if len(a.Recipients) == 0 {
			a.Recipients = nil
		}
		if diff := cmp.Diff(a, got); diff != "" {
			t.Fatalf("%q: %s", a, diff)
		}
	})
}

func FuzzParseAudience(f *testing.F) {
	for _, s := range []string{"", "green default", "red  identity--a identity--b", "clear ", "white default", "red default ", "amber"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := access.ParseAudience(s)
		if err != nil {
			if a.TLP != "" {
				t.Fatalf("%q is unreadable, and still released as %+v", s, a)
			}
			return
		}
		if a.String() != s {
			t.Fatalf("%q reads as %+v, which writes %q", s, a, a.String())
		}
	})
}
