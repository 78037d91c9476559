package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func TestCredentialsRefuse(t *testing.T) {
	b := newBook(t)
	clinic := b.join("A clinic")
	first, _ := b.invite(hubAdministrator, clinic, "First", access.Viewer)
	second, _ := b.invite(hubAdministrator, clinic, "Second", access.Viewer)
	b.set(access.Credential{Person: second.ID, Kind: access.OIDC, Issuer: "https://id.example", Subject: "7"})
	for name, c := range map[string]access.Credential{
		"nobody":           {Person: "person--none", Kind: access.Password, PHC: phc},
		"no data":          {Person: first.ID, Kind: access.Password},
		"plain password":   {Person: first.ID, Kind: access.Password, PHC: "correct horse"},
		"other hash":       {Person: first.ID, Kind: access.Password, PHC: "$2b$12$abc"},
		"two kinds":        {Person: first.ID, Kind: access.Passkey, PHC: phc, Passkey: []byte(`{}`)},
		"unknown kind":     {Person: first.ID, Kind: "sms", PHC: phc},
		"no subject":       {Person: first.ID, Kind: access.OIDC, Issuer: "https://id.example"},
		"somebody else's":  {Person: first.ID, Kind: access.OIDC, Issuer: "https://id.example", Subject: "7"},
		"long":             {Person: first.ID, Kind: access.Passkey, Passkey: []byte(`"` + strings.Repeat("x", 65<<10) + `"`)},
		"strange id":       {ID: "x", Person: first.ID, Kind: access.Password, PHC: phc},
		"label with lines": {Person: first.ID, Kind: access.Password, PHC: phc, Label: "a\nb"},
	} {
		if _, d, err := b.SetCredential(c); err == nil || d.Kind != "" {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
	own := b.Credentials(second.ID)[0]
	own.Label = "work"
	if b.set(own); len(b.Credentials(second.ID)) != 1 || b.Credentials(second.ID)[0].Label != "work" {
		t.Errorf("a credential that was set again is %+v", b.Credentials(second.ID))
	}
	for i := range 50 {
		b.set(access.Credential{Person: first.ID, Kind: access.OIDC, Issuer: "https://id.example", Subject: strings.Repeat("s", i+2)})
	}
	if _, _, err := b.SetCredential(access.Credential{Person: first.ID, Kind: access.Password, PHC: phc}); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the fifty-first: %v", err)
	}
}

// After an erasure nothing of the person is left, and what came in too late is
// named by another.
func TestPeopleAreErased(t *testing.T) {
	b := newBook(t)
	clinic := b.join("A clinic")
	first, secret := b.invite(hubAdministrator, clinic, "First", access.Viewer)
	second, _ := b.invite(hubAdministrator, clinic, "Second", access.Viewer)
	b.set(access.Credential{Person: first.ID, Kind: access.Password, PHC: phc})
	b.take(access.NewSignIn(access.KindSignInSucceeded, access.SignIn{Person: first.ID, Method: "password", Address: "192.0.2.7"}))
	b.take(b.ChangePerson(hubAdministrator, first.ID, "First L", "", ""))
	var about []ledger.Seq
	for _, e := range b.entries {
		if strings.Contains(string(e.Body), first.ID) {
			about = append(about, e.Seq)
			if !access.KindPersonal(e.Kind) {
				t.Errorf("%s holds a person and is not personal", e.Kind)
			}
		}
	}
	erasure, d, err := b.ErasePerson(hubAdministrator, first.ID, "asked for")
	b.take(d, err)
	if !slices.Equal(erasure.Entries, about) || access.KindPersonal(d.Kind) {
		t.Errorf("named are %v, the ledger has %v", erasure.Entries, about)
	}
	if _, ok := b.Person(first.ID); ok {
		t.Error("the person is there")
	}
	if _, ok := b.PersonPrincipal(first.ID); ok {
		t.Error("the person acts")
	}
	if _, ok := b.Enrolment(secret); ok || len(b.Credentials(first.ID)) > 0 || len(b.Held(first.ID)) > 0 {
		t.Error("something of the person is there")
	}
	if people := b.People(clinic); len(people) != 1 || people[0].ID != second.ID {
		t.Errorf("left are %v", people)
	}
	if _, _, err := b.ErasePerson(hubAdministrator, first.ID, "again"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("erased twice: %v", err)
	}
	b.take(access.NewSignIn(access.KindSignInEnded, access.SignIn{Person: first.ID, Method: "password", Address: "192.0.2.7"}))
	late, d, err := b.ErasePerson(hubAdministrator, first.ID, "asked for")
	b.take(d, err)
	if want := []ledger.Seq{b.entries[len(b.entries)-2].Seq}; !slices.Equal(late.Entries, want) {
		t.Errorf("too late came %v, named are %v", want, late.Entries)
	}
	if all := b.Erased(first.ID); !slices.Equal(all, append(about, late.Entries...)) {
		t.Errorf("erasures named %v", all)
	}
}
