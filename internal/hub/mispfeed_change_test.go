package hub_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func sightingOf(id, indicator string) string {
	return fmt.Sprintf(`{"type":"sighting","spec_version":"2.1","id":"sighting--%s","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z","sighting_of_ref":"indicator--%s"}`, id, indicator)
}

// What changes for a reader has a later timestamp for it, and what does not, not.
func TestAnEventThatChangesIsFetchedAgain(t *testing.T) {
	h, forward := startTimed(t)
	_, author := h.partner("CERT", "government", "GB", "coordinator")
	_, reader := h.partner("ISP", "telecommunications", "FR", "contributor")
	h.sendEvent(author, "", mispEvent(t))
	last := map[string]int64{author: 1494612000, reader: 1494612000}
	rises := func(why string, whose ...string) {
		t.Helper()
		forward(10 * time.Second)
		for _, token := range []string{author, reader} {
			now := h.stamp(token, wannacryEvent)
			if rose := now > last[token]; rose != slices.Contains(whose, token) {
				t.Errorf("%s: the timestamp went from %d to %d for %s", why, last[token], now, map[string]string{author: "the author", reader: "the reader"}[token])
			}
			last[token] = now
		}
	}
	rises("nothing happened")
	h.sendEvent(author, "", mispEvent(t))
	rises("the same came again")
	h.sendEvent(reader, "", bundle(sightingOf("11111111-0000-4000-8000-000000000001", "5915c1a4-0000-4000-8000-000000000070")))
	rises("a sighting", author, reader)
	if !strings.Contains(h.mispFile(author, wannacryEvent), "11111111-0000-4000-8000-000000000001") {
		t.Error("the sighting is not in the event")
	}
	h.sendEvent(reader, "tlp=red", bundle(sightingOf("11111111-0000-4000-8000-000000000002", "5915c1a4-0000-4000-8000-000000000070")))
	rises("a sighting that is the reader's alone", reader)
	h.sendEvent(author, "tlp=red", bundle(sightingOf("11111111-0000-4000-8000-000000000003", "5915c1a4-0000-4000-8000-000000000070")))
	h.sendEvent(reader, "", bundle(sightingOf("11111111-0000-4000-8000-000000000004", "5915c1a4-0000-4000-8000-000000000074")))
	rises("sightings of what the reader may not see", author)

	edited := strings.NewReplacer(`"info": "WannaCry`, `"info": "WannaCry, again`, `"timestamp": "1494612000"`, `"timestamp": "1494612500"`, `"1494615600"`, `"1494615601"`).Replace(mispEvent(t))
	h.sendEvent(author, "", edited)
	rises("a new version whose own timestamp is earlier than the last", author, reader)
	if m := h.mispManifest(reader)[wannacryEvent]; m.Info != "WannaCry, again: what the first day showed" {
		t.Errorf("manifest: %+v", m)
	}
	later := strconv.FormatInt(time.Now().Unix()+3600, 10)
	forward(2 * time.Hour)
	h.sendEvent(author, "", strings.ReplaceAll(strings.ReplaceAll(edited, "1494612500", later), "1494615601", later))
	rises("a new version of an hour ago", author, reader)
	if got := strconv.FormatInt(last[reader], 10); got != later {
		t.Errorf("the timestamp is %s, the event's own is %s", got, later)
	}

	h.post("/api/v1/objects/indicator--5915c1a4-0000-4000-8000-000000000081/tightening", author, map[string]any{"tlp": "amber", "reason": "not for everybody"}, http.StatusNoContent)
	rises("an attribute was tightened", author, reader)
	tags := func(marked string) (n int) { return strings.Count(h.mispFile(reader, wannacryEvent), marked) }
	if n := tags(`"Tag":[{"name":"tlp:amber"}]`); n != 1 {
		t.Errorf("%d attributes say that they are AMBER", n)
	}
	h.post("/api/v1/objects/report--"+wannacryEvent+"/tightening", author, map[string]any{"tlp": "amber+strict", "reason": "not for everybody"}, http.StatusNoContent)
	rises("the event was tightened", author, reader)
	if m := h.mispManifest(reader)[wannacryEvent]; !strings.Contains(fmt.Sprint(m.Tag), "tlp:amber+strict") || tags(`{"name":"tlp:amber+strict"}],`) == 0 {
		t.Errorf("the event does not say that it is AMBER+STRICT: %+v", m.Tag)
	}

	h.withdraw(reader, "sighting--11111111-0000-4000-8000-000000000001")
	rises("a sighting was withdrawn", author, reader)
	h.withdraw(author, "indicator--5915c1a4-0000-4000-8000-000000000076")
	rises("an attribute was withdrawn", author, reader)
	for _, token := range []string{author, reader} {
		if file := h.mispFile(token, wannacryEvent); strings.Contains(file, "db349b97c37d22f5ea1d1841e3c89eb4") {
			t.Error("what was withdrawn is in the event")
		}
	}
	h.withdraw(author, "report--"+wannacryEvent)
	if m := h.mispManifest(reader); len(m) > 0 {
		t.Errorf("the event was withdrawn, the manifest names %v", m)
	}
	if a := h.call(http.MethodGet, "/feeds/misp/"+wannacryEvent+".json", reader, "", nil); a.status != http.StatusNotFound {
		t.Errorf("the event was withdrawn: %d %s", a.status, a.body)
	}
	if a := h.call(http.MethodGet, "/feeds/misp/hashes.csv", reader, "", nil); a.status != http.StatusOK || a.body != "" {
		t.Errorf("the event was withdrawn, its hashes stay: %d %s", a.status, a.body)
	}
}

