package hub_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

func indicatorOf(id, value, modified, extra string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%s","created":"2024-01-01T00:00:00.000Z","modified":%q,"name":%q,`+
		`"pattern":"[domain-name:value = '%s']","pattern_type":"stix","valid_from":"2024-01-01T00:00:00Z"%s}`, id, modified, value, value, extra)
}

const (
	indicatorA = "aaaaaaaa-0000-4000-8000-00000000000a"
	indicatorB = "aaaaaaaa-0000-4000-8000-00000000000b"
	indicatorC = "aaaaaaaa-0000-4000-8000-00000000000c"
	stixReport = "aaaaaaaa-0000-4000-8000-00000000000d"
)

type mispAttributes struct {
	Event struct {
		UUID, Info, Date, Distribution string
		Published                      bool
		Orgc                           struct{ UUID, Name string }
		Tag                            []struct{ Name string }
		Attribute                      []struct {
			UUID, Type, Value string
			Tag               []struct{ Name string }
		}
	}
}

func (r *running) attributes(token, id string) (e mispAttributes, values []string) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(r.mispFile(token, id)), &e, json.MatchCaseInsensitiveNames(true)); err != nil {
		r.t.Fatal(err)
	}
	for _, a := range e.Event.Attribute {
		line := a.Value
		for _, tag := range a.Tag {
			line += " " + tag.Name
		}
		values = append(values, line)
	}
	slices.Sort(values)
	return e, values
}

// What did not come from MISP is in the event of its report, or in that of its
// partner's day and level.
func TestOtherObjectsBecomeEvents(t *testing.T) {
	h, forward := startTimed(t)
	partner, author := h.partner("ISP", "telecommunications", "FR", "contributor")
	_, reader := h.partner("CERT", "government", "GB", "viewer")
	day := time.Now().UTC().Format(time.DateOnly)
	const at = "2024-01-01T00:00:00.000Z"
	h.sendEvent(author, "tlp=green", bundle(indicatorOf(indicatorA, "a.example", at, ""), indicatorOf(indicatorB, "b.example", at, ""),
		`{"type":"malware","spec_version":"2.1","id":"malware--aaaaaaaa-0000-4000-8000-000000000001","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z","is_family":true,"name":"m"}`))
	h.sendEvent(author, "tlp=clear", bundle(indicatorOf(indicatorC, "c.example", at, "")))
	if now := time.Now().UTC().Format(time.DateOnly); now != day {
		t.Skip("midnight has passed meanwhile")
	}
	byLevel := func() map[string]string {
		ids := map[string]string{}
		for id, e := range h.mispManifest(reader) {
			ids[e.Tag[0].Name] = id
		}
		return ids
	}
	ids := byLevel()
	if len(ids) != 2 {
		t.Fatalf("events: %v", ids)
	}
	e, values := h.attributes(reader, ids["tlp:green"])
	if want := "STIX objects that ISP shared on " + day; e.Event.Info != want || e.Event.Date != day || !e.Event.Published || e.Event.Distribution != "1" ||
		e.Event.Orgc.Name != "ISP" || "identity--"+e.Event.Orgc.UUID != partner {
		t.Errorf("event %+v", e.Event)
	}
	if want := []string{"a.example", "b.example"}; !slices.Equal(values, want) {
		t.Errorf("attributes %q, want %q", values, want)
	}
	if e, values := h.attributes(reader, ids["tlp:clear"]); e.Event.Distribution != "3" || !slices.Equal(values, []string{"c.example"}) {
		t.Errorf("the public event: %+v", e.Event)
	}

	// A report takes what it names out of them, and says who may see what.
	forward(10 * time.Second)
	before := h.stamp(reader, ids["tlp:green"])
	forward(10 * time.Second)
	h.sendEvent(author, "tlp=clear", bundle(`{"type":"report","spec_version":"2.1","id":"report--`+stixReport+`","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-02T00:00:00.000Z","name":"what we saw","published":"2024-01-02T00:00:00Z",
		"object_refs":["indicator--`+indicatorA+`","indicator--`+indicatorC+`","malware--aaaaaaaa-0000-4000-8000-000000000001","indicator--aaaaaaaa-0000-4000-8000-0000000000ff"]}`))
	forward(10 * time.Second)
	if after := h.stamp(reader, ids["tlp:green"]); after <= before {
		t.Errorf("an event that lost an attribute still has the timestamp %d", before)
	}
	if _, values := h.attributes(reader, ids["tlp:green"]); !slices.Equal(values, []string{"b.example"}) {
		t.Errorf("what no report names: %q", values)
	}
	if m := h.mispManifest(reader); len(m) != 2 || m[stixReport].Info != "what we saw" || m[stixReport].Date != "2024-01-02" || m[stixReport].Orgc.Name != "ISP" {
		t.Errorf("manifest %+v", m)
	}
	e, values = h.attributes(reader, stixReport)
	if want := []string{"a.example tlp:green", "c.example"}; !slices.Equal(values, want) || e.Event.Distribution != "3" {
		t.Errorf("the report has %q, want %q: %+v", values, want, e.Event)
	}
	if text := h.mispFile(reader, stixReport); !strings.Contains(text, `misp-galaxy:malware=\"m\"`) || !strings.Contains(text, "tlp:clear") {
		t.Errorf("tags are missing in %s", text)
	}

	// What is in the event that it came with is in no other: its UUID is one attribute's.
	h.sendEvent(author, "tlp=clear", mispEvent(t))
	h.sendEvent(author, "tlp=clear", bundle(`{"type":"report","spec_version":"2.1","id":"report--`+stixReport+`","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-03T00:00:00.000Z","name":"what we saw","published":"2024-01-02T00:00:00Z",
		"object_refs":["indicator--`+indicatorA+`","indicator--`+indicatorC+`","indicator--5915c1a4-0000-4000-8000-000000000070"]}`))
	if _, values = h.attributes(reader, stixReport); !slices.Equal(values, []string{"a.example tlp:green", "c.example"}) {
		t.Errorf("the report's second version has %q", values)
	}
	h.withdraw(author, "report--"+wannacryEvent)

	// What is marked AMBER from now on says so, also where its report does not.
	stamp := h.stamp(reader, stixReport)
	h.post("/api/v1/objects/indicator--"+indicatorC+"/tightening", author, map[string]any{"tlp": "amber", "reason": "not for everybody"}, http.StatusNoContent)
	forward(10 * time.Second)
	if _, values = h.attributes(reader, stixReport); !slices.Equal(values, []string{"a.example tlp:green", "c.example tlp:amber"}) {
		t.Errorf("after tightening: %q", values)
	}
	if after := h.stamp(reader, stixReport); after <= stamp {
		t.Errorf("the timestamp stays %d", stamp)
	}
	h.withdraw(author, "report--"+stixReport)
	if ids := byLevel(); len(ids) != 2 || ids["tlp:amber"] == "" {
		t.Errorf("after the report was withdrawn: %v", ids)
	}
}
