package taxii_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/taxii"
)

func TestClientWaitsAsTheServerAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		c := scripted(func(n int, w http.ResponseWriter, _ *http.Request) {
			switch n {
			case 0:
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
			case 1:
				w.Header().Set("Retry-After", time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat))
				w.WriteHeader(http.StatusServiceUnavailable)
			case 2:
				w.WriteHeader(http.StatusBadGateway)
			default:
				write(w, `{"objects":[{}]}`)
			}
		})
		got, _, err := pull(c, taxii.Cursor{})
		if err != nil || len(got) != 1 {
			t.Fatalf("got %d objects, %v", len(got), err)
		}
		if waited := time.Since(begin); waited < 26*time.Second || waited > 40*time.Second {
			t.Errorf("waited %s, was asked for 7 s and 20 s", waited)
		}
	})
}

func TestClientGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		c := scripted(func(n int, w http.ResponseWriter, _ *http.Request) {
			asked = n + 1
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		c.Attempts = 3
		_, _, err := pull(c, taxii.Cursor{})
		if sent := (*taxii.Error)(nil); !errors.As(err, &sent) || sent.Status != 503 || asked != 3 {
			t.Errorf("asked %d times, %v", asked, err)
		}

		c = scripted(func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		begin := time.Now()
		if _, _, err := pull(c, taxii.Cursor{}); err == nil || time.Since(begin) > time.Second {
			t.Errorf("told to wait a day: %v after %s", err, time.Since(begin))
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		c = scripted(func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		if _, err := c.Discover(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 2*time.Second {
			t.Errorf("with a deadline: %v after %s", err, time.Since(begin))
		}
	})
}

// The credential goes to no other origin, whatever the server names.
func TestCredentialStaysAtItsOrigin(t *testing.T) {
	seen := map[string]string{}
	c := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen[r.URL.Scheme+"://"+r.URL.Host] += r.Header.Get("Authorization")
		w.Header().Set("Content-Type", taxii.MediaType)
		write(w, `{"title":"x","api_roots":["https://elsewhere.example/root/","http://hub.example/root/","https://hub.example:444/root/"]}`)
	}))
	c.PlainHTTP = true
	d, err := c.Discover(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range d.APIRoots {
		if _, err := c.Root(context.Background(), root); err != nil {
			t.Error(err)
		}
	}
	want := map[string]string{hub: "Bearer good", "https://elsewhere.example": "", "http://hub.example": "", "https://hub.example:444": ""}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
}

// TAXII is spoken over HTTPS, but for this very machine.
func TestPlainHTTPIsRefused(t *testing.T) {
	h := handler(filled(0))
	for address, fine := range map[string]bool{
		"http://hub.example/taxii2/": false, "http://192.0.2.1/taxii2/": false, "http://127.0.0.1.example/taxii2/": false,
		"http://127.0.0.1:1/taxii2/": true, "http://[::1]:1/taxii2/": true, "http://localhost/taxii2/": true, "https://hub.example/taxii2/": true,
	} {
		c := serve(h)
		c.URL = address
		if _, err := c.Discover(context.Background()); (err == nil) != fine {
			t.Errorf("%s: %v", address, err)
		} else if err != nil && !strings.Contains(err.Error(), "PlainHTTP") {
			t.Errorf("%s: %v does not name the remedy", address, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	for name, test := range map[string]struct{ to, fails string }{
		"within the origin":         {"/taxii2/other/", ""},
		"to another host":           {"https://login.example/?next=x", "redirects to https://login.example"},
		"to another port":           {hub + ":8443/taxii2/other/", "redirects to https://hub.example:8443"},
		"to an unprotected address": {"http://hub.example/taxii2/other/", "redirects to http://hub.example"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			c := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked++; r.URL.Host != "hub.example" || r.URL.Scheme != "https" {
					t.Errorf("%s is asked, with %q", r.URL, r.Header.Get("Authorization"))
				}
				if r.URL.Path == "/taxii2/default/" {
					http.Redirect(w, r, test.to, http.StatusFound)
					return
				}
				handler(filled(0)).ServeHTTP(w, r)
			}))
			_, err := c.Root(context.Background(), hub+"/taxii2/default/")
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("error %v, want %q", err, test.fails)
			}
			if err != nil && asked != 1 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

// Some servers compare the Accept header letter by letter.
func TestAcceptInOtherWords(t *testing.T) {
	for _, form := range []string{"application/taxii+json;version=2.1", "application/taxii+json; version=2.1", "application/taxii+json"} {
		asked := 0
		c := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked++; r.Header.Get("Accept") != form {
				w.WriteHeader(http.StatusNotAcceptable)
				return
			}
			handler(filled(0)).ServeHTTP(w, r)
		}))
		for range 2 {
			if _, err := c.Discover(context.Background()); err != nil {
				t.Errorf("a server that takes only %q: %v", form, err)
			}
		}
		if asked > 4 {
			t.Errorf("a server that takes only %q is asked %d times for two answers", form, asked)
		}
	}
	c := serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotAcceptable) }))
	if _, err := c.Discover(context.Background()); err == nil || !strings.Contains(err.Error(), "TAXII 2.0") {
		t.Errorf("a server that takes nothing: %v", err)
	}
}

// What a stranger says goes to terminals and logs, and a password does not.
func TestErrorsAreFitToPrint(t *testing.T) {
	c := scripted(func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		write(w, `{"title":"\u001b[2Jgone\n","error_code":"E7","http_status":403,"details":{"a":1}}`)
	})
	c.URL = "https://me:s3cret@hub.example/taxii2/?key=s3cret"
	_, err := c.Discover(context.Background())
	sent := (*taxii.Error)(nil)
	if !errors.As(err, &sent) || sent.Code != "E7" || string(sent.Details) != `{"a":1}` {
		t.Fatalf("error %#v", err)
	}
	if text := err.Error(); strings.ContainsAny(text, "\x1b\n") || strings.Contains(text, "s3cret") || !strings.Contains(text, "gone") {
		t.Errorf("error %q", text)
	}
}
