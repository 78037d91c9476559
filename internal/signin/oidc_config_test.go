package signin_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signin"
	"github.com/tocsin-project/tocsin/internal/signin/idptest"
)

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

// Whoever waits for a provider that does not answer may give up, and the others
// do not wait behind them; one question is asked for all.
func TestAProviderThatHangs(t *testing.T) {
	p := idptest.New(t, origin+signin.CallbackPath(idptest.Slug))
	asked, release := make(chan struct{}, 9), make(chan struct{})
	p.Discovery = func(w http.ResponseWriter, honest map[string]any) {
		asked <- struct{}{}
		<-release
		_ = json.MarshalWrite(w, honest)
	}
	d := cheapDoor(t, at(p))
	first := make(chan error)
	go func() {
		_, err := d.BeginOIDC(t.Context(), slug, home)
		first <- err
	}()
	<-asked
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.BeginOIDC(gone, slug, home); !errors.Is(err, signin.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("who gives up: %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Errorf("who waited: %v", err)
	}
	if _, err := d.BeginOIDC(t.Context(), slug, home); err != nil || len(asked) != 0 {
		t.Errorf("%v; asked %d times more", err, len(asked))
	}
}

// One that cannot be asked is not asked again by everybody who comes.
func TestAFailingProviderIsLeftAloneForAMoment(t *testing.T) {
	p := idptest.New(t, origin+signin.CallbackPath(idptest.Slug))
	var asked atomic.Int32
	p.Discovery = func(w http.ResponseWriter, honest map[string]any) {
		if asked.Add(1) == 1 {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		_ = json.MarshalWrite(w, honest)
	}
	d := cheapDoor(t, at(p))
	d.pass(0)
	for range 3 {
		if _, err := d.BeginOIDC(t.Context(), slug, home); !errors.Is(err, signin.ErrUnavailable) {
			t.Errorf("%v", err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	d.pass(5 * time.Second)
	if _, err := d.BeginOIDC(t.Context(), slug, home); err != nil {
		t.Errorf("a moment later: %v", err)
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
