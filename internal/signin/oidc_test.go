package signin_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/signin"
	"github.com/tocsin-project/tocsin/internal/signin/idptest"
)

const slug = idptest.Slug

// at has a service know a provider.
func at(p *idptest.Provider) func(*signin.Config) {
	return func(cfg *signin.Config) {
		cfg.OIDC = append(cfg.OIDC, signin.Provider{Name: idptest.Name, Issuer: p.URL, ClientID: idptest.ClientID, ClientSecret: idptest.ClientSecret})
	}
}

// visit goes to the provider and gives the parameters with which it sends the
// browser back.
func visit(t testing.TB, v signin.Visit) url.Values {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(v.To)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	to, err := answer.Location()
	if err != nil {
		t.Fatalf("the provider answers %s: %v", answer.Status, err)
	}
	if back := to.Scheme + "://" + to.Host + to.Path; back != origin+signin.CallbackPath(slug) {
		t.Fatalf("the provider sends to %s", back)
	}
	return to.Query()
}

// unsigned is the beginning of a token with an algorithm and the claims.
func unsigned(t *testing.T, alg string, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return base64url([]byte(`{"alg":"`+alg+`","typ":"JWT"}`)) + "." + base64url(payload)
}

// linked is a service with a person who has linked its identity.
func linked(t *testing.T) (*door, *idptest.Provider, access.Person) {
	t.Helper()
	p := idptest.New(t, origin+signin.CallbackPath(idptest.Slug))
	d := cheapDoor(t, at(p))
	person := d.person()
	d.link(person)
	return d, p, person
}

// link has a person link the identity that the provider has now.
func (d *door) link(person access.Person) {
	d.t.Helper()
	one, err := d.Password(d.t.Context(), person.Email, password, home)
	if err != nil {
		d.t.Fatal(err)
	}
	v, err := d.BeginLink(d.t.Context(), slug, one, home)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, linked, err := d.FinishOIDC(d.t.Context(), slug, v.ID, visit(d.t, v), one, home); err != nil || !linked {
		d.t.Fatalf("linked %t: %v", linked, err)
	}
}

// oidc signs in at the provider.
func (d *door) oidc(change ...func(url.Values)) (signin.Session, error) {
	d.t.Helper()
	d.visits++
	from := ratelimit.Source(fmt.Sprintf("198.51.100.%d:1", d.visits)) // none is slowed down
	v, err := d.BeginOIDC(d.t.Context(), slug, from)
	if err != nil {
		return signin.Session{}, err
	}
	parameters := visit(d.t, v)
	for _, c := range change {
		c(parameters)
	}
	one, _, err := d.FinishOIDC(d.t.Context(), slug, v.ID, parameters, signin.Session{}, from)
	return one, err
}

func TestALinkedIdentitySignsIn(t *testing.T) {
	d, p, person := linked(t)
	one, err := d.oidc()
	if err != nil || one.Person != person.ID || one.Method != "oidc" {
		t.Fatalf("%+v, %v", one, err)
	}
	b := browser{d: d}
	b.begin(one)
	if !b.in() {
		t.Error("the session does not work")
	}
	p.Subject = "another subject with the same address"
	if _, err := d.oidc(); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("by the address alone: %v", err)
	}
	if err := d.Remove(t.Context(), one, d.access.Credentials(person.ID)[1].ID); err != nil {
		t.Fatal(err)
	}
	p.Subject = "248289761001"
	if _, err := d.oidc(); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("after unlinking: %v", err)
	}
	if b.in() {
		t.Error("the session goes on without the identity it came with")
	}
}

// An address that a provider has verified opens nothing, unless the
// configuration says so, and then only for who is invited and has not joined.
func TestAnAddressAloneOpensNothing(t *testing.T) {
	for _, c := range []struct {
		name         string
		trusted      bool
		verified     any
		invited, let bool
	}{
		{"not trusted", false, true, true, false}, {"trusted and invited", true, true, true, true},
		{"not verified", true, false, true, false}, {"verified in words", true, "true", true, false},
		{"has joined already", true, true, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := idptest.New(t, origin+signin.CallbackPath(idptest.Slug))
			p.Verified = c.verified
			d := cheapDoor(t, at(p), func(cfg *signin.Config) { cfg.OIDC[0].TrustEmail = c.trusted })
			if c.invited {
				d.invite(d.partner("Water works"), "Ann", p.Email)
			} else {
				d.person()
			}
			for range 2 {
				one, err := d.oidc()
				if c.let && err != nil || !c.let && !errors.Is(err, signin.ErrRefused) {
					t.Errorf("%+v, %v", one, err)
				}
			}
		})
	}
}

// An invited person can join with an identity, by the one-time secret.
func TestJoiningWithAnIdentity(t *testing.T) {
	p := idptest.New(t, origin+signin.CallbackPath(idptest.Slug))
	d := cheapDoor(t, at(p))
	person, secret := d.invite(d.partner("Water works"), "Ann", "ann@water.example")
	v, err := d.BeginEnrolOIDC(t.Context(), slug, secret, home)
	if err != nil {
		t.Fatal(err)
	}
	one, _, err := d.FinishOIDC(t.Context(), slug, v.ID, visit(t, v), signin.Session{}, home)
	if err != nil || one.Person != person.ID {
		t.Fatalf("%+v, %v", one, err)
	}
	if _, err := d.oidc(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := d.BeginEnrolOIDC(t.Context(), slug, secret, abroad); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("with the used secret: %v", err)
	}
	// An identity is one person's.
	_, second := d.invite(person.Partner, "Second", "second@water.example")
	if v, err = d.BeginEnrolOIDC(t.Context(), slug, second, home); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.FinishOIDC(t.Context(), slug, v.ID, visit(t, v), signin.Session{}, home); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the same identity for another: %v", err)
	}
}

// What links an identity is the session that began it, still there.
func TestLinkingNeedsTheSession(t *testing.T) {
	p := idptest.New(t, origin+signin.CallbackPath(idptest.Slug))
	d := cheapDoor(t, at(p))
	person := d.person()
	one, err := d.Password(t.Context(), person.Email, password, home)
	if err != nil {
		t.Fatal(err)
	}
	_, secret := d.invite(person.Partner, "Second", "second@water.example")
	second, err := d.EnrolPassword(t.Context(), secret, password, abroad)
	if err != nil {
		t.Fatal(err)
	}
	for who, current := range map[string]signin.Session{"nobody": {}, "somebody else": second} {
		v, err := d.BeginLink(t.Context(), slug, one, home)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.FinishOIDC(t.Context(), slug, v.ID, visit(t, v), current, home); !errors.Is(err, signin.ErrRefused) {
			t.Errorf("finished by %s: %v", who, err)
		}
	}
	if n := len(d.access.Credentials(person.ID)); n != 1 {
		t.Errorf("%d credentials", n)
	}
	if _, err := d.BeginLink(t.Context(), slug, signin.Session{Token: "t"}, home); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a token's session: %v", err)
	}
	d.pass(16 * time.Minute)
	if _, err := d.BeginLink(t.Context(), slug, one, home); !errors.Is(err, signin.ErrStale) {
		t.Errorf("a session of sixteen minutes: %v", err)
	}
}
