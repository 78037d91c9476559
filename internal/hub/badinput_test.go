package hub_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/hub"
)

const goodIndicator = `{"type":"indicator","spec_version":"2.1","id":"indicator--11111111-1111-4111-8111-111111111111",` +
	`"created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","pattern":"[domain-name:value = 'evil.example']",` +
	`"pattern_type":"stix","valid_from":"2017-05-12T07:43:00Z"}`

func bundle(objects ...string) string {
	return `{"type":"bundle","id":"bundle--22222222-2222-4222-8222-222222222222","objects":[` + strings.Join(objects, ",") + `]}`
}

// What is wrong gets a clear answer with the place and the remedy, leaves
// nothing behind, and the hub goes on.
func TestBadContributions(t *testing.T) {
	const limit = 1 << 20
	h := startHub(t, "", func(c *hub.Config) { c.MaxBody = limit })
	_, token := h.partner("Hospital trust 01", "healthcare", "GB", "contributor")
	viewer := func() string {
		_, v := h.partner("Observer", "government", "FR", "viewer")
		return v
	}()
	deep := strings.Repeat(`{"x":`, 10_000) + "1" + strings.Repeat("}", 10_000)
	tests := []struct {
		name   string
		token  string
		media  string
		body   io.Reader
		status int
		says   []string
	}{
		{"malformed", token, "application/stix+json", strings.NewReader("{\n\"type\": \"bundle\",\n oops}"), 400, []string{"line 3"}},
		{"truncated", token, "application/stix+json", strings.NewReader(bundle(goodIndicator)[:200]), 400, []string{"line 1"}},
		{"empty", token, "application/stix+json", strings.NewReader(""), 400, nil},
		{"oversized", token, "application/stix+json", io.MultiReader(strings.NewReader(`{"type":"bundle","objects":[`), strings.NewReader(strings.Repeat(" ", 2*limit))), 413, []string{fmt.Sprint(limit)}},
		{"deeply nested", token, "application/stix+json", strings.NewReader(bundle(deep)), 400, []string{"/objects/0", "nest"}},
		{"duplicate key", token, "application/stix+json", strings.NewReader(bundle(strings.Replace(goodIndicator, `"pattern_type"`, `"id":"x","pattern_type"`, 1))), 400, []string{"/objects/0"}},
		{"invalid object", token, "application/stix+json", strings.NewReader(bundle(goodIndicator, strings.Replace(goodIndicator, "indicator--1", "malware--1", 1))), 422, []string{"/objects/1", "per_object"}},
		{"wrong media type", token, "image/png", strings.NewReader("x"), 415, []string{"application/stix+json"}},
		{"no media type", token, "", strings.NewReader("x"), 415, []string{"application/stix+json"}},
		{"no token", "", "application/stix+json", strings.NewReader(bundle(goodIndicator)), 401, []string{"Authorization"}},
		{"bad token", "nonsense", "application/stix+json", strings.NewReader(bundle(goodIndicator)), 401, []string{"unknown"}},
		{"role too low", viewer, "application/stix+json", strings.NewReader(bundle(goodIndicator)), 403, []string{"contributor"}},
		{"a list with a public suffix and junk", token, "text/plain", strings.NewReader("evil.example\n\n# fine\nnot a value at all\n"), 422, []string{"line 4"}},
	}
	h.call(http.MethodGet, "/api/v1/me", "nonsense", "", nil) // which the audit tells of once a minute at most
	before := h.entries()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := h.call(http.MethodPost, "/api/v1/contributions", test.token, test.media, test.body)
			if a.status != test.status {
				t.Errorf("status %d, want %d: %s", a.status, test.status, a.body)
			}
			if media := a.header.Get("Content-Type"); media != "application/problem+json" {
				t.Errorf("Content-Type %q, want application/problem+json", media)
			}
			for _, words := range test.says {
				if !strings.Contains(a.body, words) {
					t.Errorf("the answer does not say %q: %s", words, a.body)
				}
			}
		})
	}
	if after := h.entries(); after != before {
		t.Errorf("bad input left %d entries behind", after-before)
	}
	a := h.call(http.MethodPost, "/api/v1/contributions", token, "application/stix+json", strings.NewReader(bundle(goodIndicator)))
	if a.status != http.StatusCreated {
		t.Fatalf("a good bundle after the bad ones: %d %s", a.status, a.body)
	}
	again := h.call(http.MethodPost, "/api/v1/contributions", token, "application/stix+json", strings.NewReader(bundle(goodIndicator)))
	if !strings.Contains(again.body, `"known":true`) {
		t.Errorf("the same bundle again is not recognised: %s", again.body)
	}
	var found struct {
		Objects []struct{ ID string } `json:"objects"`
	}
	h.get("/api/v1/search?q=evil.example", token, &found)
	if len(found.Objects) != 1 {
		t.Errorf("the accepted indicator is found %d times, want once", len(found.Objects))
	}
}

