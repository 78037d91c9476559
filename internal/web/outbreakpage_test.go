package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// TestOldPathsMove: links to the pages of incidents lead to those of outbreaks.
func TestOldPathsMove(t *testing.T) {
	s := newSite(t)
	for old, now := range map[string]string{
		"/incidents":                               "/outbreaks",
		"/incidents/outbreak--1?as-of=x":           "/outbreaks/outbreak--1?as-of=x",
		"/incidents/outbreak--1/report?as_of=2026": "/outbreaks/outbreak--1/report?as_of=2026",
	} {
		w := s.get(old)
		if w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != now {
			t.Errorf("%s: status %d to %q, want 301 to %q", old, w.Code, w.Header().Get("Location"), now)
		}
	}
}

// asOf is the path of an outbreak's page at a moment.
func asOf(id string, t time.Time) string {
	return "/outbreaks/" + id + "?as-of=" + url.QueryEscape(t.UTC().Format(time.RFC3339Nano))
}

// The page of a moment shows what was known then, counts as then, and nothing can be
// done on it.
func TestAnOutbreakAsOfAMoment(t *testing.T) {
	r := newRoom(t)
	rang := r.clock()
	r.pass(time.Minute)
	first := r.open(response.Patch, "Patch the servers", access.Green, r.helper)
	opened := r.clock()
	r.pass(time.Minute)
	r.does("helper", "/actions/"+string(first), url.Values{"act": {"commit"}})
	r.does("helper", "/actions/"+string(first), url.Values{"act": {"done"}, "evidence": {"ticket 7"}})
	late := r.partner("Late", "education", "BE")
	r.entry(sighting.KindReported, late.ID, access.ToCommunity(access.Green), sighting.Report{ID: "late", TLP: "green", Sector: "education", Country: "BE",
		Scans: []sighting.Scan{{Port: 445, Sources: 30, Contacts: 900, FirstSeen: r.clock().Add(-time.Hour), LastSeen: r.clock().Add(-time.Minute)}}})
	r.pass(time.Minute)

	now := r.page("/outbreaks/"+r.outbreak, r.people["opener"]...)
	says(t, now, "Spreading attack at 4 partners", "has done:", "Late", "committed to:", "End it")
	then := r.page(asOf(r.outbreak, opened), r.people["opener"]...)
	says(t, then, "what the hub knew then", "Spreading attack at 3 partners", "asked for an action:", "Patch the servers", "Back to now")
	for _, unknown := range []string{"has done:", "committed to:", ">Late<", "Spreading attack at 4", `method="post" action="/outbreaks`, "data-live"} {
		if strings.Contains(then, unknown) {
			t.Errorf("the page of the past shows %q", unknown)
		}
	}
	if earlier := r.page(asOf(r.outbreak, rang.Add(time.Second))); strings.Contains(earlier, "Patch the servers") {
		t.Error("what was asked later is shown as of the alarm")
	}
	says(t, r.page(asOf(r.outbreak, rang.Add(-time.Second))), "Nobody knew of it yet", "The event after")
	for _, wrong := range []string{"yesterday", "2031-01-01T00:00"} {
		says(t, r.page("/outbreaks/"+r.outbreak+"?as-of="+wrong), `role="alert">`)
	}
	for after, refused := range map[time.Duration]bool{2 * time.Second: false, 3 * time.Second: true} { // the slider's end may be a little after now
		if got := strings.Contains(r.page(asOf(r.outbreak, r.clock().Add(after))), "has not come yet"); got != refused {
			t.Errorf("%v after now: refused is %v", after, got)
		}
	}
	if w := r.get(asOf("outbreak--nowhere", opened)); w.Code != http.StatusNotFound {
		t.Errorf("no outbreak: status %d", w.Code)
	}
}

// What is not for a reader now is not shown of any moment.
func TestThePastIsReleasedAsNow(t *testing.T) {
	r := newRoom(t)
	r.open(response.Patch, "For members only", access.Amber, r.helper)
	r.pass(time.Minute)
	path := asOf(r.outbreak, r.clock())
	r.pass(time.Minute)
	says(t, r.page(path, r.people["helper"]...), "For members only")
	for _, path := range []string{path, "/outbreaks/" + r.outbreak} {
		if strings.Contains(r.page(path), "For members only") || strings.Contains(r.page(path), "asked for an action") {
			t.Errorf("%s: a guest is told of an action that is for members", path)
		}
	}
	if page := r.page(path); !strings.Contains(page, "Nothing had been asked for by then that you may see") {
		t.Error("a guest's counts have what it may not see")
	}
}

