package signin_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signature"
	"github.com/tocsin-project/tocsin/internal/signin"
)

// desk is a person who is signed in with a passkey and has something to sign.
type desk struct {
	*door
	a       *authenticator
	browser *browser
	session signin.Session
	key     signature.Public
}

func atDesk(t *testing.T) *desk {
	t.Helper()
	d, a, p := withPasskey(t)
	k := &desk{door: d, a: a, browser: &browser{d: d}}
	var err error
	if k.session, err = d.passkey(a); err != nil {
		t.Fatal(err)
	}
	k.browser.begin(k.session)
	keys := d.SigningKeys(p.ID)
	if len(keys) != 1 || keys[0].Credential != d.access.Credentials(p.ID)[0].ID {
		t.Fatalf("%d keys: %+v", len(keys), keys)
	}
	k.key = keys[0].Key
	return k
}

func (k *desk) may(key string) bool { return key == k.key.String() }

func (k *desk) begin(message string) signin.Challenge {
	k.t.Helper()
	c, err := k.BeginSigning(k.browser.request(), k.session, k.may, []byte(message), "about "+message)
	if err != nil {
		k.t.Fatal(err)
	}
	return c
}

func (k *desk) finish(c signin.Challenge, answer []byte) (signin.Signed, error) {
	return k.FinishSigning(k.t.Context(), k.browser.request(), c.ID, answer)
}

// What a passkey signs verifies by its key alone, and the next sign-in works.
func TestAPasskeySigns(t *testing.T) {
	k := atDesk(t)
	for range 2 {
		c := k.begin("a ballot")
		o := k.a.read(c.Options).PublicKey
		sum := sha256.Sum256([]byte("a ballot"))
		if o.Challenge != base64.RawURLEncoding.EncodeToString(sum[:]) || o.UserVerification != "required" || o.RPID != "hub.example" ||
			len(o.AllowCredentials) != 1 || o.AllowCredentials[0].ID != base64url(k.a.id) {
			t.Errorf("options %s", c.Options)
		}
		signed, err := k.finish(c, k.a.signs(c.Options))
		if err != nil {
			t.Fatal(err)
		}
		if signed.Key != k.key || signed.About != "about a ballot" {
			t.Errorf("signed %+v", signed)
		}
		if err := k.key.Verify([]byte("a ballot"), signed.Signature); err != nil {
			t.Error(err)
		}
		if k.key.Verify([]byte("another ballot"), signed.Signature) == nil {
			t.Error("the signature holds for another ballot as well")
		}
	}
	if kept := k.access.Credentials(k.session.Person)[0].Passkey; !bytes.Contains(kept, []byte(`"sign_count":3`)) {
		t.Errorf("the count of uses is not kept: %s", kept)
	}
	if _, err := k.passkey(k.a); err != nil {
		t.Errorf("to sign in afterwards: %v", err)
	}
}

// A signature is taken once, in time, from the session that asked, over the
// message that was asked about.
func TestASigningThatIsRefused(t *testing.T) {
	k := atDesk(t)
	first, second := k.begin("one"), k.begin("two")
	answer := k.a.signs(first.Options)
	if _, err := k.finish(second, answer); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("the answer to another message: %v", err)
	}
	if _, err := k.finish(second, k.a.signs(second.Options)); !errors.Is(err, access.ErrConflict) {
		t.Errorf("a second try at one challenge: %v", err)
	}
	c := k.begin("three")
	later := k.a.signs(c.Options)
	if _, err := k.finish(c, later); err != nil {
		t.Fatal(err)
	}
	if _, err := k.finish(first, answer); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("a count of uses that went back: %v", err)
	}
	answer = later
	if _, err := k.finish(c, answer); !errors.Is(err, access.ErrConflict) {
		t.Errorf("replayed: %v", err)
	}
	again := k.begin("three")
	if _, err := k.finish(again, answer); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("replayed to a new challenge of the same message: %v", err)
	}

	c = k.begin("four")
	elsewhere := &browser{d: k.door}
	other, err := k.passkey(k.a)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere.begin(other)
	if _, err := k.FinishSigning(t.Context(), elsewhere.request(), c.ID, k.a.signs(c.Options)); !errors.Is(err, access.ErrConflict) {
		t.Errorf("from another session of the same person: %v", err)
	}
	in, err := k.BeginPasskey(home)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.finish(in, k.a.signs(in.Options)); !errors.Is(err, access.ErrConflict) {
		t.Errorf("a sign-in's challenge: %v", err)
	}
	c = k.begin("five")
	if _, err := k.FinishPasskey(t.Context(), c.ID, k.a.signs(c.Options), home); !errors.Is(err, access.ErrConflict) {
		t.Errorf("a signing's challenge to sign in: %v", err)
	}
	c = k.begin("six")
	answer = k.a.signs(c.Options)
	k.pass(11 * time.Minute)
	if _, err := k.finish(c, answer); !errors.Is(err, access.ErrConflict) {
		t.Errorf("after eleven minutes: %v", err)
	}
	k.pass(5 * time.Minute)
	if _, err := k.BeginSigning(k.browser.request(), k.session, k.may, []byte("seven"), nil); !errors.Is(err, signin.ErrStale) {
		t.Errorf("in an old session: %v", err)
	}
	if _, err := k.SigningKey(k.session, k.access.Credentials(k.session.Person)[0].ID); !errors.Is(err, signin.ErrStale) {
		t.Errorf("to ask for a key in an old session: %v", err)
	}
}

