package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func (b *book) take(d ledger.Draft, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	b.append(d)
}

// found makes a community of members.
func (b *book) found(id string, members ...access.PartnerID) {
	b.t.Helper()
	_, d, err := b.NewCommunity(access.Community{ID: id, Title: "Community " + id})
	b.take(d, err)
	for _, m := range members {
		b.take(b.AddMember(id, m))
	}
}

func (b *book) as(p access.PartnerID, r access.Role) access.Principal {
	b.t.Helper()
	_, secret := b.issue(p, r)
	who, ok := b.Authenticate(secret)
	if !ok {
		b.t.Fatal("a new token does not work")
	}
	return who
}

func TestCommunitiesHaveNamedMembers(t *testing.T) {
	b := newBook(t)
	clinic, bank, cert := b.join("A clinic"), b.join("A bank"), b.join("A CERT")
	b.found("health", clinic, cert)
	b.found("energy")
	if got := b.as(clinic, access.Viewer).Communities; !slices.Equal(got, []string{"default", "health"}) {
		t.Errorf("the clinic is in %v", got)
	}
	if got := b.as(bank, access.Viewer).Communities; !slices.Equal(got, []string{"default"}) {
		t.Errorf("the bank is in %v", got)
	}
	members := []access.PartnerID{clinic, cert}
	slices.Sort(members)
	if diff := cmp.Diff(members, b.Members("health")); diff != "" {
		t.Error(diff)
	}
	if len(b.Members("default")) != 3 || len(b.Members("energy")) != 0 || len(b.Members("nothing")) != 0 {
		t.Errorf("members: %v %v %v", b.Members("default"), b.Members("energy"), b.Members("nothing"))
	}
	// Who may know of it: members and administrators. Others get the answer of
	// one that is not there, and its entries go to nobody else.
	for who, want := range map[access.PartnerID]bool{clinic: true, bank: false, cert: true} {
		p := b.as(who, access.Coordinator)
		_, err := b.Community(p, "health")
		_, none := b.Community(p, "nobody")
		if (err == nil) != want || !want && (!errors.Is(err, access.ErrNotFound) || strings.ReplaceAll(err.Error(), "health", "nobody") != none.Error()) {
			t.Errorf("%s: %v, and of one that is not there %v", who, err, none)
		}
		for _, e := range b.entries {
			a, _ := access.ParseAudience(e.Audience)
			if strings.HasPrefix(string(e.Kind), "community.") && a.Community == "health" && p.MaySee(access.PartnerID(e.Actor), a) != want {
				t.Errorf("%s is told of %s: %t", who, e.Kind, !want)
			}
		}
	}
	if _, err := b.Community(b.as(bank, access.Administrator), "health"); err != nil {
		t.Errorf("an administrator: %v", err)
	}
	b.take(b.RemoveMember("health", cert))
	if got := b.as(cert, access.Viewer).Communities; !slices.Equal(got, []string{"default"}) {
		t.Errorf("who left is in %v", got)
	}
	b.take(b.Dismiss(clinic, "closed"))
	if got := b.Members("health"); len(got) != 0 {
		t.Errorf("a partner that was dismissed is a member: %v", got)
	}
}

