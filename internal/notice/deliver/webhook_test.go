package deliver

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/tocsin-project/tocsin/internal/dial"
)

// inside allows loopback, as an operator does whose receivers are on the own machine.
var inside = dial.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func hook(target string) Parcel {
	return Parcel{Key: "delivery--1", Target: target, Secret: secret, Data: []byte(`{"type":"notice.alert"}`), Subject: "s", Text: "t"}
}

// The specification's own library takes what is sent, and nothing that was changed.
func TestWebhooksAreStandard(t *testing.T) {
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	var seen atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || verifier.Verify(body, r.Header) != nil {
			t.Errorf("%v, %v", err, verifier.Verify(body, r.Header))
		}
		if r.Header.Get("Webhook-Id") != "delivery--1" || r.Header.Get("Content-Type") != "application/json" || r.Method != http.MethodPost {
			t.Errorf("%s %v", r.Method, r.Header)
		}
		if verifier.Verify(append(body, ' '), r.Header) == nil {
			t.Error("a changed body is taken")
		}
		r.Header.Set("Webhook-Id", "delivery--2")
		if verifier.Verify(body, r.Header) == nil {
			t.Error("another id is taken")
		}
		seen.Add(1)
	}))
	defer server.Close()
	w := webhook{newPoster(inside, time.Now)}
	if err := w.send(t.Context(), hook(server.URL)); err != nil || seen.Load() != 1 {
		t.Fatal(err, seen.Load())
	}
	p := hook(server.URL)
	p.Secret = "whsec_short"
	if f := failure(w.send(t.Context(), p)); !f.Final || strings.Contains(f.Why, "short") {
		t.Errorf("a secret that is none: %+v", f)
	}
}

// The vector is that of the specification (Standard Webhooks, Signature scheme).
func TestSignatureVector(t *testing.T) {
	key, err := webhookKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	got := sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}

func TestWhatReceiversAnswer(t *testing.T) {
	now := time.Date(2017, 5, 12, 10, 0, 0, 0, time.UTC)
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, c := range []struct {
		code        int
		retry       string
		final, gone bool
		after       time.Duration
	}{
		{code: 400}, {code: 401}, {code: 404}, {code: 500}, {code: 503}, {code: 302}, {code: 307},
		{code: 410, final: true, gone: true},
		{code: 429, retry: "120", after: 2 * time.Minute},
		{code: 503, retry: "Fri, 12 May 2017 10:05:00 GMT", after: 5 * time.Minute},
		{code: 503, retry: "999999999", after: time.Hour},
		{code: 503, retry: "99999999999999999999"},
		{code: 503, retry: "-5"},
		{code: 503, retry: "Fri, 12 May 2017 09:05:00 GMT"},
		{code: 500, retry: "120"}, // of no meaning there
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", c.retry)
			w.Header().Set("Location", other.URL)
			w.WriteHeader(c.code)
			_, _ = io.WriteString(w, "the inside of a machine")
		}))
		f := failure(webhook{newPoster(inside, func() time.Time { return now })}.send(t.Context(), hook(server.URL+"/path?key=word")))
		server.Close()
		if f.Final != c.final || f.Gone != c.gone || f.After != c.after {
			t.Errorf("%d %q: %+v", c.code, c.retry, f)
		}
		for _, told := range []string{"inside of", "word", "127.0.0.1"} {
			if strings.Contains(f.Why, told) {
				t.Errorf("%d: %q tells %q", c.code, f.Why, told)
			}
		}
	}
	if elsewhere.Load() > 0 {
		t.Error("a redirect was followed")
	}
}

// An answer that has no end holds nobody up for longer than the limits say.
func TestEndlessAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 32<<10)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	if err := (webhook{newPoster(inside, time.Now)}).send(t.Context(), hook(server.URL)); err != nil {
		t.Error(err)
	}
}

// Whatever a channel's target says, the hub does not reach into its own network.
func TestInternalAddressesAreNotDialled(t *testing.T) {
	var reached atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer server.Close()
	port := netip.MustParseAddrPort(strings.TrimPrefix(server.URL, "http://")).Port()
	t.Setenv("HTTP_PROXY", server.URL)
	t.Setenv("HTTPS_PROXY", server.URL)
	s := newPoster(dial.Policy{}, time.Now)
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "0.0.0.0"} {
		at := "http://" + host + ":" + netip.AddrPortFrom(netip.IPv4Unspecified(), port).String()[len("0.0.0.0:"):] + "/hook"
		for kind, one := range map[string]sender{"webhook": webhook{s}, "slack": slack{s}, "matrix": matrix{s}} {
			f := failure(one.send(t.Context(), hook(at)))
			if !strings.Contains(f.Why, "dial policy") || f.Final {
				t.Errorf("%s to %s: %+v", kind, at, f)
			}
		}
	}
	if reached.Load() > 0 {
		t.Errorf("%d requests came", reached.Load())
	}
}

func TestNoAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else it does not notice that the client has gone
		<-r.Context().Done()
	}))
	closed := httptest.NewServer(nil)
	closed.Close()
	defer server.Close()
	s := newPoster(inside, time.Now)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if f := failure(webhook{s}.send(ctx, hook(server.URL))); f.Final || !strings.Contains(f.Why, "no answer") {
		t.Errorf("one that hangs: %+v", f)
	}
	if f := failure(webhook{s}.send(t.Context(), hook(closed.URL))); f.Final || !strings.Contains(f.Why, "no connection") || strings.Contains(f.Why, "127") {
		t.Errorf("a closed port: %+v", f)
	}
}