// An authenticator, or who stands in its place, that does not do as it should.
func TestSignaturesThatAreRefused(t *testing.T) {
	for name, wrong := range map[string]func(*authenticator){
		"another key":       func(a *authenticator) { a.key = newAuthenticator(a.t).key },
		"another id":        func(a *authenticator) { a.id = bytes.Repeat([]byte{7}, 32) },
		"another person":    func(a *authenticator) { a.user = []byte("person--0") },
		"on a false page":   func(a *authenticator) { a.origin = "https://hub.example.evil.example" },
		"on a page beside":  func(a *authenticator) { a.origin = "https://other.hub.example" },
		"of another hub":    func(a *authenticator) { a.rp = "evil.example" },
		"user not verified": func(a *authenticator) { a.flags = present },
		"user not present":  func(a *authenticator) { a.flags = verified },
		"client data that outsiders read otherwise": func(a *authenticator) {
			a.twist = func(client []byte) []byte { return append([]byte(`{"crossOrigin":false,`), client[1:]...) }
		},
		"a count that stands":  func(a *authenticator) { a.step = 0 },
		"a count that is back": func(a *authenticator) { a.count = 0; a.step = 0 },
	} {
		k := atDesk(t)
		c := k.begin("a ballot")
		wrong(k.a)
		if signed, err := k.finish(c, k.a.signs(c.Options)); !errors.Is(err, signin.ErrRefused) || signed.Key != (signature.Public{}) {
			t.Errorf("%s: %+v, %v", name, signed, err)
		}
	}
	k := atDesk(t)
	for i, garbage := range []string{"", "{}", "null", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, string(make([]byte, 100<<10))} {
		if _, err := k.finish(k.begin("a ballot"), []byte(garbage)); !errors.Is(err, signin.ErrRefused) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// Only a passkey of the person's own that may sign is asked for, and one that
// went away meanwhile signs nothing.
func TestWhoseKeySigns(t *testing.T) {
	k := atDesk(t)
	none := func(string) bool { return false }
	if _, err := k.BeginSigning(k.browser.request(), k.session, none, []byte("x"), nil); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("with no key that may: %v", err)
	}
	if _, err := k.BeginSigning(k.browser.request(), signin.Session{Token: "t", Began: k.clock()}, k.may, []byte("x"), nil); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("with a token: %v", err)
	}
	if _, err := k.SigningKey(k.session, "credential--other"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the key of what is not there: %v", err)
	}
	second := newAuthenticator(t)
	add, err := k.BeginAdd(k.session, "Second", home)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.FinishAdd(t.Context(), k.session, add.ID, second.makes(add.Options)); err != nil {
		t.Fatal(err)
	}
	c := k.begin("a ballot")
	if _, err := k.finish(c, second.signs(c.Options)); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("signed with a passkey that may not: %v", err)
	}
	c = k.begin("a ballot")
	draft, err := k.access.RemoveCredential(k.admin, k.session.Person, k.SigningKeys(k.session.Person)[0].Credential, "lost")
	if err != nil {
		t.Fatal(err)
	}
	answer := k.a.signs(c.Options)
	k.do(draft)
	if _, err := k.finish(c, answer); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("with a passkey that was taken away: %v", err)
	}
}

// A hub that is reached by its address has no passkeys that could sign.
func TestNoSigningForAnAddress(t *testing.T) {
	d := cheapDoor(t, func(cfg *signin.Config) { cfg.Origin = "http://192.0.2.1:8440" })
	p := d.person()
	b, one := d.signed(p, password)
	if _, err := d.BeginSigning(b.request(), one, func(string) bool { return true }, []byte("x"), nil); !errors.Is(err, access.ErrInvalid) || d.SigningKeys(p.ID) != nil {
		t.Errorf("%v", err)
	}
}
