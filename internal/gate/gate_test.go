package gate_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/gate"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
)

const (
	secret      = "tocsin_secret-of-the-administrator"
	certificate = "\x30\x82 the DER of a certificate"
)

func newGate(t *testing.T, limits ratelimit.Config) *gate.Gate {
	t.Helper()
	d := access.NewDirectory()
	d.SetAdministrator(access.HashSecret(secret))
	of := access.Token{ID: "token--1", Role: access.Administrator, Hash: access.HashSecret(certificate), Certificate: true}
	issued, err := ledger.NewDraft(access.KindTokenIssued, "hub", "", of)
	if err != nil {
		t.Fatal(err)
	}
	e, _, err := ledger.Seal(issued, ledger.Head{}, time.Unix(0, 0))
	if err == nil {
		err = d.Apply(e)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &gate.Gate{Access: d, Limits: ratelimit.New(limits)}
}

func request(method string, credential func(*http.Request)) *http.Request {
	r := httptest.NewRequest(method, "/", nil)
	r.RemoteAddr = "192.0.2.1:50000"
	credential(r)
	return r
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func TestWhoEnters(t *testing.T) {
	g := newGate(t, ratelimit.Config{})
	for name, tt := range map[string]struct {
		credential func(*http.Request)
		want       error
	}{
		"nobody":                   {func(*http.Request) {}, gate.ErrNoCredential},
		"a bearer":                 {bearer(secret), nil},
		"a stranger":               {bearer("tocsin_guess"), gate.ErrUnknown},
		"Basic, any user":          {basic(secret), nil},
		"a certificate":            {shown(certificate), nil},
		"another certificate":      {shown("another"), gate.ErrUnknown},
		"a secret, shown":          {shown(secret), gate.ErrUnknown},
		"a certificate, only sent": {basic(certificate), gate.ErrUnknown}, // anybody has it; its key was not shown
		"and as a bearer":          {bearer(certificate), gate.ErrUnknown},
		"TLS, and nothing else":    {func(r *http.Request) { r.TLS = &tls.ConnectionState{} }, gate.ErrNoCredential},
	} {
		who, err := g.Enter(request(http.MethodGet, tt.credential))
		if !errors.Is(err, tt.want) || (err == nil) != (who.Role == access.Administrator) {
			t.Errorf("%s: %+v, %v, want %v", name, who, err, tt.want)
		}
	}
}

func basic(password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth("anyone", password) }
}

func shown(der string) func(*http.Request) {
	return func(r *http.Request) {
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte(der)}}}
	}
}

func TestHowOften(t *testing.T) {
	one := ratelimit.Rate{PerSecond: 0.001, Burst: 1}
	g := newGate(t, ratelimit.Config{Reads: one, Writes: one, Failures: one})
	wantWait := func(what string, r *http.Request, wait bool) {
		t.Helper()
		_, err := g.Enter(r)
		var many *gate.TooMany
		if errors.As(err, &many) != wait || wait && (many.RetryAfter < time.Second || many.RetryAfter%time.Second != 0) {
			t.Errorf("%s: %v", what, err)
		}
	}
	wantWait("a first guess", request(http.MethodGet, bearer("guess")), false)
	wantWait("a second guess", request(http.MethodGet, bearer("guess")), true)
	wantWait("a read beside the guesses", request(http.MethodGet, bearer(secret)), false)
	wantWait("a second read", request(http.MethodHead, bearer(secret)), true)
	wantWait("a write beside the reads", request(http.MethodPost, bearer(secret)), false)
	wantWait("a second write", request(http.MethodDelete, bearer(secret)), true)
	if _, err := g.Still(request(http.MethodGet, bearer(secret))); err != nil {
		t.Errorf("who is inside is asked again: %v", err)
	}
}

// A chosen token is not found by trying: whoever has failed too often learns
// nothing from the right one. What the hub made is let in all the same.
func TestAChosenTokenIsNotGuessed(t *testing.T) {
	g := newGate(t, ratelimit.Config{Failures: ratelimit.Rate{PerSecond: 0.001, Burst: 2}})
	g.Guessable = true
	if _, err := g.Enter(request(http.MethodGet, bearer(secret))); err != nil {
		t.Errorf("before anybody failed: %v", err)
	}
	for range 2 {
		if _, err := g.Enter(request(http.MethodGet, bearer("guess"))); !errors.Is(err, gate.ErrUnknown) {
			t.Errorf("a guess: %v", err)
		}
	}
	_, wrong := g.Enter(request(http.MethodGet, bearer("guess")))
	_, right := g.Enter(request(http.MethodGet, bearer(secret)))
	if wrong == nil || right == nil || wrong.Error() != right.Error() {
		t.Errorf("a wrong guess: %v; the right one: %v", wrong, right)
	}
	if _, err := g.Enter(request(http.MethodGet, shown(certificate))); err != nil {
		t.Errorf("another credential from the address: %v", err)
	}
	elsewhere := request(http.MethodGet, bearer(secret))
	elsewhere.RemoteAddr = "192.0.2.2:50000"
	if _, err := g.Enter(elsewhere); err != nil {
		t.Errorf("from another address: %v", err)
	}
}

// Who is refused is in the audit, and cannot fill it.
func TestRefusalsAreSummedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, ratelimit.Config{Failures: ratelimit.Rate{PerSecond: 0.001, Burst: 3}})
		var told []access.Refusal
		g.Refused = func(_ context.Context, r access.Refusal) { told = append(told, r) }
		enter := func(from string, credential func(*http.Request)) {
			r := request(http.MethodGet, credential)
			r.RemoteAddr = from
			_, _ = g.Enter(r)
		}
		enter("192.0.2.1:1", bearer(secret))
		enter("192.0.2.1:1", func(*http.Request) {})
		for range 5 {
			enter("192.0.2.1:1", bearer("guess"))
		}
		enter("[2001:db8::1]:1", shown("another"))
		time.Sleep(time.Minute)
		enter("192.0.2.2:1", basic("guess"))
		want := []access.Refusal{{Address: "192.0.2.1", Count: 1}, {Address: "192.0.2.2", Count: 6, Waited: 2}}
		if !slices.Equal(told, want) {
			t.Errorf("told of %+v, want %+v", told, want)
		}
	})
}