// The story is filtered by kind and goes on page by page, nothing twice and nothing left out.
func TestTheStoryOfAnOutbreak(t *testing.T) {
	r := newRoom(t)
	for i := range 95 {
		r.pass(time.Second)
		r.open(response.Patch, fmt.Sprintf("Number %03d.", i), access.Green, r.helper)
	}
	path, seen := "/outbreaks/"+r.outbreak+"?kind=action", map[string]int{}
	for pages := 0; path != ""; pages++ {
		page := r.page(path)
		_, story, _ := strings.Cut(page, `<ol class="story">`)
		story, rest, _ := strings.Cut(story, "</ol>")
		for i := range 95 {
			seen[fmt.Sprintf("Number %03d.", i)] += strings.Count(story, fmt.Sprintf("Number %03d.", i))
		}
		if strings.Contains(story, "rang the alarm") {
			t.Error("of actions only: the alarm is among them")
		}
		path = ""
		if _, link, more := strings.Cut(rest, `<p><a href="`); more && strings.Contains(rest, "What was before that") {
			link, _, _ = strings.Cut(link, "#")
			path = html.UnescapeString(link)
		}
		if pages > 5 {
			t.Fatal("the pages do not end")
		}
	}
	for i := range 95 {
		if name := fmt.Sprintf("Number %03d.", i); seen[name] != 1 {
			t.Errorf("%s is on the pages %d times", name, seen[name])
		}
	}
	says(t, r.page("/outbreaks/"+r.outbreak+"?kind=alarm"), "rang the alarm, at 3 partners: ")
}

// A coordinator raises an outbreak by hand and ends it; others cannot.
func TestRingAndEnd(t *testing.T) {
	r := newRoom(t)
	here := "/outbreaks/" + r.outbreak
	if page := r.page(here, r.people["helper"]...); strings.Contains(page, "End the outbreak") {
		t.Error("who may not end it is offered to")
	}
	if w := r.send("helper", here, url.Values{"act": {"end"}, "reason": {"enough"}}); w.Code != http.StatusForbidden {
		t.Errorf("a contributor ends it: status %d", w.Code)
	}
	if w := r.send("opener", here, url.Values{"act": {"end"}, "reason": {""}}); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `role="alert">`) {
		t.Errorf("to end it without a reason: status %d", w.Code)
	}
	says(t, r.does("opener", here, url.Values{"act": {"false"}, "reason": {"a scanner of ours"}}), "it has ended as a false alarm", "a scanner of ours", "ended, a false alarm")
	if w := r.send("opener", here, url.Values{"act": {"end"}, "reason": {"again"}}); w.Code != http.StatusConflict {
		t.Errorf("to end it again: status %d", w.Code)
	}
	says(t, r.page("/outbreaks?state=false"), here, "a scanner of ours", "Opener")
	if strings.Contains(r.page("/outbreaks"), here) {
		t.Error("what has ended is among the open ones")
	}

	for name, form := range map[string]url.Values{
		"no port":    {"act": {"ring"}, "port": {"70000"}, "reason": {"seen"}},
		"no value":   {"act": {"ring"}, "values": {"not a value!"}, "reason": {"seen"}},
		"nothing":    {"act": {"ring"}, "reason": {"seen"}},
		"no reason":  {"act": {"ring"}, "port": {"139"}},
		"an unknown": {"act": {"shout"}},
	} {
		if w := r.send("opener", "/outbreaks", form); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `role="alert">`) {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
	if strings.Contains(r.page("/outbreaks", r.people["helper"]...), `value="ring"`) {
		t.Error("a contributor is offered to ring")
	}
	says(t, r.does("opener", "/outbreaks", url.Values{"act": {"ring"}, "port": {"139"}, "reason": {"three calls by telephone"}}), "does not ring alone")
	admin := []*http.Cookie{r.signIn(adminToken)}
	r.people["admin"] = admin
	w := r.send("admin", "/outbreaks", url.Values{"act": {"ring"}, "port": {"3389"}, "values": {"evil.example"}, "reason": {"the press says so"}})
	if w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), "done=rung") {
		t.Fatalf("the administrator rings: status %d to %q", w.Code, w.Header().Get("Location"))
	}
	says(t, r.page(w.Header().Get("Location"), admin...), "the alarm about it is on this page", "the press says so", "evil.example")
}
