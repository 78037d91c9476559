package access_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
)

var hubAdministrator = access.Principal{Role: access.Administrator, Communities: []string{"default"}, Token: "administrator"}

// invite lets a person in and gives the enrolment secret.
func (b *book) invite(by access.Principal, partner access.PartnerID, name string, role access.Role) (access.Person, string) {
	b.t.Helper()
	p, secret, drafts, err := b.Invite(by, partner, name, strings.ToLower(name)+"@clinic.example", role, now)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, d := range drafts {
		b.append(d)
	}
	return p, secret
}

func (b *book) set(c access.Credential) access.Credential {
	b.t.Helper()
	c, d, err := b.SetCredential(c)
	b.take(d, err)
	return c
}

const phc = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"

// The invitation works once, for 72 hours, and a person acts for its partner
// with its role.
func TestPeopleEnrol(t *testing.T) {
	b := newBook(t)
	clock := now
	b.SetClock(func() time.Time { return clock })
	clinic := b.join("A clinic")
	b.found("health", clinic)
	first, secret := b.invite(hubAdministrator, clinic, "First", access.Analyst)
	if !strings.HasPrefix(secret, "tocsin_enrol_") || len(secret) != len("tocsin_enrol_")+43 {
		t.Errorf("the secret is %q", secret)
	}
	for _, e := range b.entries {
		if strings.Contains(string(e.Body), strings.TrimPrefix(secret, "tocsin_enrol_")) {
			t.Errorf("the secret is on the ledger: %s", e.Body)
		}
	}
	if _, ok := b.Authenticate(secret); ok {
		t.Error("the enrolment secret is a token")
	}
	clock = now.Add(72*time.Hour - time.Second)
	if p, ok := b.Enrolment(" " + secret + "\n"); !ok || p.ID != first.ID {
		t.Errorf("just in time it is for %+v, %t", p, ok)
	}
	clock = now.Add(72 * time.Hour)
	if p, ok := b.Enrolment(secret); ok || !b.EnrolsUntil(first.ID).IsZero() {
		t.Errorf("too late it is for %+v", p)
	}
	clock = now
	again, d, err := b.InviteAgain(hubAdministrator, first.ID, now)
	b.take(d, err)
	if _, ok := b.Enrolment(secret); ok {
		t.Error("the first secret works beside the second")
	}
	set := b.set(access.Credential{Person: first.ID, Kind: access.Password, PHC: phc})
	if _, ok := b.Enrolment(again); ok {
		t.Error("an enrolment secret works twice")
	}
	if p, ok := b.Enrolment(""); ok {
		t.Errorf("no secret enrols %+v", p)
	}
	want := access.Principal{Partner: clinic, Role: access.Analyst, Communities: []string{"default", "health"}, Person: first.ID}
	who, ok := b.PersonPrincipal(first.ID)
	if who.Since.Member["health"] == 0 {
		t.Error("since when it is a member is not known")
	}
	who.Since = access.Since{}
	if diff := cmp.Diff(want, who); !ok || diff != "" || who.By() != first.ID || who.Actor() != string(clinic) {
		t.Errorf("acts %t as %+v: %s", ok, who, diff)
	}
	// Another password takes the first one's place; a passkey stands beside it.
	second := b.set(access.Credential{Person: first.ID, Kind: access.Password, PHC: phc + "x"})
	key := b.set(access.Credential{Person: first.ID, Kind: access.Passkey, Label: "phone", Passkey: []byte(`{"id":"AA"}`)})
	b.set(access.Credential{Person: first.ID, Kind: access.OIDC, Issuer: "https://id.example", Subject: "7"})
	if all := b.Credentials(first.ID); len(all) != 3 || all[0].ID != set.ID || all[0].PHC != second.PHC || all[1].ID != key.ID {
		t.Errorf("credentials: %+v", all)
	}
	if p, ok := b.PersonBySubject("https://id.example", "7"); !ok || p.ID != first.ID {
		t.Errorf("the identity is %+v's", p)
	}
	if p, ok := b.PersonByEmail(" FIRST@clinic.example"); !ok || p.ID != first.ID {
		t.Errorf("the address is %+v's", p)
	}
	b.take(b.RemoveCredential(who, first.ID, key.ID, ""))
	if all := b.Credentials(first.ID); len(all) != 2 {
		t.Errorf("after one was removed: %+v", all)
	}
	b.take(b.Dismiss(clinic, "closed"))
	if who, ok := b.PersonPrincipal(first.ID); ok {
		t.Errorf("of a partner that has left somebody acts as %+v", who)
	}
	if _, ok := b.PersonByEmail("first@clinic.example"); ok || len(b.Credentials(first.ID)) != 0 {
		t.Error("somebody of a partner that has left can still sign in")
	}
}

