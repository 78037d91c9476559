package signin_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signin"
)

// withPasskey is a service with a person who joined with a passkey.
func withPasskey(t *testing.T, change ...func(*authenticator)) (*door, *authenticator, access.Person) {
	t.Helper()
	d, a := cheapDoor(t), newAuthenticator(t)
	for _, c := range change {
		c(a)
	}
	p, secret := d.invite(d.partner("Water works"), "Ann", "ann@water.example")
	c, err := d.BeginEnrol(t.Context(), secret, "Key ring", home)
	if err != nil {
		t.Fatal(err)
	}
	one, err := d.FinishEnrol(t.Context(), c.ID, a.makes(c.Options), home)
	if err != nil || one.Person != p.ID || one.Method != "enrolment" {
		t.Fatalf("%+v, %v", one, err)
	}
	return d, a, p
}

// passkey signs in with an authenticator.
func (d *door) passkey(a *authenticator) (signin.Session, error) {
	d.t.Helper()
	c, err := d.BeginPasskey(abroad)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.FinishPasskey(d.t.Context(), c.ID, a.signs(c.Options), abroad)
}

func TestAPasskeySignsIn(t *testing.T) {
	d, a, p := withPasskey(t)
	for range 3 {
		one, err := d.passkey(a)
		if err != nil || one.Person != p.ID || one.Method != "passkey" {
			t.Fatalf("%+v, %v", one, err)
		}
		b := browser{d: d}
		b.begin(one)
		if !b.in() {
			t.Error("the session does not work")
		}
	}
	list := d.access.Credentials(p.ID)
	if len(list) != 1 || list[0].Label != "Key ring" || list[0].Kind != access.Passkey || !bytes.Contains(list[0].Passkey, []byte(`"sign_count":3`)) {
		t.Errorf("kept as %+v", list)
	}
}

// What the options ask of authenticators.
func TestPasskeyOptions(t *testing.T) {
	d, a, p := withPasskey(t)
	one, err := d.passkey(a)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.BeginAdd(one, "Another", home)
	if err != nil {
		t.Fatal(err)
	}
	o := a.read(c.Options).PublicKey
	if o.AuthenticatorSelection.UserVerification != "required" || o.AuthenticatorSelection.ResidentKey != "required" {
		t.Errorf("options %s", c.Options)
	}
	if len(o.ExcludeCredentials) != 1 || o.ExcludeCredentials[0].ID != base64url(a.id) || o.User.ID != base64url([]byte(p.ID)) {
		t.Errorf("options %s", c.Options)
	}
	if c, err = d.BeginPasskey(home); err != nil || a.read(c.Options).PublicKey.UserVerification != "required" {
		t.Errorf("options %s, %v", c.Options, err)
	}
}

// An authenticator, or who stands in its place, that does not do as it should.
func TestPasskeysThatAreRefused(t *testing.T) {
	for name, wrong := range map[string]func(*authenticator){
		"another key":            func(a *authenticator) { a.key = newAuthenticator(a.t).key },
		"another id":             func(a *authenticator) { a.id = bytes.Repeat([]byte{7}, 32) },
		"another person":         func(a *authenticator) { a.user = []byte("person--0") },
		"nobody":                 func(a *authenticator) { a.user = nil },
		"on a false page":        func(a *authenticator) { a.origin = "https://hub.example.evil.example" },
		"of another hub":         func(a *authenticator) { a.rp = "evil.example" },
		"user not verified":      func(a *authenticator) { a.flags = present },
		"user not present":       func(a *authenticator) { a.flags = verified },
		"a count that stands":    func(a *authenticator) { a.step = 0 },
		"a count that goes back": func(a *authenticator) { a.count = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			d, a, _ := withPasskey(t)
			if _, err := d.passkey(a); err != nil {
				t.Fatal(err)
			}
			if _, err := d.passkey(a); err != nil {
				t.Fatal(err)
			}
			before := *a
			wrong(a)
			if one, err := d.passkey(a); !errors.Is(err, signin.ErrRefused) || one.Person != "" {
				t.Errorf("session %+v, %v", one, err)
			}
			if n := d.count(access.KindSignInFailed); n != 1 {
				t.Errorf("%d failures on the ledger: %q", n, d.acts())
			}
			*a = before
			a.count += 5
			if _, err := d.passkey(a); err != nil {
				t.Errorf("as it should be, afterwards: %v", err)
			}
		})
	}
}

