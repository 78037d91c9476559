package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// TestOutsideContract holds what scripts outside this repository rely on over
// HTTP, with nothing but HTTP.
func TestOutsideContract(t *testing.T) {
	p, err := startHub(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()
	admin := caller{p.url, administrator}
	roles := []string{"viewer", "contributor", "coordinator"}
	hospital, hospitals := admin.partner(t, "Hospital One", "healthcare", "GB", roles...)
	bank, banks := admin.partner(t, "Bank Two", "financial-services", "DE", roles...)
	_, carriers := admin.partner(t, "Carrier Three", "telecommunications", "FR", "viewer")

	t.Run("only an administrator lets in", func(t *testing.T) {
		for _, c := range hospitals {
			c.ask(t, http.MethodPost, "/api/v1/partners", `{"name":"Fourth","sector":"healthcare","country":"GB","kind":"operator"}`, http.StatusForbidden)
			c.ask(t, http.MethodPost, "/api/v1/tokens", fmt.Sprintf(`{"partner":%q,"role":"coordinator"}`, hospital), http.StatusForbidden)
		}
	})
	t.Run("what needs no token", func(t *testing.T) {
		nobody := caller{p.url, "nobody's"}
		for path, want := range map[string]int{
			"/healthz": 200, "/readyz": 200, "/api/v1/openapi.json": 200, "/log/checkpoint": 200, "/": 200,
			"/api/v1/partners": 401, "/api/v1/search?q=x": 401, "/api/v1/stream": 401, "/feeds/block.txt": 401, "/taxii2/": 401, "/taxii2/default/collections/": 401,
		} {
			if status, _, err := nobody.call(t.Context(), http.MethodGet, path, "", ""); err != nil || status != want {
				t.Errorf("GET %s with a token that is none: status %d, %v, want %d", path, status, err, want)
			}
		}
	})
	t.Run("the nouns of the paths", func(t *testing.T) {
		var document struct{ Paths map[string]any }
		if err := json.Unmarshal(admin.ask(t, http.MethodGet, "/api/v1/openapi.json", "", 200), &document, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatal(err)
		}
		for _, noun := range []string{"outbreaks", "protections", "partners", "tokens", "actions", "commitments", "cases", "search", "sightings", "stream", "contributions"} {
			found := false
			for path := range document.Paths {
				found = found || strings.HasSuffix(path, "/"+noun)
			}
			if !found {
				t.Errorf("no path ends with /%s", noun)
			}
		}
	})
	t.Run("marking", func(t *testing.T) { markings(t, bank, hospitals[1], banks[0], carriers[0]) })
	t.Run("taxii", func(t *testing.T) { taxiiRoot(t, hospitals[0], hospitals[1]) })
	t.Run("protections", func(t *testing.T) {
		hospitals[2].ask(t, http.MethodPost, "/api/v1/protections", `{"value":"evil.example","polarity":"block","reason":"test"}`, http.StatusCreated)
		var list struct {
			Protections []struct{ Value, Polarity, State string }
		}
		read(t, carriers[0].ask(t, http.MethodGet, "/api/v1/protections", "", 200), &list)
		want := []struct{ Value, Polarity, State string }{{"evil.example", "block", "active"}}
		if diff := cmp.Diff(want, list.Protections); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("stream", func(t *testing.T) { streamLines(t, carriers[0]) })
}

// markings: without a marking an object is GREEN; RED names its recipients, and
// without them is its submitter's alone.
func markings(t *testing.T, recipient string, submitter, named, other caller) {
	list := func(query, value string) {
		t.Helper()
		status, text, err := submitter.call(t.Context(), http.MethodPost, "/api/v1/contributions"+query, "text/plain", value+"\n")
		if err != nil || status != http.StatusCreated {
			t.Fatalf("contribute %s: status %d, %v: %s", value, status, err, text)
		}
	}
	list("", "plain.example")
	list("?tlp=red&recipients="+url.QueryEscape(recipient), "named.example")
	list("?tlp=red", "alone.example")
	for _, test := range []struct {
		value                                string
		toSubmitter, toNamed, toOther, green bool
	}{
		{"plain.example", true, true, true, true},
		{"named.example", true, true, false, false},
		{"alone.example", true, false, false, false},
	} {
		for _, who := range []struct {
			name string
			c    caller
			may  bool
		}{{"submitter", submitter, test.toSubmitter}, {"recipient", named, test.toNamed}, {"other", other, test.toOther}} {
			text := string(who.c.ask(t, http.MethodGet, "/api/v1/search?q="+test.value, "", 200))
			if got := strings.Contains(text, `"name":"`+test.value+`"`); got != who.may {
				t.Errorf("%s finds %s: %t, want %t: %s", who.name, test.value, got, who.may, text)
			}
			if who.may && strings.Contains(text, `"tlp":"green"`) != test.green {
				t.Errorf("%s: marked otherwise: %s", test.value, text)
			}
		}
	}
}

// taxiiRoot: a new hub has the API root default and in it the collection
// community, with Basic authentication under any name as well.
func taxiiRoot(t *testing.T, viewer, contributor caller) {
	const media = "application/taxii+json;version=2.1"
	call := func(method, path, authorization, body string) (int, []byte) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, viewer.hub+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", media)
		request.Header.Set("Authorization", authorization)
		if body != "" {
			request.Header.Set("Content-Type", media)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var text bytes.Buffer
		if _, err := text.ReadFrom(response.Body); err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, text.Bytes()
	}
	basic := func(c caller) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte("anybody:"+c.token))
	}
	type collection struct {
		ID, Title string
		Read      bool `json:"can_read"`
		Write     bool `json:"can_write"`
	}
	for _, test := range []struct {
		authorization string
		write         bool
	}{{"Bearer " + viewer.token, false}, {basic(viewer), false}, {"Bearer " + contributor.token, true}, {basic(contributor), true}} {
		var list struct{ Collections []collection }
		status, text := call(http.MethodGet, "/taxii2/default/collections/", test.authorization, "")
		if status != http.StatusOK {
			t.Fatalf("collections: status %d: %s", status, text)
		}
		read(t, text, &list)
		if len(list.Collections) == 0 {
			t.Fatalf("collections: %s", text)
		}
		one := list.Collections[0]
		if diff := cmp.Diff(collection{one.ID, "community", true, test.write}, one); diff != "" {
			t.Error(diff)
		}
		const id = "tool--7a0c4a76-2ac1-4d3b-9c30-2a7f0c0d0012"
		objects := "/taxii2/default/collections/" + one.ID + "/objects/"
		status, text = call(http.MethodPost, objects, test.authorization, `{"objects":[{"type":"tool","spec_version":"2.1","id":"`+id+
			`","created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z","name":"Wrench"}]}`)
		want := map[bool]int{true: http.StatusAccepted, false: http.StatusForbidden}[test.write]
		if status != want {
			t.Errorf("writing as a contributor (%t): status %d, want %d: %s", test.write, status, want, text)
		}
		if status, text = call(http.MethodGet, objects, test.authorization, ""); status != http.StatusOK || strings.Contains(string(text), id) != test.write {
			t.Errorf("reading: status %d: %s", status, text)
		}
	}
}

// streamLines: a JSON line an entry, resumed after a cursor without a gap.
func streamLines(t *testing.T, c caller) {
	type line struct {
		N      uint64
		Cursor string
		Kind   string
	}
	lines := func(after string) (all []line) {
		t.Helper()
		for text := range bytes.Lines(c.ask(t, http.MethodGet, "/api/v1/stream?follow=false&after="+url.QueryEscape(after), "", 200)) {
			var one line
			if len(bytes.TrimSpace(text)) > 0 {
				read(t, text, &one)
				all = append(all, one)
			}
		}
		return all
	}
	all := lines("")
	for i, one := range all {
		if one.N != uint64(i)+1 || one.Cursor == "" || one.Kind == "" {
			t.Fatalf("line %d: %+v", i, one)
		}
	}
	if len(all) < 3 {
		t.Fatalf("%d lines", len(all))
	}
	middle := len(all) / 2
	rest := lines(all[middle].Cursor)
	if len(rest) != len(all)-middle-1 || rest[0].N != all[middle+1].N {
		t.Errorf("after line %d of %d there are %d: %+v", all[middle].N, len(all), len(rest), rest)
	}
}
