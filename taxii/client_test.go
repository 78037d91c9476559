package taxii_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/taxii"
)

const hub = "https://hub.example"

// local makes the connections of a client: it calls a handler.
type local struct{ http.Handler }

func (l local) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	return w.Result(), nil
}

// serve is a client of a handler.
func serve(h http.Handler) *taxii.Client {
	return &taxii.Client{URL: hub + "/taxii2/", Token: "good", HTTP: &http.Client{Transport: local{h}}}
}

// pull collects what a pull gives.
func pull(c *taxii.Client, since taxii.Cursor) (got []string, at taxii.Cursor, err error) {
	at, err = c.Pull(context.Background(), hub+sharedURL, since, func(raw jsontext.Value) error {
		got = append(got, string(raw))
		return nil
	})
	return got, at, err
}

func raws(items []taxii.Item) (raw []string) {
	for _, item := range items {
		raw = append(raw, string(item.Raw))
	}
	return raw
}

func TestClientFindsItsWay(t *testing.T) {
	ctx := context.Background()
	m := filled(0)
	for _, c := range []*taxii.Client{serve(handler(m)), {URL: hub + "/taxii2", User: "any", Token: "good", HTTP: &http.Client{Transport: local{handler(m)}}}} {
		d, err := c.Discover(ctx)
		want := taxii.Discovery{Title: "a server", Default: hub + "/taxii2/default/", APIRoots: []string{hub + "/taxii2/default/", hub + "/taxii2/other/"}}
		if diff := cmp.Diff(want, d); err != nil || diff != "" {
			t.Fatalf("discovery: %v (-want +got):\n%s", err, diff)
		}
		root, err := c.Root(ctx, d.Default)
		if err != nil || root.MaxContentLength != 4096 {
			t.Errorf("root: %+v, %v", root, err)
		}
		collections, err := c.Collections(ctx, d.Default)
		if err != nil || len(collections) != 3 || taxii.CollectionURL(d.Default, collections[0].ID) != hub+sharedURL+"/" {
			t.Errorf("collections: %+v, %v", collections, err)
		}
	}
}

func TestPushAndPull(t *testing.T) {
	m := filled(0)
	c := serve(handler(m))
	_, version, raw := indicator(1, 0)
	status, err := c.Push(context.Background(), hub+sharedURL, []jsontext.Value{raw, jsontext.Value(`{}`)})
	want := taxii.Status{
		ID: "2d086da7-4bdc-4f91-900e-d77486753710", State: taxii.Complete, Requested: started,
		Successes: []taxii.StatusDetail{{ID: "indicator--00000000-0000-4000-8000-000000000001", Version: version}},
		Failures:  []taxii.StatusDetail{{Message: "object 1 is not valid"}},
	}
	if diff := cmp.Diff(want, status); err != nil || diff != "" {
		t.Errorf("push: %v (-want +got):\n%s", err, diff)
	}
	if got, _, err := pull(c, taxii.Cursor{}); err != nil || !slices.Equal(got, []string{string(raw)}) {
		t.Errorf("pull: %q, %v", got, err)
	}
	if _, err := c.Status(context.Background(), hub+"/taxii2/default/", "none"); !errors.Is(err, taxii.ErrNotFound) {
		t.Errorf("status of nothing: %v", err)
	}
}

func TestPullGoesOn(t *testing.T) {
	m := filled(25)
	c := serve(handler(m))
	c.PageSize = 10
	first, at, err := pull(c, taxii.Cursor{})
	if err != nil || !slices.Equal(first, raws(m.items)) {
		t.Fatalf("pull: %d objects, %v", len(first), err)
	}
	if got, _, err := pull(c, at); err != nil || len(got) != 0 {
		t.Errorf("with nothing new: %d objects, %v", len(got), err)
	}
	m.put(indicator(30, 0))
	if got, _, err := pull(c, at); err != nil || !slices.Equal(got, raws(m.items[25:])) {
		t.Errorf("with one new: %q, %v", got, err)
	}
}

func TestPullResumesAfterTheLastWholePage(t *testing.T) {
	m := filled(25)
	c := serve(handler(m))
	c.PageSize = 10
	stop, n := errors.New("stop"), 0
	at, err := c.Pull(context.Background(), hub+sharedURL, taxii.Cursor{}, func(jsontext.Value) error {
		if n++; n == 15 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if rest, _, err := pull(c, at); err != nil || !slices.Equal(rest, raws(m.items[10:])) {
		t.Errorf("resumed: %d objects, %v; want the 15 after the first page", len(rest), err)
	}
}

// scripted is a server that misbehaves: it answers as the function says, given
// how many requests there were before.
func scripted(answer func(n int, w http.ResponseWriter, r *http.Request)) *taxii.Client {
	n := 0
	return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", taxii.MediaType)
		answer(n, w, r)
		n++
	}))
}

func write(w http.ResponseWriter, body string) { _, _ = w.Write([]byte(body)) }