func TestCommunitiesRefuse(t *testing.T) {
	b := newBook(t)
	clinic := b.join("A clinic")
	b.found("health", clinic)
	made := func(c access.Community) error { _, _, err := b.NewCommunity(c); return err }
	join := func(c string, p access.PartnerID) error { _, err := b.AddMember(c, p); return err }
	leave := func(c string, p access.PartnerID) error { _, err := b.RemoveMember(c, p); return err }
	collect := func(c access.Collection) error { _, _, err := b.NewCollection(c); return err }
	for name, c := range map[string]struct {
		err, want error
		says      string
	}{
		"taken":         {made(access.Community{ID: "health", Title: "x"}), access.ErrConflict, "another id"},
		"default":       {made(access.Community{ID: "default", Title: "x"}), access.ErrConflict, "another id"},
		"no word":       {made(access.Community{ID: "two words", Title: "x"}), access.ErrInvalid, "such as health"},
		"no title":      {made(access.Community{ID: "energy", Title: "  "}), access.ErrInvalid, "title"},
		"long policy":   {made(access.Community{ID: "energy", Title: "x", Policy: strings.Repeat("x", 9000)}), access.ErrInvalid, "policy"},
		"twice":         {join("health", clinic), access.ErrConflict, "is a member"},
		"nobody":        {join("health", "identity--none"), access.ErrNotFound, "identity--none"},
		"nowhere":       {join("nothing", clinic), access.ErrNotFound, "nothing"},
		"leave nowhere": {leave("nothing", clinic), access.ErrNotFound, "nothing"},
		"leave all":     {leave("default", clinic), access.ErrConflict, "dismiss"},
		"no type":       {collect(access.Collection{Title: "x", Types: []string{"No Type"}}), access.ErrInvalid, "indicator"},
		"no level":      {collect(access.Collection{Title: "x", TLPs: []access.TLP{"black"}}), access.ErrInvalid, "black"},
		"many":          {collect(access.Collection{Title: "x", Labels: make([]string, 101)}), access.ErrInvalid, "at most 100"},
		"of nobody":     {collect(access.Collection{Title: "x", Community: "nothing"}), access.ErrNotFound, "nothing"},
	} {
		if !errors.Is(c.err, c.want) || !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

// A partner lists its own clients: they see what it marks AMBER, in a community
// of which they are no members, and only the two of them know.
func TestClients(t *testing.T) {
	b := newBook(t)
	firm, clinic, bank := b.join("A security firm"), b.join("A clinic"), b.join("A bank")
	b.found("response", firm, bank)
	by := b.as(firm, access.Contributor)
	b.take(b.ListClient(by, clinic))
	if got := b.as(clinic, access.Viewer).ClientOf; !slices.Equal(got, []access.PartnerID{firm}) {
		t.Errorf("the clinic is a client of %v", got)
	}
	amber := access.Audience{TLP: access.Amber, Community: "response"}
	strict := access.Audience{TLP: access.AmberStrict, Community: "response"}
	who := b.as(clinic, access.Viewer)
	if !who.MaySee(firm, amber) || who.MaySee(firm, strict) || who.MaySee(bank, amber) {
		t.Errorf("the client sees of the firm amber %t, strict %t; of another member amber %t", who.MaySee(firm, amber), who.MaySee(firm, strict), who.MaySee(bank, amber))
	}
	for _, p := range []access.PartnerID{firm, clinic, bank} {
		e := b.entries[slices.IndexFunc(b.entries, func(e ledger.Entry) bool { return e.Kind == access.KindClientListed })]
		a, _ := access.ParseAudience(e.Audience)
		if told := b.as(p, access.Coordinator).MaySee(access.PartnerID(e.Actor), a); told != (p != bank) {
			t.Errorf("%s is told of the listing: %t", p, told)
		}
	}
	for name, c := range map[string]struct {
		who    access.Principal
		client access.PartnerID
		want   error
	}{
		"itself": {by, firm, access.ErrInvalid}, "twice": {by, clinic, access.ErrConflict}, "nobody": {by, "identity--none", access.ErrNotFound},
		"as a viewer": {b.as(firm, access.Viewer), bank, access.ErrForbidden}, "for nobody": {access.Principal{Role: access.Administrator}, bank, access.ErrForbidden},
	} {
		if d, err := b.ListClient(c.who, c.client); !errors.Is(err, c.want) || d.Kind != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Another's word does not count.
	forged, err := ledger.NewDraft(access.KindClientListed, string(bank), "", access.Listing{Partner: firm, Client: bank})
	b.take(forged, err)
	if got := b.Clients(firm); !slices.Equal(got, []access.PartnerID{clinic}) {
		t.Errorf("the firm's clients are %v", got)
	}
	b.take(b.UnlistClient(by, clinic))
	if got := b.as(clinic, access.Viewer).ClientOf; len(got) != 0 {
		t.Errorf("the clinic is still a client of %v", got)
	}
	if _, err := b.UnlistClient(by, clinic); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("taken off twice: %v", err)
	}
	b.take(b.ListClient(by, clinic))
	b.take(b.ListClient(by, bank))
	b.take(b.Dismiss(bank, "left"))
	if got := b.Clients(firm); !slices.Equal(got, []access.PartnerID{clinic}) {
		t.Errorf("the firm lists one that has left: %v", got)
	}
	b.take(b.Dismiss(firm, "left"))
	if got := b.Clients(firm); len(got) != 0 {
		t.Errorf("a firm that has left lists %v", got)
	}
	if got := b.as(clinic, access.Viewer).ClientOf; len(got) != 0 {
		t.Errorf("the clinic is a client of one that has left: %v", got)
	}
}

func TestCollections(t *testing.T) {
	b := newBook(t)
	b.join("A clinic")
	b.found("health")
	c, d, err := b.NewCollection(access.Collection{ID: "chosen", Community: "health", Title: "Indicators", Types: []string{"indicator"}, TLPs: []access.TLP{"TLP:White"}})
	b.take(d, err)
	if got, ok := b.Collection(c.ID); !ok || got.Title != "Indicators" || !slices.Equal(got.TLPs, []access.TLP{access.Clear}) || c.ID == "chosen" || c.ID[14] != '4' {
		t.Errorf("the collection is %+v, %t", got, ok)
	}
	if got := b.Collections("health"); len(got) != 1 || len(b.Collections("default")) != 0 {
		t.Errorf("the community has %v", got)
	}
	b.take(b.RemoveCollection(c.ID))
	if _, err := b.RemoveCollection(c.ID); !errors.Is(err, access.ErrNotFound) || len(b.Collections("health")) != 0 {
		t.Errorf("removed twice: %v; left are %v", err, b.Collections("health"))
	}
}
