package hub_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/signin"
	"github.com/tocsin-project/tocsin/internal/signin/idptest"
)

// withProvider starts a hub that knows a provider on another site.
func withProvider(t *testing.T, dials dial.Config) (*running, *idptest.Provider) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") // the provider has to know the hub's port before the hub is there
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(at)
	p := idptest.New(t, "http://localhost:"+port+signin.CallbackPath(idptest.Slug))
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(idptest.ClientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := startHub(t, "", func(cfg *hub.Config) {
		cfg.Listen, cfg.Dial = at, dials
		cfg.OIDC = []hub.OIDC{{Name: idptest.Name, Issuer: p.URL, ClientID: idptest.ClientID, ClientSecretFile: secret}}
	})
	return h, p
}

// A person joins and signs in at a provider on another site, in a real browser
// with everything that it forbids pages.
func TestAnIdentityProviderInABrowser(t *testing.T) {
	h, p := withProvider(t, dial.Config{Allow: []string{"127.0.0.1"}})
	partner, _ := h.partner("Water works", "water", "NZ", "viewer")
	b := openBrowser(t, h.named())
	b.open("/enrol#" + h.invite(partner, "Ann Example", p.Email, "analyst"))
	b.press("Join with " + idptest.Name)
	b.await("span", "Ann Example · Water works · analyst")
	b.open("/account")
	b.await("li", "identity at "+p.URL)
	b.press("Sign out")
	b.await("h1", "Sign in")
	b.press("Sign in with " + idptest.Name)
	b.await("span", "Ann Example · Water works · analyst")
	p.Subject = "somebody else"
	b.press("Sign out")
	b.await("h1", "Sign in")
	b.press("Sign in with " + idptest.Name)
	b.await("p", "nobody here has linked that identity")
}

// Without a word in the configuration the hub asks no provider on its own
// machine, whatever name it goes by; the hub works all the same.
func TestAProviderObeysTheDialPolicy(t *testing.T) {
	h, p := withProvider(t, dial.Config{})
	a := h.call("POST", "/sign-in/oidc/"+idptest.Slug, "", "application/x-www-form-urlencoded", strings.NewReader(""))
	if a.status != 502 || !strings.Contains(a.body, "The identity provider cannot be asked now") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if seen := p.Seen(); len(seen) > 0 {
		t.Errorf("the provider was asked for %q", seen)
	}
}
