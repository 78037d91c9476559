package signin_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
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
	from := signin.Source(fmt.Sprintf("198.51.100.%d:1", d.visits)) // none is slowed down
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

// Whatever a provider, or somebody in its place, may answer instead.
func TestTamperedAnswers(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, value any) func(*idptest.Provider) {
		return func(p *idptest.Provider) { p.Twist = func(c map[string]any) { c[name] = value } }
	}
	hmacked := func(secret []byte) func(*idptest.Provider) {
		return func(p *idptest.Provider) {
			p.Sign = func(c map[string]any) string {
				text := unsigned(t, "HS256", c)
				mac := hmac.New(sha256.New, secret)
				mac.Write([]byte(text))
				return text + "." + base64url(mac.Sum(nil))
			}
		}
	}
	for name, lie := range map[string]func(*idptest.Provider){
		"wrong nonce":                claim("nonce", "another nonce of the same length"),
		"no nonce":                   claim("nonce", ""),
		"wrong audience":             claim("aud", []string{"another client"}),
		"no audience":                claim("aud", []string{}),
		"several without azp":        claim("aud", []string{idptest.ClientID, "another client"}),
		"another authorized party":   claim("azp", "another client"),
		"another issuer":             claim("iss", "https://idp.example"),
		"expired":                    claim("exp", time.Now().Add(-time.Second).Unix()),
		"no end":                     func(p *idptest.Provider) { p.Twist = func(c map[string]any) { delete(c, "exp") } },
		"not yet":                    claim("nbf", time.Now().Add(time.Hour).Unix()),
		"no subject":                 claim("sub", ""),
		"a subject that is too long": claim("sub", strings.Repeat("x", 256)),
		"alg none": func(p *idptest.Provider) {
			p.Sign = func(c map[string]any) string { return unsigned(t, "none", c) + "." }
		},
		"alg None": func(p *idptest.Provider) {
			p.Sign = func(c map[string]any) string { return unsigned(t, "None", c) + "." }
		},
		"signed with the client's secret": hmacked([]byte(idptest.ClientSecret)),
		"signed with the public key": func(p *idptest.Provider) {
			hmacked(x509.MarshalPKCS1PublicKey(p.PublicKey()))(p)
		},
		"signed with another key": func(p *idptest.Provider) {
			p.Sign = func(c map[string]any) string {
				text := unsigned(t, "RS256", c)
				digest := sha256.Sum256([]byte(text))
				signature, err := rsa.SignPKCS1v15(nil, other, crypto.SHA256, digest[:])
				if err != nil {
					t.Error(err)
				}
				return text + "." + base64url(signature)
			}
		},
		"no token at all": func(p *idptest.Provider) { p.Sign = func(map[string]any) string { return "." } },
	} {
		t.Run(name, func(t *testing.T) {
			d, p, _ := linked(t)
			lie(p)
			if one, err := d.oidc(); !errors.Is(err, signin.ErrRefused) || one.Person != "" {
				t.Errorf("session %+v, %v", one, err)
			}
			if n := d.count(access.KindSignInFailed); n != 1 {
				t.Errorf("%d failures on the ledger: %q", n, d.acts())
			}
			p.Twist, p.Sign = nil, nil
			if _, err := d.oidc(); err != nil {
				t.Errorf("honestly, afterwards: %v", err)
			}
		})
	}
}

