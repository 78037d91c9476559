package hub_test

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the feed format says so
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/misp"
)

const wannacryEvent = "5915c1a4-0000-4000-8000-000000000007"

// mispEvent is the event of package misp's tests.
func mispEvent(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "misp", "testdata", "wannacry.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// startTimed starts a hub whose clock can be put forward.
func startTimed(t *testing.T) (r *running, forward func(time.Duration)) {
	ahead := new(atomic.Int64)
	return startHub(t, "", aheadBy(ahead)), func(d time.Duration) { ahead.Add(int64(d)) }
}

func aheadBy(d *atomic.Int64) func(*hub.Config) {
	clock := func() time.Time { return time.Now().Add(time.Duration(d.Load())) }
	return func(c *hub.Config) { c.Clock = clock }
}

// contribute sends a text and gives the contribution's id.
func (r *running) sendEvent(token, query, text string) string {
	r.t.Helper()
	a := r.call(http.MethodPost, "/api/v1/contributions?"+query, token, "application/json", strings.NewReader(text))
	if a.status != http.StatusCreated && a.status != http.StatusOK {
		r.t.Fatalf("contribute: %d %s", a.status, a.body)
	}
	var taken struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(a.body), &taken); err != nil || taken.ID == "" {
		r.t.Fatalf("contribute: %v in %s", err, a.body)
	}
	return taken.ID
}

// jsonValue reads JSON so that numbers keep their digits.
func jsonValue(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	digits := json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
		if d.PeekKind() != '0' {
			return errors.ErrUnsupported
		}
		n, err := d.ReadValue()
		*v = n.Clone()
		return err
	})
	if err := json.Unmarshal(text, &v, json.WithUnmarshalers(digits)); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

type mispManifest map[string]struct {
	Info      string `json:"info"`
	Date      string `json:"date"`
	Timestamp string `json:"timestamp"`
	Orgc      struct {
		Name string `json:"name"`
	} `json:"Orgc"`
	Tag []struct {
		Name string `json:"name"`
	} `json:"Tag"`
}

func (r *running) mispManifest(token string) (m mispManifest) {
	r.t.Helper()
	r.get("/feeds/misp/manifest.json", token, &m)
	return m
}

// stamp is the timestamp that the manifest has for an event; the event says the same.
func (r *running) stamp(token, id string) int64 {
	r.t.Helper()
	at, err := strconv.ParseInt(r.mispManifest(token)[id].Timestamp, 10, 64)
	if err != nil {
		r.t.Fatalf("the manifest has no timestamp for %s: %v", id, err)
	}
	var file struct {
		Event struct {
			Timestamp string `json:"timestamp"`
		}
	}
	r.get("/feeds/misp/"+id+".json", token, &file)
	if file.Event.Timestamp != strconv.FormatInt(at, 10) {
		r.t.Errorf("the manifest has %d for %s, the event %s", at, id, file.Event.Timestamp)
	}
	return at
}

func (r *running) mispFile(token, id string) string {
	r.t.Helper()
	a := r.call(http.MethodGet, "/feeds/misp/"+id+".json", token, "", nil)
	if a.status != http.StatusOK {
		r.t.Fatalf("GET %s: %d %s", id, a.status, a.body)
	}
	return a.body
}

func TestAnEventFromMISPComesBackByTheFeed(t *testing.T) {
	h := startHub(t, "")
	_, author := h.partner("CERT", "government", "GB", "contributor")
	_, reader := h.partner("ISP", "telecommunications", "FR", "viewer")
	h.sendEvent(author, "", mispEvent(t))
	if diff := cmp.Diff(jsonValue(t, []byte(mispEvent(t))), jsonValue(t, []byte(h.mispFile(author, wannacryEvent)))); diff != "" {
		t.Errorf("the event came back changed (-want +got)\n%s", diff)
	}
	// Another partner gets it without what is the author's alone.
	want := jsonValue(t, []byte(mispEvent(t)))
	event := want.(map[string]any)["Event"].(map[string]any)
	event["Attribute"] = slices.DeleteFunc(event["Attribute"].([]any), func(a any) bool {
		return slices.Contains([]any{"73", "74"}, a.(map[string]any)["id"])
	})
	if diff := cmp.Diff(want, jsonValue(t, []byte(h.mispFile(reader, wannacryEvent)))); diff != "" {
		t.Errorf("another partner's event (-want +got)\n%s", diff)
	}
	for _, token := range []string{author, reader} {
		m := h.mispManifest(token)
		if e := m[wannacryEvent]; len(m) != 1 || e.Info != "WannaCry: what the first day showed" || e.Orgc.Name != "CERT.example" || len(e.Tag) != 3 || e.Timestamp != "1494612000" {
			t.Errorf("manifest: %+v", m)
		}
	}
	hashes := h.call(http.MethodGet, "/feeds/misp/hashes.csv", reader, "", nil).body
	for value, there := range map[string]bool{"iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com": true, "mssecsvc.exe": true, "our own case number": false, "c2.evil.example": false} {
		sum := md5.Sum([]byte(value)) //nolint:gosec // the feed format says so
		if strings.Contains(hashes, hex.EncodeToString(sum[:])+","+wannacryEvent+"\n") != there {
			t.Errorf("hashes.csv has %q: %t, want %t", value, !there, there)
		}
	}
}