// A coordinator manages people of its own partner with at most its own role,
// and learns nothing of others'.
func TestWhoManagesPeople(t *testing.T) {
	b := newBook(t)
	clinic, bank := b.join("A clinic"), b.join("A bank")
	own := b.as(clinic, access.Coordinator)
	first, _ := b.invite(own, clinic, "First", access.Coordinator)
	chief, _ := b.invite(hubAdministrator, clinic, "Chief", access.Administrator)
	teller, _ := b.invite(hubAdministrator, bank, "Teller", access.Viewer)
	root, _ := b.invite(hubAdministrator, "", "Root", access.Administrator)
	if who, ok := b.PersonPrincipal(root.ID); !ok || who.Actor() != access.Hub || who.Role != access.Administrator {
		t.Errorf("the hub's administrator is %+v, %t", who, ok)
	}
	invite := func(who access.Principal, p access.PartnerID, name, email string, r access.Role) error {
		_, secret, drafts, err := b.Invite(who, p, name, email, r, now)
		if err != nil && (secret != "" || drafts != nil) {
			t.Errorf("with %v came %q and %v", err, secret, drafts)
		}
		return err
	}
	dismiss := func(who access.Principal, id string) error { _, err := b.DismissPerson(who, id, "x"); return err }
	change := func(who access.Principal, id, name, email string, r access.Role) error {
		_, err := b.ChangePerson(who, id, name, email, r)
		return err
	}
	erase := func(who access.Principal, id string) error { _, _, err := b.ErasePerson(who, id, "x"); return err }
	self, _ := b.PersonPrincipal(first.ID)
	viewer := access.Principal{Partner: bank, Role: access.Viewer, Person: teller.ID}
	for name, c := range map[string]struct{ err, want error }{
		"own":                 {invite(own, clinic, "Second", "second@clinic.example", access.Viewer), nil},
		"above":               {invite(own, clinic, "Second", "second@clinic.example", access.Administrator), access.ErrForbidden},
		"other's":             {invite(own, bank, "Second", "second@clinic.example", access.Viewer), access.ErrForbidden},
		"hub's":               {invite(own, "", "Second", "second@clinic.example", access.Administrator), access.ErrForbidden},
		"as analyst":          {invite(b.as(clinic, access.Analyst), clinic, "Second", "second@clinic.example", access.Viewer), access.ErrForbidden},
		"hub's viewer":        {invite(hubAdministrator, "", "Second", "second@clinic.example", access.Viewer), access.ErrInvalid},
		"nobody's":            {invite(hubAdministrator, "identity--none", "Second", "second@clinic.example", access.Viewer), access.ErrNotFound},
		"taken address":       {invite(own, clinic, "Second", "FIRST@clinic.example", access.Viewer), access.ErrConflict},
		"no address":          {invite(own, clinic, "Second", "Second <second@clinic.example>", access.Viewer), access.ErrInvalid},
		"no name":             {invite(own, clinic, " ", "second@clinic.example", access.Viewer), access.ErrInvalid},
		"dismiss own":         {dismiss(own, first.ID), nil},
		"dismiss above":       {dismiss(own, chief.ID), access.ErrForbidden},
		"dismiss other's":     {dismiss(own, teller.ID), access.ErrNotFound},
		"dismiss hub's":       {dismiss(own, root.ID), access.ErrNotFound},
		"dismiss nobody":      {dismiss(hubAdministrator, "person--none"), access.ErrNotFound},
		"promote above":       {change(own, first.ID, "", "", access.Administrator), access.ErrForbidden},
		"demote":              {change(own, first.ID, "", "", access.Viewer), nil},
		"own name":            {change(viewer, teller.ID, "T. Eller", "", ""), nil},
		"own role":            {change(viewer, teller.ID, "", "", access.Coordinator), access.ErrForbidden},
		"other's name":        {change(viewer, first.ID, "x", "", ""), access.ErrNotFound},
		"own role, as coord.": {change(self, first.ID, "", "", access.Administrator), access.ErrForbidden},
		"address of another":  {change(hubAdministrator, first.ID, "", "chief@clinic.example", ""), access.ErrConflict},
		"erase own":           {erase(own, first.ID), access.ErrForbidden},
		"erase nobody":        {erase(hubAdministrator, "person--none"), access.ErrNotFound},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	hidden, none := dismiss(own, teller.ID), dismiss(own, "person--00000000-0000-4000-8000-000000000000")
	if strings.ReplaceAll(hidden.Error(), teller.ID, "") != strings.ReplaceAll(none.Error(), "person--00000000-0000-4000-8000-000000000000", "") {
		t.Errorf("a hidden person is answered %v, one that is not there %v", hidden, none)
	}
	b.take(b.DismissPerson(own, first.ID, "moved"))
	if err := dismiss(own, first.ID); !errors.Is(err, access.ErrConflict) {
		t.Errorf("dismissed twice: %v", err)
	}
	if p, _ := b.Person(first.ID); p.Left.IsZero() {
		t.Error("who left is there")
	}
}

// Who runs a hub is of an organisation: an administrator begins to act for it,
// once, and administers the hub as before.
func TestAnAdministratorActsForAPartner(t *testing.T) {
	b := newBook(t)
	clinic, other := b.join("A clinic"), b.join("Another")
	ann, _ := b.invite(hubAdministrator, "", "Ann", access.Administrator)
	bob, _ := b.invite(hubAdministrator, clinic, "Bob", access.Coordinator)
	as := func(p access.Person) access.Principal { who, _ := b.PersonPrincipal(p.ID); return who }
	for _, c := range []struct {
		who  access.Principal
		to   access.PartnerID
		want error
	}{
		{hubAdministrator, clinic, access.ErrForbidden}, {as(bob), other, access.ErrForbidden},
		{as(ann), "", access.ErrInvalid}, {as(ann), "identity--nobody", access.ErrNotFound},
	} {
		if _, err := b.ActFor(c.who, c.to); !errors.Is(err, c.want) {
			t.Errorf("%s for %q: %v, want %v", c.who.By(), c.to, err, c.want)
		}
	}
	d, err := b.ActFor(as(ann), clinic)
	b.take(d, err)
	if who := as(ann); who.Partner != clinic || who.Role != access.Administrator || who.Person != ann.ID {
		t.Errorf("she acts as %+v", who)
	}
	if _, err := b.ActFor(as(ann), other); !errors.Is(err, access.ErrConflict) {
		t.Errorf("she moves on: %v", err)
	}
}