// Synced passkeys do not count their uses: always zero is no copy.
func TestAPasskeyThatDoesNotCount(t *testing.T) {
	d, a, p := withPasskey(t, func(a *authenticator) { a.step = 0 })
	for range 3 {
		if _, err := d.passkey(a); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.count(access.KindPersonCredential); n != 1 {
		t.Errorf("%d credentials on the ledger of %s, want one: nothing changed", n, p.ID)
	}
}

// Registration has the same demands.
func TestPasskeysThatAreNotTaken(t *testing.T) {
	for name, wrong := range map[string]func(*authenticator){
		"on a false page":   func(a *authenticator) { a.origin = "https://evil.example" },
		"of another hub":    func(a *authenticator) { a.rp = "evil.example" },
		"user not verified": func(a *authenticator) { a.flags = present },
		"a long id":         func(a *authenticator) { a.id = make([]byte, 1024) },
	} {
		d, a := cheapDoor(t), newAuthenticator(t)
		wrong(a)
		p, secret := d.invite(d.partner("Water works"), "Ann", "ann@water.example")
		c, err := d.BeginEnrol(t.Context(), secret, "", home)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.FinishEnrol(t.Context(), c.ID, a.makes(c.Options), home); !errors.Is(err, signin.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
		if len(d.access.Credentials(p.ID)) > 0 {
			t.Errorf("%s: kept", name)
		}
		if _, err := d.EnrolPassword(t.Context(), secret, password, home); err != nil {
			t.Errorf("%s: the secret is used up: %v", name, err)
		}
	}
}

// A challenge is answered once, in time, and for what it was made.
func TestAChallengeWorksOnce(t *testing.T) {
	d, a, _ := withPasskey(t)
	c, err := d.BeginPasskey(home)
	if err != nil {
		t.Fatal(err)
	}
	answer := a.signs(c.Options)
	for _, id := range []string{"", "made up"} {
		if _, err := d.FinishPasskey(t.Context(), id, answer, home); !errors.Is(err, access.ErrConflict) {
			t.Errorf("in a browser with %q: %v", id, err)
		}
	}
	one, err := d.FinishPasskey(t.Context(), c.ID, answer, home)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.FinishPasskey(t.Context(), c.ID, answer, home); !errors.Is(err, access.ErrConflict) {
		t.Errorf("replayed: %v", err)
	}
	if c, err = d.BeginPasskey(home); err != nil {
		t.Fatal(err)
	}
	if _, err := d.FinishPasskey(t.Context(), c.ID, answer, home); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("the answer to another challenge: %v", err)
	}
	if c, err = d.BeginPasskey(home); err != nil {
		t.Fatal(err)
	}
	if err := d.FinishAdd(t.Context(), one, c.ID, answer); !errors.Is(err, access.ErrConflict) {
		t.Errorf("a sign-in's challenge to add a passkey: %v", err)
	}
	if c, err = d.BeginPasskey(home); err != nil {
		t.Fatal(err)
	}
	answer = a.signs(c.Options)
	d.pass(11 * time.Minute)
	if _, err := d.FinishPasskey(t.Context(), c.ID, answer, home); !errors.Is(err, access.ErrConflict) {
		t.Errorf("after eleven minutes: %v", err)
	}
}

// Nobody reads garbage for an answer, and nobody comes in with it.
func TestGarbageForAnAnswer(t *testing.T) {
	d, _, _ := withPasskey(t)
	for i, garbage := range []string{"", "{}", "null", "[]", `{"id":"x"}`, `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, string(make([]byte, 100<<10))} {
		c, err := d.BeginPasskey(home)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.FinishPasskey(t.Context(), c.ID, []byte(garbage), home); !errors.Is(err, signin.ErrRefused) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// The administration can be claimed with a passkey.
func TestClaimWithAPasskey(t *testing.T) {
	d, a := cheapDoor(t), newAuthenticator(t)
	secret, hash := access.NewClaim()
	d.access.SetClaim(hash)
	c, err := d.BeginClaim(t.Context(), secret, "Root", "root@hub.example", "", home)
	if err != nil {
		t.Fatal(err)
	}
	second, err := d.BeginClaim(t.Context(), secret, "Second", "second@hub.example", "", abroad)
	if err != nil {
		t.Fatal(err)
	}
	if d.access.Claimed() {
		t.Fatal("claimed before there is a passkey")
	}
	one, err := d.FinishEnrol(t.Context(), c.ID, a.makes(c.Options), home)
	if err != nil || one.Role != access.Administrator || !d.access.Claimed() {
		t.Fatalf("%+v, %v", one, err)
	}
	if _, err := d.passkey(a); err != nil {
		t.Error(err)
	}
	if _, err := d.FinishEnrol(t.Context(), second.ID, newAuthenticator(t).makes(second.Options), abroad); !errors.Is(err, access.ErrConflict) {
		t.Errorf("a second claim that was begun before: %v", err)
	}
}

// A hub that is reached by its address has no passkeys, and says so.
func TestNoPasskeysForAnAddress(t *testing.T) {
	d := cheapDoor(t, func(cfg *signin.Config) { cfg.Origin = "http://192.0.2.1:8440" })
	if _, err := d.BeginPasskey(home); !errors.Is(err, access.ErrInvalid) || d.Passkeys() {
		t.Errorf("%v", err)
	}
}