// Whatever a browser may bring instead of the provider's answer.
func TestForgedCallbacks(t *testing.T) {
	d, p, _ := linked(t)
	for name, forge := range map[string]func(url.Values){
		"another state":     func(v url.Values) { v.Set("state", "the state of another sign-in") },
		"no state":          func(v url.Values) { v.Del("state") },
		"two states":        func(v url.Values) { v.Add("state", "x") },
		"two codes":         func(v url.Values) { v.Add("code", "x") },
		"no code":           func(v url.Values) { v.Del("code") },
		"a code of its own": func(v url.Values) { v.Set("code", "ory_ac_made.up") },
		"a long code":       func(v url.Values) { v.Set("code", strings.Repeat("x", 5000)) },
		"another issuer":    func(v url.Values) { v.Set("iss", "https://idp.example") },
		"an error":          func(v url.Values) { v.Set("error", "access_denied") },
	} {
		if _, err := d.oidc(forge); !errors.Is(err, signin.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.oidc(func(v url.Values) { v.Set("iss", p.URL) }); err != nil {
		t.Errorf("the right issuer: %v", err)
	}
}

// A callback belongs to the browser that began, and works once.
func TestACallbackWorksOnce(t *testing.T) {
	d, _, _ := linked(t)
	v, err := d.BeginOIDC(t.Context(), slug, home)
	if err != nil {
		t.Fatal(err)
	}
	parameters := visit(t, v)
	finish := func(id string, parameters url.Values) error {
		_, _, err := d.FinishOIDC(t.Context(), slug, id, parameters, signin.Session{}, home)
		return err
	}
	for _, id := range []string{"", "made up"} {
		if err := finish(id, parameters); !errors.Is(err, access.ErrConflict) {
			t.Errorf("in a browser with %q: %v", id, err)
		}
	}
	if err := finish(v.ID, parameters); err != nil {
		t.Fatal(err)
	}
	if err := finish(v.ID, parameters); !errors.Is(err, access.ErrConflict) {
		t.Errorf("replayed: %v", err)
	}
	// Somebody else's code in one's own visit: PKCE.
	mine, err := d.BeginOIDC(t.Context(), slug, home)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := d.BeginOIDC(t.Context(), slug, abroad)
	if err != nil {
		t.Fatal(err)
	}
	stolen, own := visit(t, theirs), visit(t, mine)
	own.Set("code", stolen.Get("code"))
	if err := finish(mine.ID, own); !errors.Is(err, signin.ErrRefused) {
		t.Errorf("with another's code: %v", err)
	}
	late, err := d.BeginOIDC(t.Context(), slug, home)
	if err != nil {
		t.Fatal(err)
	}
	parameters = visit(t, late)
	d.pass(11 * time.Minute)
	if err := finish(late.ID, parameters); !errors.Is(err, access.ErrConflict) {
		t.Errorf("after eleven minutes: %v", err)
	}
}

// An answer is taken where the visit led, and nowhere else.
func TestAnAnswerOfAnotherProvider(t *testing.T) {
	p := idptest.New(t, origin+signin.CallbackPath(slug))
	d := cheapDoor(t, at(p), at(p), func(cfg *signin.Config) { cfg.OIDC[1].Name = "Second" })
	d.link(d.person())
	v, err := d.BeginOIDC(t.Context(), slug, home)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"second", "third"} {
		if _, _, err := d.FinishOIDC(t.Context(), other, v.ID, visit(t, v), signin.Session{}, home); !errors.Is(err, access.ErrConflict) {
			t.Errorf("at the %s: %v", other, err)
		}
		if v, err = d.BeginOIDC(t.Context(), slug, home); err != nil {
			t.Fatal(err)
		}
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
	_, second := d.invite(person.Partner, "Bob", "bob@water.example")
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
	_, secret := d.invite(person.Partner, "Bob", "bob@water.example")
	bob, err := d.EnrolPassword(t.Context(), secret, password, abroad)
	if err != nil {
		t.Fatal(err)
	}
	for who, current := range map[string]signin.Session{"nobody": {}, "somebody else": bob} {
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

// A provider that is down, lies about who it is or floods is not used; the hub
// has started all the same, and other ways in work.
func TestAProviderThatCannotBeUsed(t *testing.T) {
	for name, fault := range map[string]func(*idptest.Provider){
		"down":           func(p *idptest.Provider) { p.Close() },
		"another issuer": func(p *idptest.Provider) { p.Issuer = "https://idp.example" },
		"a redirect": func(p *idptest.Provider) {
			asked := 0
			p.Discovery = func(w http.ResponseWriter, honest map[string]any) {
				if asked++; asked > 1 { // who follows finds an honest document
					_ = json.MarshalWrite(w, honest)
					return
				}
				w.Header().Set("Location", p.URL+"/.well-known/openid-configuration?again")
				w.WriteHeader(http.StatusFound)
			}
		},
		"a flood": func(p *idptest.Provider) {
			p.Discovery = func(w http.ResponseWriter, honest map[string]any) {
				honest["padding"] = strings.Repeat(" ", 2<<20)
				_ = json.MarshalWrite(w, honest)
			}
		},
		"nonsense": func(p *idptest.Provider) {
			p.Discovery = func(w http.ResponseWriter, _ map[string]any) { _, _ = w.Write([]byte("<html>")) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := idptest.New(t, origin+signin.CallbackPath(idptest.Slug))
			fault(p)
			d := cheapDoor(t, at(p))
			person := d.person()
			if _, err := d.BeginOIDC(t.Context(), slug, home); !errors.Is(err, signin.ErrUnavailable) {
				t.Errorf("%v", err)
			}
			if _, err := d.Password(t.Context(), person.Email, password, home); err != nil {
				t.Errorf("with the password: %v", err)
			}
			if n := d.count(access.KindSignInFailed); n != 0 {
				t.Errorf("%d failures on the ledger", n)
			}
		})
	}
}

// Every outward request goes through the client that the caller gave.
func TestOutwardRequestsObeyTheCaller(t *testing.T) {
	p := idptest.New(t, origin+signin.CallbackPath(idptest.Slug))
	refused := errors.New("refused by the test's policy")
	var allowed []string
	through := transport(func(r *http.Request) (*http.Response, error) {
		if !slices.Contains(allowed, r.URL.Path) {
			return nil, refused
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	d := cheapDoor(t, at(p), func(cfg *signin.Config) { cfg.HTTP = &http.Client{Transport: through} })
	if _, err := d.BeginOIDC(t.Context(), slug, home); !errors.Is(err, refused) || len(p.Seen()) > 0 {
		t.Errorf("discovery: %v, %q", err, p.Seen())
	}
	allowed = append(allowed, "/.well-known/openid-configuration")
	if _, err := d.oidc(); !errors.Is(err, refused) {
		t.Errorf("exchange: %v", err)
	}
	allowed = append(allowed, "/token")
	if _, err := d.oidc(); err == nil || slices.Contains(p.Seen(), "/keys") {
		t.Errorf("keys: %v, %q", err, p.Seen())
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestProviderConfiguration(t *testing.T) {
	good := signin.Provider{Name: "Own provider", Issuer: "https://idp.example", ClientID: idptest.ClientID}
	make := func(providers ...signin.Provider) error {
		_, err := signin.New(signin.Config{Origin: origin, Access: access.NewDirectory(), Clock: time.Now, HTTP: http.DefaultClient, OIDC: providers})
		return err
	}
	if err := make(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*signin.Provider){
		"no name": func(p *signin.Provider) { p.Name = " - " }, "no issuer": func(p *signin.Provider) { p.Issuer = "" },
		"http": func(p *signin.Provider) { p.Issuer = "http://idp.example" }, "a query": func(p *signin.Provider) { p.Issuer += "?x" },
		"no client": func(p *signin.Provider) { p.ClientID = "" }, "a user": func(p *signin.Provider) { p.Issuer = "https://u:p@idp.example" },
	} {
		bad := good
		change(&bad)
		if err := make(bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if err := make(good, good); err == nil {
		t.Error("two of one name are taken")
	}
	for _, bad := range []string{"", "hub.example", "https://Hub.example", "https://hub.example/x", "https://hub.example?x", "ftp://hub.example", "https://u@hub.example", "https://hub.example/"} {
		if _, err := signin.New(signin.Config{Origin: bad, Clock: time.Now, HTTP: http.DefaultClient}); err == nil {
			t.Errorf("the origin %q is taken", bad)
		}
	}
	for of, want := range map[string]bool{
		"https://hub.example": true, "https://hub.example:8443": true, "http://localhost:8440": true, "http://hub.localhost": true,
		"http://hub.example": false, "https://192.0.2.1": false, "http://127.0.0.1:8440": false, "https://[2001:db8::1]": false,
	} {
		s, err := signin.New(signin.Config{Origin: of, Clock: time.Now, HTTP: http.DefaultClient})
		if err != nil || s.Passkeys() != want {
			t.Errorf("%s: %v, passkeys %t, want %t", of, err, err == nil && s.Passkeys(), want)
		}
	}
}
