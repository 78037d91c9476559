package mispfeed_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/views"
)

func manifest(t *testing.T, f http.Handler) (m map[string]jsontext.Value) {
	t.Helper()
	w := ask(t, f, "manifest.json")
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %v in %s", w.Code, err, w.Body)
	}
	return m
}

func eventID(n int) string { return fmt.Sprintf("bbbbbbbb-0000-4000-8000-%012x", n) }

// A feed has the newest events; older ones leave it, and come back when they
// come in again.
func TestAFeedHasTheNewestEvents(t *testing.T) {
	v := node(t)
	const newest = 8
	f := newFeed(v, newest)
	for n := range 30 {
		contribute(t, v, events(n, 1))
		m := manifest(t, f)
		if len(m) > newest*5/4 || len(m) < min(n+1, newest) {
			t.Fatalf("after %d events the feed has %d", n+1, len(m))
		}
		for i := max(0, n-newest+1); i <= n; i++ {
			if m[eventID(i)] == nil {
				t.Fatalf("after %d events the feed lacks number %d", n+1, i)
			}
		}
	}
	if w := ask(t, f, eventID(0)+".json"); w.Code != http.StatusNotFound {
		t.Errorf("an event that has left the feed: %d", w.Code)
	}
	// The feed has forgotten which timestamps it has given it.
	contribute(t, v, strings.ReplaceAll(events(0, 1), "1704100000", "1704100001"))
	if line := string(manifest(t, f)[eventID(0)]); strings.Contains(line, "1704100001") {
		t.Errorf("an event that may have had a later timestamp: %s", line)
	}
	if manifest(t, f)[eventID(0)] == nil || ask(t, f, eventID(0)+".json").Code != http.StatusOK {
		t.Error("an event that came in again is not in the feed")
	}
	if fresh := manifest(t, newFeed(v, newest)); fresh[eventID(0)] == nil || fresh[eventID(29)] == nil || fresh[eventID(1)] != nil {
		t.Errorf("a feed that is made anew has %d events", len(fresh))
	}
}

// What one partner shares on a day is cut into events that can be read.
func TestManyObjectsOfADayAreSeveralEvents(t *testing.T) {
	v := node(t)
	var list strings.Builder
	for n := range 6000 {
		fmt.Fprintf(&list, "h%d.example\n", n)
	}
	contribute(t, v, list.String())
	f := newFeed(v, 0)
	seen := map[string]bool{}
	m := manifest(t, f)
	for id := range m {
		var file struct {
			Event struct {
				Attribute []struct {
					Value string `json:"value"`
				}
			}
		}
		if err := json.Unmarshal(ask(t, f, id+".json").Body.Bytes(), &file); err != nil {
			t.Fatal(err)
		}
		if n := len(file.Event.Attribute); n > 5000 {
			t.Errorf("an event has %d attributes", n)
		}
		for _, a := range file.Event.Attribute {
			seen[a.Value] = true
		}
	}
	if len(m) != 2 || len(seen) != 6000 {
		t.Errorf("%d events with %d values; midnight gives a third event", len(m), len(seen))
	}
	if lines := strings.Count(ask(t, f, "hashes.csv").Body.String(), "\n"); lines != 6000 {
		t.Errorf("%d hashes", lines)
	}
}

// Nobody puts elements into another partner's event, or takes its UUID.
func TestAnEventIsItsAuthors(t *testing.T) {
	v := node(t)
	contribute(t, v, events(1, 1))
	f := newFeed(v, 0)
	before := ask(t, f, eventID(1)+".json").Body.String()
	const forged = `{"type":"bundle","id":"bundle--22222222-2222-4222-8222-222222222222","objects":[
		{"type":"grouping","spec_version":"2.1","id":"grouping--dddddddd-0000-4000-8000-000000000001","created":"2024-02-01T00:00:00.000Z","modified":"2024-02-01T00:00:00.000Z","context":"unspecified",
		 "extensions":{"extension-definition--7b3a1f9e-52c8-4d0e-9a64-2f1c8e5d7a13":{"extension_type":"property-extension","kind":"more","continues":"report--%[1]s","part":1}},"object_refs":["indicator--dddddddd-0000-4000-8000-000000000002"]},
		{"type":"indicator","spec_version":"2.1","id":"indicator--dddddddd-0000-4000-8000-000000000002","created":"2024-02-01T00:00:00.000Z","modified":"2024-02-01T00:00:00.000Z","pattern":"[domain-name:value = 'good.example']","pattern_type":"stix","valid_from":"2024-01-01T00:00:00Z",
		 "extensions":{"extension-definition--7b3a1f9e-52c8-4d0e-9a64-2f1c8e5d7a13":{"extension_type":"property-extension","kind":"attribute"}}},
		{"type":"grouping","spec_version":"2.1","id":"grouping--%[1]s","created":"2024-02-01T00:00:00.000Z","modified":"2024-02-01T00:00:00.000Z","name":"mine","context":"unspecified","object_refs":["indicator--dddddddd-0000-4000-8000-000000000002"]},
		{"type":"report","spec_version":"2.1","id":"report--%[1]s","created":"2024-02-01T00:00:00.000Z","modified":"2024-02-01T00:00:00.000Z","name":"mine","published":"2024-02-01T00:00:00.000Z","object_refs":["indicator--dddddddd-0000-4000-8000-000000000002"]}]}`
	other := access.PartnerID("identity--aaaaaaaa-0000-4000-8000-000000000009")
	contributeBy(t, v, other, fmt.Sprintf(forged, eventID(1)))
	for _, f := range []http.Handler{f, newFeed(v, 0)} {
		w := ask(t, f, eventID(1)+".json")
		var got, want struct{ Event map[string]jsontext.Value }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
			t.Fatal(w.Code, err)
		}
		if err := json.Unmarshal([]byte(before), &want); err != nil {
			t.Fatal(err)
		}
		for name := range want.Event {
			if name != "timestamp" && string(got.Event[name]) != string(want.Event[name]) {
				t.Errorf("another partner changed %s to %.200s", name, got.Event[name])
			}
		}
		if len(manifest(t, f)) != 1 {
			t.Errorf("the feed has %d events", len(manifest(t, f)))
		}
	}
}

func contributeBy(t testing.TB, v *views.Views, by access.PartnerID, text string) {
	t.Helper()
	o, err := intake.Read(t.Context(), strings.NewReader(text), intake.Submission{Partner: by, Audience: access.ToCommunity(access.Green)})
	if err != nil {
		t.Fatal(err)
	}
	taken, err := v.Contribute(t.Context(), by, o)
	if err != nil {
		t.Fatal(err)
	}
	if taken.Seq > 0 {
		if err := v.WaitCatalog(t.Context(), taken.Seq); err != nil {
			t.Fatal(err)
		}
	}
}
