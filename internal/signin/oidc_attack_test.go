package signin_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signin"
	"github.com/tocsin-project/tocsin/internal/signin/idptest"
)

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