func TestBadCalls(t *testing.T) {
	h := startHub(t, "")
	id, token := h.partner("Bank 01", "financial-services", "DE", "contributor")
	tests := []struct {
		name, method, path, token, body string
		status                          int
		says                            string
	}{
		{"unknown operation", "GET", "/api/v1/nothing", token, "", 404, "openapi.json"},
		{"partner by a contributor", "POST", "/api/v1/partners", token, `{"name":"X","sector":"health","country":"GB","kind":"operator"}`, 403, "administrator"},
		{"partner twice", "POST", "/api/v1/partners", adminToken, `{"name":"bank  01","sector":"financial-services","country":"DE","kind":"operator"}`, 409, "name"},
		{"unknown country", "POST", "/api/v1/partners", adminToken, `{"name":"Y","sector":"health","country":"XX","kind":"operator"}`, 400, "country"},
		{"unknown role", "POST", "/api/v1/tokens", adminToken, `{"partner":"` + id + `","role":"king"}`, 400, "viewer, contributor"},
		{"duplicate key", "POST", "/api/v1/tokens", adminToken, `{"partner":"` + id + `","role":"viewer","role":"administrator"}`, 400, "duplicate"},
		{"sighting without id", "POST", "/api/v1/sightings", token, `{"id":"","sector":"x","country":"DE"}`, 400, "/id"},
		{"sighting of nonsense", "POST", "/api/v1/sightings", token, `{"id":"12345678","sector":"x","country":"DE","sightings":[{"type":"domain-name","value":"not a name","basis":"suspect","count":1,"hosts":1,"first_seen":"2017-05-12T07:24:00Z","last_seen":"2017-05-12T07:24:00Z"}]}`, 400, "/sightings/0"},
		{"block of a resolver", "POST", "/api/v1/protections", token, `{"value":"8.8.8.8","polarity":"block","reason":"seen"}`, 409, "resolver"},
		{"recall by a contributor", "POST", "/api/v1/protections/recall", token, `{"value":"evil.example","reason":"x"}`, 403, "coordinator"},
		{"receipt for nothing", "POST", "/api/v1/receipts", token, `{"receipts":[{"protection":"protection--1","outlet":"files","in_force":true,"at":"2017-05-12T07:24:00Z"}]}`, 404, "/receipts/0"},
		{"damaged cursor", "GET", "/api/v1/stream?follow=false&after=AAAA", token, "", 400, "cursor"},
		{"engine told of changes elsewhere", "POST", "/api/v1/outlets", token, `{"engine":"bind","notify":"192.0.2.1:53"}`, 403, "192.0.2.1"},
		{"object that is not there", "GET", "/api/v1/objects/malware--75ecdbf1-c2bb-4afc-a3f9-c8da4de8c661", token, "", 404, "not found"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := h.call(test.method, test.path, test.token, "application/json", strings.NewReader(test.body))
			if a.status != test.status || !strings.Contains(a.body, test.says) {
				t.Errorf("status %d, want %d with %q: %s", a.status, test.status, test.says, a.body)
			}
		})
	}
}