// Who enters a community is shown what was shared with it before, and who
// leaves is not: the events that this changes are fetched again.
func TestAReaderEntersACommunity(t *testing.T) {
	h, forward := startTimed(t)
	cert, author := h.partner("CERT", "government", "GB", "coordinator")
	hospital, reader := h.partner("Hospital", "healthcare", "FR", "viewer")
	h.post("/api/v1/communities", adminToken, map[string]string{"id": "health", "title": "Health"}, http.StatusCreated)
	join := func(method, partner string) {
		t.Helper()
		if a := h.call(method, "/api/v1/communities/health/members/"+partner, adminToken, "", nil); a.status >= 300 {
			t.Fatalf("%s: %d %s", method, a.status, a.body)
		}
		forward(10 * time.Second)
	}
	join(http.MethodPut, cert)
	h.sendEvent(author, "sharing_groups=00000000-0000-4000-8000-0000000000a9=health", mispEvent(t))
	last := h.stamp(reader, wannacryEvent)
	for _, step := range []struct {
		method string
		shown  bool
	}{{http.MethodPut, true}, {http.MethodDelete, false}, {http.MethodPut, true}} {
		join(step.method, hospital)
		if now := h.stamp(reader, wannacryEvent); now <= last {
			t.Errorf("%s: the timestamp went from %d to %d", step.method, last, now)
		} else {
			last = now
		}
		if shown := strings.Contains(h.mispFile(reader, wannacryEvent), "c2.evil.example"); shown != step.shown {
			t.Errorf("%s: the community's attribute is shown: %t", step.method, shown)
		}
	}
	if got := h.stamp(author, wannacryEvent); got != 1494612000 {
		t.Errorf("for its author the event has %d", got)
	}
}

func (r *running) withdraw(token, object string) {
	r.t.Helper()
	a := r.call(http.MethodPost, "/api/v1/objects/"+object+"/withdrawal", token, "application/json", bytes.NewReader([]byte(`{"reason":"a mistake"}`)))
	if a.status >= 300 {
		r.t.Fatalf("withdraw %s: %d %s", object, a.status, a.body)
	}
}
