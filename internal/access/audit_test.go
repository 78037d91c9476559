package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func TestSigned(t *testing.T) {
	who := access.Principal{Token: "token--1", Partner: "identity--1"}
	for body, want := range map[string]string{`{}`: `{"by":"token--1"}`, ` { } `: `{"by":"token--1"}`, `{"a":1 }`: `{"a":1,"by":"token--1"}`} {
		got, err := access.Signed(who, ledger.Draft{Kind: "test.note", Body: []byte(body)})
		if err != nil || len(got) != 1 || string(got[0].Body) != want {
			t.Errorf("%s became %s, %v", body, got, err)
		}
	}
	for _, body := range []string{``, `null`, `[]`, `"x"`} {
		if got, err := access.Signed(who, ledger.Draft{Kind: "test.note", Body: []byte(body)}); err == nil {
			t.Errorf("%s became %s", body, got[0].Body)
		}
	}
	who.Person = `person--"1"`
	got, err := access.Signed(who, ledger.Draft{Kind: "test.note", Body: []byte(`{}`)})
	if err != nil || string(got[0].Body) != `{"by":"person--\"1\""}` {
		t.Errorf("%s, %v", got[0].Body, err)
	}
}

// A record says what happened and who did it, and nothing with which anyone
// could come in.
func TestRecordsShowNoSecrets(t *testing.T) {
	b := newBook(t)
	clinic := b.join("A clinic")
	token, secret := b.issue(clinic, access.Viewer)
	first, enrolment := b.invite(hubAdministrator, clinic, "First", access.Viewer)
	b.set(access.Credential{Person: first.ID, Kind: access.Password, PHC: phc})
	b.set(access.Credential{Person: first.ID, Kind: access.Passkey, Passkey: []byte(`{"publicKey":"c2VjcmV0"}`)})
	b.set(access.Credential{Person: first.ID, Kind: access.OIDC, Issuer: "https://id.example", Subject: "subject-7"})
	revoked, err := b.Revoke(token.ID, "lost")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := access.Signed(hubAdministrator, revoked)
	if err != nil {
		t.Fatal(err)
	}
	b.append(signed[0])
	forbidden := []string{
		secret, enrolment, "argon2id", "c2VjcmV0", "subject-7",
		access.HashSecret(secret).String(), access.HashSecret(enrolment).String(),
	}
	for _, e := range b.entries {
		if !slices.Contains(access.SecurityKinds(), e.Kind) {
			t.Errorf("%s is no act of security", e.Kind)
		}
		r := access.NewRecord(e)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range forbidden {
			if strings.Contains(string(text), f) {
				t.Errorf("the record of %s shows %s: %s", e.Kind, f, text)
			}
		}
		if r.Seq != e.Seq || r.Kind != e.Kind || r.Actor != access.Hub || len(r.About) == 0 {
			t.Errorf("the record of %s is %s", e.Kind, text)
		}
	}
	last := access.NewRecord(b.entries[len(b.entries)-1])
	if last.By != "administrator" || last.About["token"] != token.ID || last.About["reason"] != "lost" {
		t.Errorf("the revocation is shown as %+v", last)
	}
	for body, erased := range map[string]bool{"null": true, "[]": false, "": false, `{"by":7,"hash":"x"}`: false} {
		r := access.NewRecord(ledger.Entry{Kind: access.KindPersonJoined, Body: []byte(body)})
		if r.Erased != erased || len(r.About) > 0 || r.By != "" {
			t.Errorf("%q is shown as %+v", body, r)
		}
	}
	if all := access.SecurityKinds(); slices.Contains(all, "protection.decided") || !slices.Contains(all, "contribution.erased") || len(all) < 26 {
		t.Error("the kinds are not those of security")
	}
}

// The administration is claimed once, with the printed secret and no other.
func TestClaim(t *testing.T) {
	b := newBook(t)
	if b.Claimed() {
		t.Error("a new hub is claimed")
	}
	claim := func(secret string) error { _, _, _, err := b.ClaimToken(secret, "x", now); return err }
	empty := access.HashSecret("")
	if err := claim(""); !errors.Is(err, access.ErrForbidden) || empty == (ledger.Hash{}) {
		t.Errorf("without a secret to claim with: %v", err)
	}
	secret, hash := access.NewClaim()
	other, _ := access.NewClaim()
	b.SetClaim(hash)
	for _, wrong := range []string{"", other, secret[:len(secret)-1], hash.String()} {
		if err := claim(wrong); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	b.SetAdministrator(access.HashSecret("configured"))
	if err := claim(secret); !errors.Is(err, access.ErrConflict) || !b.Claimed() {
		t.Errorf("where an administrator is configured: %v", err)
	}
	b.SetAdministrator(ledger.Hash{})
	p, drafts, err := b.ClaimPerson(secret, "Root", "root@hub.example")
	if err != nil || len(drafts) != 2 || p.Role != access.Administrator {
		t.Fatalf("a person: %+v, %v, %v", p, drafts, err)
	}
	_, token, drafts, err := b.ClaimToken(secret+"\n", "first", now)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range drafts {
		b.append(d)
	}
	if who, ok := b.Authenticate(token); !ok || who.Role != access.Administrator || who.Partner != "" {
		t.Errorf("the claim's token is %+v, %t", who, ok)
	}
	if err := claim(secret); !errors.Is(err, access.ErrConflict) || !b.Claimed() {
		t.Errorf("claimed twice: %v", err)
	}
	if _, _, err := b.ClaimPerson(secret, "Root", "root@hub.example"); !errors.Is(err, access.ErrConflict) {
		t.Errorf("claimed by a person as well: %v", err)
	}
	if _, ok := b.Authenticate(secret); ok {
		t.Error("the claim's secret is a token")
	}
}