func TestASecondHubPullsTheFeed(t *testing.T) {
	first, second := startHub(t, ""), startHub(t, "")
	_, author := first.partner("CERT", "government", "GB", "contributor")
	from, to := first.token2("Neighbour"), second.token2("First hub")
	first.sendEvent(author, "", mispEvent(t))
	open := func(name string) (io.ReadCloser, error) {
		a := first.call(http.MethodGet, "/feeds/misp/"+name, from, "", nil)
		if a.status != http.StatusOK {
			return nil, fmt.Errorf("%d %s", a.status, a.body)
		}
		return io.NopCloser(strings.NewReader(a.body)), nil
	}
	problems, err := misp.ReadFeed(t.Context(), open, nil, func(e misp.FeedEvent) error {
		text, err := io.ReadAll(e.Text)
		second.sendEvent(to, "", string(text))
		return err
	})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	stranger := access.Principal{Partner: "identity--0", Communities: []string{access.DefaultCommunity}}
	objects := func(h *running) map[string]any {
		all := map[string]any{}
		page, err := h.Views.Catalog.Page(context.Background(), stranger, catalog.PageQuery{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Objects {
			if o.Type != "grouping" || !strings.Contains(string(o.Raw), `"more"`) {
				all[o.ID] = jsonValue(t, o.Raw)
			}
		}
		return all
	}
	got, want := objects(second), objects(first)
	if len(want) < 15 {
		t.Fatalf("only %d objects", len(want))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the second hub's objects (-want +got)\n%s", diff)
	}
}

// token2 lets a partner in that contributes, and gives its token.
func (r *running) token2(name string) string {
	r.t.Helper()
	_, token := r.partner(name, "telecommunications", "FR", "contributor")
	return token
}

func indicatorOf(id, value, modified, extra string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%s","created":"2024-01-01T00:00:00.000Z","modified":%q,"name":%q,`+
		`"pattern":"[domain-name:value = '%s']","pattern_type":"stix","valid_from":"2024-01-01T00:00:00Z"%s}`, id, modified, value, value, extra)
}

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

// The feed is a view: another hub on the same ledger gives the same.
func TestTheFeedIsTheSameAfterARestart(t *testing.T) {
	ahead := new(atomic.Int64)
	h := startHub(t, "", aheadBy(ahead))
	_, author := h.partner("CERT", "government", "GB", "coordinator")
	_, reader := h.partner("ISP", "telecommunications", "FR", "contributor")
	step := func() {
		ahead.Add(int64(10 * time.Second))
		for _, name := range []string{"manifest.json", "hashes.csv"} {
			h.call(http.MethodGet, "/feeds/misp/"+name, reader, "", nil)
		}
	}
	files := func() (all []string) {
		for _, token := range []string{author, reader} {
			for _, name := range append(slices.Sorted(maps.Keys(h.mispManifest(token))), "manifest", "hashes") {
				name += map[bool]string{true: ".csv", false: ".json"}[name == "hashes"]
				all = append(all, name+" "+h.call(http.MethodGet, "/feeds/misp/"+name, token, "", nil).body)
			}
		}
		return all
	}
	restart := func() {
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		h = startHub(t, h.dir, aheadBy(ahead))
	}
	h.sendEvent(author, "", mispEvent(t))
	step()
	h.sendEvent(reader, "", bundle(indicatorOf(indicatorA, "a.example", "2024-01-01T00:00:00.000Z", ""), indicatorOf(indicatorB, "b.example", "2024-01-01T00:00:00.000Z", "")))
	step()
	h.sendEvent(author, "", strings.NewReplacer(`"timestamp": "1494612000"`, `"timestamp": "1494612500"`, `"comment": "the worm"`, `"comment": "a worm"`, `"1494615600"`, `"1494615601"`, `"1494600010"`, `"1494600011"`).Replace(mispEvent(t)))
	step()
	h.sendEvent(author, "", bundle(sightingOf("11111111-0000-4000-8000-000000000001", "5915c1a4-0000-4000-8000-000000000070")))
	step()
	before := files()
	restart()
	if diff := cmp.Diff(before, files()); diff != "" {
		t.Errorf("the feed before a restart and after it (-before +after)\n%s", diff)
	}
	h.withdraw(author, "vulnerability--5915c1a4-0000-4000-8000-000000000075")
	step()
	h.withdraw(reader, "indicator--"+indicatorB)
	step()
	before = files()
	restart()
	if diff := cmp.Diff(before, files()); diff != "" {
		t.Errorf("the feed before a restart and after it (-before +after)\n%s", diff)
	}
}

func TestWhatTheFeedAnswers(t *testing.T) {
	h := startHub(t, "")
	_, author := h.partner("CERT", "government", "GB", "contributor")
	_, reader := h.partner("ISP", "telecommunications", "FR", "viewer")
	h.sendEvent(author, "tlp=red", strings.ReplaceAll(mispEvent(t), "tlp:green", "tlp:red"))
	secret := h.mispManifest(author)
	if len(secret) != 1 || len(h.mispManifest(reader)) != 0 {
		t.Errorf("the author's: %v, another's: %v", secret, h.mispManifest(reader))
	}
	get := func(path, token string, headers ...string) answer {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL()+"/feeds/misp/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("anybody", token)
		for i := 0; i < len(headers); i += 2 {
			request.Header.Set(headers[i], headers[i+1])
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		response.Header.Del("Date")
		return answer{response.StatusCode, response.Header, string(body)}
	}
	hidden, unknown := get(wannacryEvent+".json", reader), get("5915c1a4-0000-4000-8000-000000000099.json", reader)
	if diff := cmp.Diff(unknown, hidden, cmp.AllowUnexported(answer{})); diff != "" || hidden.status != http.StatusNotFound {
		t.Errorf("a hidden event answers otherwise than an unknown one (-unknown +hidden)\n%s", diff)
	}
	for _, path := range []string{"", "x", "manifest", "../block.txt", strings.ToUpper(wannacryEvent) + ".json", "{" + wannacryEvent + "}.json", wannacryEvent, wannacryEvent + ".json/x"} {
		if a := get(path, author); a.status != http.StatusNotFound && path != "../block.txt" {
			t.Errorf("GET %q: %d %s", path, a.status, a.body)
		}
	}
	for _, name := range []string{"manifest.json", "hashes.csv", wannacryEvent + ".json"} {
		a := get(name, author)
		tag := a.header.Get("ETag")
		if again := get(name, author, "If-None-Match", tag); tag == "" || again.status != http.StatusNotModified || again.body != "" {
			t.Errorf("GET %s with its ETag %q: %d", name, tag, again.status)
		}
		if a.header.Get("Cache-Control") != "private, no-cache" || a.header.Get("Vary") != "Authorization" {
			t.Errorf("%s may be cached: %v", name, a.header)
		}
		if head := h.call(http.MethodHead, "/feeds/misp/"+name, author, "", nil); head.status != http.StatusOK || head.body != "" || head.header.Get("Content-Length") != strconv.Itoa(len(a.body)) {
			t.Errorf("HEAD %s: %d %v", name, head.status, head.header)
		}
	}
	if a := h.call(http.MethodPost, "/feeds/misp/manifest.json", author, "", nil); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", a.status, a.header)
	}
	if a := h.call(http.MethodGet, "/feeds/misp/manifest.json", "nonsense", "", nil); a.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", a.status)
	}
	if tag := get("manifest.json", author).header.Get("ETag"); tag == get("manifest.json", reader).header.Get("ETag") {
		t.Error("two readers have the same ETag for different manifests")
	}
}

func (r *running) withdraw(token, object string) {
	r.t.Helper()
	a := r.call(http.MethodPost, "/api/v1/objects/"+object+"/withdrawal", token, "application/json", bytes.NewReader([]byte(`{"reason":"a mistake"}`)))
	if a.status >= 300 {
		r.t.Fatalf("withdraw %s: %d %s", object, a.status, a.body)
	}
}