func TestPullFromServersThatMisbehave(t *testing.T) {
	dates := []string{"2020-01-01T00:00:00Z", "2020-01-02T00:00:00.1234567Z", "2020-01-03T00:00:00Z"}
	for name, test := range map[string]struct {
		answer func(n int, w http.ResponseWriter, r *http.Request)
		got    int
		fails  string
	}{
		"more without next goes on by date": {got: 3, answer: func(n int, w http.ResponseWriter, r *http.Request) {
			if after := r.URL.Query().Get("added_after"); n > 0 && after != dates[n-1] {
				http.Error(w, "{}", http.StatusTeapot)
			}
			w.Header().Set("X-TAXII-Date-Added-Last", dates[n])
			write(w, `{"more":`+[]string{"true", "true", "false"}[n]+`,"objects":[{}]}`)
		}},
		"more without next or a later date": {got: 1, fails: "neither next nor", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-TAXII-Date-Added-Last", dates[0])
			write(w, `{"more":true,"objects":[{}]}`)
		}},
		"the same next for ever": {got: 2, fails: "same page", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"more":true,"next":"a","objects":[{}]}`)
		}},
		"next goes round": {got: -1, fails: "same page", answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"more":true,"next":"`+string(rune('a'+n%7))+`","objects":[{}]}`)
		}},
		"empty pages for ever": {got: 0, fails: "same page", answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"more":true,"next":"`+strings.Repeat("a", n)+`b"}`)
		}},
		"an empty page in between": {got: 2, answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			write(w, []string{`{"more":true,"next":"a","objects":[{}]}`, `{"more":true,"next":"b"}`, `{"objects":[{}]}`}[n])
		}},
		"a next that is forgotten": {got: 3, answer: func(n int, w http.ResponseWriter, r *http.Request) {
			switch {
			case n == 0:
				write(w, `{"more":true,"next":"a","objects":[{}]}`)
			case r.URL.Query().Get("next") != "":
				w.WriteHeader(http.StatusNotFound)
			default:
				write(w, `{"objects":[{},{}]}`)
			}
		}},
		"a login page": {fails: "text/html", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			write(w, `<html>`)
		}},
		"a login page elsewhere": {fails: "redirects to https://login.example", answer: func(_ int, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.example/", http.StatusFound)
		}},
		"a type that is only JSON": {got: 1, answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			write(w, `{"objects":[{}]}`)
		}},
		"a date that is none": {fails: "X-TAXII-Date-Added-Last", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-TAXII-Date-Added-Last", "yesterday")
			write(w, `{"objects":[{}]}`)
		}},
		"duplicate keys": {fails: "duplicate", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"objects":[{"id":"a","id":"b"}]}`)
		}},
		"too much": {fails: "smaller pages", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			write(w, `{"objects":[{"x":"`+strings.Repeat("a", 1000)+`"}]}`)
		}},
		"a refusal": {fails: "403 Forbidden: no: ask first", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			write(w, `{"title":"no","description":"ask first","http_status":"403"}`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := scripted(test.answer)
			c.MaxBytes = 1000
			got, _, err := pull(c, taxii.Cursor{})
			if test.got >= 0 && len(got) != test.got {
				t.Errorf("got %d objects, want %d", len(got), test.got)
			}
			if len(got) > 1000 {
				t.Errorf("got %d objects before the end", len(got))
			}
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("error %v, want %q", err, test.fails)
			}
		})
	}
}

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

func TestPushIsNotRepeatedInTheDark(t *testing.T) {
	asked := 0
	c := scripted(func(n int, w http.ResponseWriter, _ *http.Request) {
		asked = n + 1
		w.WriteHeader(http.StatusBadGateway)
	})
	if _, err := c.Push(context.Background(), hub+sharedURL, nil); err == nil || asked != 1 {
		t.Errorf("asked %d times, %v", asked, err)
	}
}

func TestAnswerThatBreaksOff(t *testing.T) {
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", taxii.MediaType)
		if n++; n == 1 {
			w.Header().Set("Content-Length", "1000")
			write(w, `{"objects":[{"x":1},`)
			return
		}
		write(w, `{"objects":[{"x":1},{"x":2}]}`)
	}))
	defer server.Close()
	c := &taxii.Client{URL: server.URL + "/taxii2/", Token: "good"}
	var got []string
	_, err := c.Pull(context.Background(), server.URL+sharedURL, taxii.Cursor{}, func(raw jsontext.Value) error {
		got = append(got, string(raw))
		return nil
	})
	if err != nil || len(got) != 2 {
		t.Errorf("got %q, %v; want both objects once", got, err)
	}
}

// The credential goes to no other origin, whatever the server names.
func TestCredentialStaysAtItsOrigin(t *testing.T) {
	seen := map[string]string{}
	c := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen[r.URL.Scheme+"://"+r.URL.Host] += r.Header.Get("Authorization")
		w.Header().Set("Content-Type", taxii.MediaType)
		write(w, `{"title":"x","api_roots":["https://elsewhere.example/root/","http://hub.example/root/","https://hub.example:444/root/"]}`)
	}))
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
