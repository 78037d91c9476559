package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/report"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/web"
)

// room is an outbreak, and people of partners who work on it.
type room struct {
	*site
	outbreak              string
	opener, helper, other access.Partner
	people                map[string][]*http.Cookie
}

func newRoom(t testing.TB) *room {
	t.Helper()
	s := newSite(t, func(c *web.Config) { c.Reports = report.NewMaker(c.Views.Ledger, report.Options{}, c.Clock) })
	r := &room{site: s, people: map[string][]*http.Cookie{"guest": nil}}
	r.opener, r.helper, r.other = s.partner("Opener", "energy", "FR"), s.partner("Helper", "water", "NZ"), s.partner("Other", "healthcare", "GB")
	for name, as := range map[string]struct {
		of   access.PartnerID
		role access.Role
	}{
		"opener": {r.opener.ID, access.Coordinator}, "helper": {r.helper.ID, access.Contributor}, "viewer": {r.helper.ID, access.Viewer},
		"other": {r.other.ID, access.Coordinator},
	} {
		_, token := s.token(as.of, as.role)
		r.people[name] = []*http.Cookie{s.signIn(token)}
	}
	s.outbreakAt(r.opener, r.helper, r.other)
	r.outbreak = s.views.Outbreak.List()[0].ID
	return r
}

// open has the opener ask for an action.
func (r *room) open(kind response.Kind, title string, tlp access.TLP, asked ...access.Partner) response.ActionID {
	r.t.Helper()
	id := response.ActionID("action--" + uuid.NewString())
	o := response.Opening{ID: id, Kind: kind, Title: title, Outbreak: r.outbreak}
	if kind.NeedsApproval() {
		o.Approval = response.Needed
	}
	for _, one := range asked {
		o.AskedOf = append(o.AskedOf, string(one.ID))
	}
	r.entry(response.KindOpened, r.opener.ID, access.ToCommunity(tlp), o)
	return id
}

// send posts a form as somebody.
func (r *room) send(who, path string, form url.Values) *httptest.ResponseRecorder {
	r.t.Helper()
	return r.post(path, form, func(q *http.Request) {
		for _, c := range r.people[who] {
			q.AddCookie(c)
		}
	})
}

// does posts a form that is taken, and gives the page that the browser comes back to.
func (r *room) does(who, path string, form url.Values) string {
	r.t.Helper()
	w := r.send(who, path, form)
	if w.Code != http.StatusSeeOther {
		r.t.Fatalf("%s POST %s %v: status %d:\n%s", who, path, form, w.Code, w.Body)
	}
	page := r.page(w.Header().Get("Location"), r.people[who]...)
	if !strings.Contains(page, `role="status">Recorded: `) {
		r.t.Errorf("%s POST %s %v: the page does not say that it is recorded", who, path, form)
	}
	return page
}

func says(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, one := range want {
		if !strings.Contains(page, one) {
			t.Errorf("the page does not say %q", one)
		}
	}
}

// Everything about an action is done on its page, each by who may.
func TestAnActionFromItsPage(t *testing.T) {
	r := newRoom(t)
	id := r.open(response.Takedown, "Take it down", access.Green, r.helper)
	here := "/actions/" + string(id)
	says(t, r.page(here, r.people["helper"]...), "Commit for Helper", "Nobody has committed yet")
	says(t, r.page("/actions?asked=yes", r.people["helper"]...), "Take it down", "waits for you")
	if page := r.page("/actions?asked=yes", r.people["other"]...); strings.Contains(page, "Take it down") {
		t.Error("another partner is told that it waits for it")
	}
	says(t, r.does("helper", here, url.Values{"act": {"commit"}, "note": {"within the hour"}, "deadline": {"2026-05-12T04:00"}}),
		"within the hour", `datetime="2026-05-12T04:00:00Z"`, "Before it is approved nobody can report it done")
	says(t, r.does("other", here, url.Values{"act": {"approve"}, "reason": {"seen"}}), "approved by")
	says(t, r.page(here, r.people["helper"]...), `value="done"`)
	says(t, r.does("helper", here, url.Values{"act": {"done"}, "evidence": {"the host answers no more"}}), "the host answers no more", "Roll back")
	says(t, r.does("opener", here, url.Values{"act": {"contest"}, "partner": {string(r.helper.ID)}, "reason": {"it answers me"}}), "Contested: <bdi>it answers me", "Be convinced")
	r.does("opener", here, url.Values{"act": {"convince"}, "partner": {string(r.helper.ID)}, "reason": {"no more"}})
	says(t, r.does("helper", here, url.Values{"act": {"rollback"}, "reason": {"the wrong host"}}), "Rolled back: <bdi>the wrong host", "Commit for Helper")
	says(t, r.does("opener", here, url.Values{"act": {"offer"}, "to": {"other"}}), "offered to <bdi>Other")
	says(t, r.does("other", here, url.Values{"act": {"accept"}}), "<dt>Led by</dt><dd><bdi>Other")
	page := r.does("other", here, url.Values{"act": {"cancel"}, "reason": {"it went away"}})
	says(t, page, "Called off", "it went away", "called it off")
	if strings.Contains(page, `value="commit"`) || strings.Contains(page, `value="cancel"`) {
		t.Error("what was called off can be worked on")
	}
}

// Who may not is not offered it, and is refused if it is tried; what was typed stays.
func TestAnActionIsChangedByWhoMay(t *testing.T) {
	r := newRoom(t)
	green := r.open(response.Takedown, "For all", access.Green, r.helper)
	here := "/actions/" + string(green)
	for _, c := range []struct {
		who, act string
		want     int
	}{
		{"viewer", "commit", http.StatusForbidden}, {"helper", "approve", http.StatusForbidden}, {"opener", "approve", http.StatusForbidden},
		{"helper", "cancel", http.StatusForbidden}, {"other", "offer", http.StatusForbidden}, {"helper", "contest", http.StatusForbidden},
		{"helper", "rollback", http.StatusConflict}, {"helper", "nonsense", http.StatusBadRequest}, {"other", "accept", http.StatusConflict},
		{"guest", "commit", http.StatusSeeOther},
	} {
		form := url.Values{"act": {c.act}, "reason": {"because"}, "note": {"note"}, "partner": {string(r.helper.ID)}, "to": {"Helper"}}
		w := r.send(c.who, here, form)
		if w.Code != c.want || c.want == http.StatusSeeOther && w.Header().Get("Location") != "/sign-in" {
			t.Errorf("%s does %s: status %d, want %d", c.who, c.act, w.Code, c.want)
		}
	}
	if page := r.page(here, r.people["viewer"]...); strings.Contains(page, `method="post" action="/actions`) {
		t.Error("a viewer is offered a form")
	}
	w := r.send("helper", here, url.Values{"act": {"commit"}, "note": {"typed <before>"}, "deadline": {"tomorrow"}})
	if w.Code != http.StatusBadRequest {
		t.Errorf("a deadline that is none: status %d", w.Code)
	}
	says(t, w.Body.String(), `role="alert">`, "is no date and time", "typed &lt;before&gt;</textarea>", `value="tomorrow"`)
	if a, _ := r.views.Response.Get(access.Visitor, green, r.clock()); len(a.Commitments) != 0 || a.Status != response.Open {
		t.Errorf("something was done: %+v", a)
	}
	w = r.post(here, url.Values{"act": {"commit"}}, func(q *http.Request) {
		q.AddCookie(r.people["helper"][0])
		q.Header.Set("Sec-Fetch-Site", "cross-site")
	})
	if w.Code != http.StatusForbidden {
		t.Errorf("a form of another site: status %d", w.Code)
	}

	amber := r.open(response.Patch, "For members", access.Amber)
	if w := r.get("/actions/" + string(amber)); w.Code != http.StatusNotFound {
		t.Errorf("a guest reads what is amber: status %d", w.Code)
	}
	if page := r.page("/actions"); strings.Contains(page, "For members") || strings.Contains(r.page("/outbreaks/"+r.outbreak), "For members") {
		t.Error("a guest is told of what is amber in a list")
	}
}

// A call is opened, answered, declined and closed; who answered within an hour and
// within a day is counted by the ledger's times.
func TestACallFromItsPage(t *testing.T) {
	r := newRoom(t)
	form := url.Values{"act": {"open"}, "outbreak": {r.outbreak}, "title": {"Hands for hospitals"}, "sectors": {"water, healthcare"}, "tlp": {"green"}}
	if w := r.send("helper", "/calls", form); w.Code != http.StatusForbidden {
		t.Errorf("a contributor calls: status %d", w.Code)
	}
	bad := r.send("opener", "/calls", url.Values{"act": {"open"}, "title": {"Hands"}, "countries": {"Great Britain"}, "tlp": {"green"}})
	if bad.Code != http.StatusBadRequest {
		t.Errorf("a country that is none: status %d", bad.Code)
	}
	says(t, bad.Body.String(), `role="alert">`, `value="Great Britain"`, `value="Hands"`)
	w := r.send("opener", "/calls", form)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("a call: status %d:\n%s", w.Code, w.Body)
	}
	here, _, _ := strings.Cut(w.Header().Get("Location"), "?")
	r.pass(30 * time.Minute)
	says(t, r.does("helper", here, url.Values{"act": {"answer"}, "offer": {"two people"}, "skills": {"forensics"}}), "two people", "30 min 0 s", "offers help")
	if w := r.send("helper", here, url.Values{"act": {"answer"}}); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "say with what you can help") {
		t.Errorf("an offer of nothing: status %d", w.Code)
	}
	r.pass(3 * time.Hour)
	r.does("other", here, url.Values{"act": {"decline"}, "offer": {"we are hit"}})
	page := r.page("/outbreaks/"+r.outbreak, r.people["helper"]...)
	says(t, page, "Hands for hospitals", "<td>1</td><td>2 <span class=\"small\">so far</span></td>")
	if w := r.send("other", here, url.Values{"act": {"close"}, "reason": {"enough"}}); w.Code != http.StatusForbidden {
		t.Errorf("another closes it: status %d", w.Code)
	}
	says(t, r.does("opener", here, url.Values{"act": {"close"}, "reason": {"enough"}}), "closed", "enough")
	if strings.Contains(r.page(here, r.people["helper"]...), `value="answer"`) {
		t.Error("a closed call can be answered")
	}
}

// The operations room: health first, nothing of too few, one's own actions first,
// the report for who is signed in as of a moment.
func TestTheOperationsRoom(t *testing.T) {
	r := newRoom(t)
	here := "/outbreaks/" + r.outbreak
	r.open(response.Patch, "Not of yours", access.Green, r.other)
	r.open(response.Patch, "Of yours", access.Green, r.helper)
	for i := range 5 {
		p := r.partner(fmt.Sprint("Hospital ", i), "healthcare", "GB")
		r.entry(impact.KindReported, p.ID, access.Audience{TLP: access.Red}, impact.Report{Outbreak: r.outbreak, Country: "GB", Criticality: impact.LifeCritical, Infected: impact.Counts{Hosts: 10}, Note: "a secret of one"})
	}
	page := r.page(here, r.people["helper"]...)
	says(t, page, "Who is hit", `<th scope="row">healthcare</th>`, "Those of Helper", "Of yours", "tocsin alert issue", "tocsin ransom report")
	if strings.Contains(page, "a secret of one") {
		t.Error("what one has said of itself is shown")
	}
	if strings.Index(page, "Of yours") > strings.Index(page, "Not of yours") {
		t.Error("what waits for the reader is not first")
	}
	if page := r.page(here); strings.Contains(page, `<th scope="row">healthcare`) || strings.Contains(page, `name="as_of"`) {
		t.Error("a guest is told of the impact, or offered a report")
	}
	says(t, r.page("/outbreaks"), here)
	if w := r.get("/outbreaks/outbreak--nowhere"); w.Code != http.StatusNotFound {
		t.Errorf("an incident that there is not: status %d", w.Code)
	}

	if w := r.get(here + "/report"); w.Code != http.StatusSeeOther {
		t.Errorf("a guest has a report made: status %d", w.Code)
	}
	w := r.get(here+"/report", r.people["helper"]...)
	if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") || strings.Contains(w.Header().Get("Content-Security-Policy"), "script") {
		t.Errorf("the report: status %d, policy %q", w.Code, w.Header().Get("Content-Security-Policy"))
	}
	says(t, w.Body.String(), "After-action report", "Of yours")
	before := r.clock()
	r.pass(time.Hour)
	r.open(response.Patch, "Opened later", access.Green, r.helper)
	if w := r.get(here+"/report?as_of="+url.QueryEscape(before.Format(time.RFC3339)), r.people["helper"]...); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "Opened later") {
		t.Errorf("as of a moment before: status %d, or what came later is in it", w.Code)
	}
	for _, wrong := range []string{"yesterday", "2031-01-01T00:00"} {
		w := r.get(here+"/report?as_of="+wrong, r.people["helper"]...)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `role="alert">`) || !strings.Contains(w.Body.String(), `value="`+wrong+`"`) {
			t.Errorf("as of %s: status %d", wrong, w.Code)
		}
	}
}

// A partner reads its own record first and says something to it; others read it a
// day later, coordinators only.
func TestAccountabilityFromItsPage(t *testing.T) {
	r := newRoom(t)
	id := r.open(response.Patch, "Patch it", access.Green, r.helper)
	r.does("helper", "/actions/"+string(id), url.Values{"act": {"commit"}, "deadline": {"2026-05-12T04:00"}})
	r.pass(4 * time.Hour)
	says(t, r.page("/accountability", r.people["helper"]...), "What Helper promised and did", "broken", "Say something to it")
	w := r.send("helper", "/accountability", url.Values{"act": {"explain"}, "action": {string(id)}, "text": {" "}})
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `role="alert">`) {
		t.Errorf("no words: status %d", w.Code)
	}
	says(t, r.does("helper", "/accountability", url.Values{"act": {"explain"}, "action": {string(id)}, "text": {"our site was dark"}}), "our site was dark")
	for who, want := range map[string]int{"viewer": http.StatusForbidden, "other": http.StatusNotFound} {
		if w := r.send(who, "/accountability", url.Values{"act": {"explain"}, "action": {string(id)}, "text": {"no"}}); w.Code != want {
			t.Errorf("%s explains: status %d, want %d", who, w.Code, want)
		}
	}
	path := "/accountability?partner=" + string(r.helper.ID)
	if page := r.page(path, r.people["other"]...); strings.Contains(page, "our site was dark") || strings.Contains(page, "Patch it") {
		t.Error("a coordinator of others reads it on the same day")
	}
	r.pass(25 * time.Hour)
	_, token := r.token(r.other.ID, access.Coordinator)
	r.people["other"] = []*http.Cookie{r.signIn(token)} // the session has ended
	says(t, r.page(path, r.people["other"]...), "our site was dark", "Patch it")
	if w := r.get(path); w.Code != http.StatusNotFound {
		t.Errorf("a guest reads a record: status %d", w.Code)
	}
}

// The board is read page by page, each action once, and tells nobody places.
func TestTheBoardIsPaged(t *testing.T) {
	r := newRoom(t)
	r.fill(120)
	for reader, want := range map[string]int{"guest": 60, "helper": 120} {
		seen, path, pages := map[string]int{}, "/actions", 0
		for path != "" {
			page := r.page(path, r.people[reader]...)
			for i := range 120 {
				seen[fmt.Sprintf("Patch %03d", i)] += strings.Count(page, fmt.Sprintf(">Patch %03d<", i))
			}
			path, pages = "", pages+1
			if _, rest, more := strings.Cut(page, `href="/actions?after=`); more {
				id, _, _ := strings.Cut(rest, `"`)
				path = "/actions?after=" + id
			}
		}
		n := 0
		for title, times := range seen {
			if n += times; times > 1 {
				t.Errorf("%s: %s is on %d pages", reader, title, times)
			}
		}
		if n != want || pages != (want+49)/50 {
			t.Errorf("%s: %d actions on %d pages, want %d", reader, n, pages, want)
		}
	}
}

// fill opens actions, every second one for members only.
func (r *room) fill(n int) {
	r.t.Helper()
	var drafts []ledger.Draft
	for i := range n {
		d, err := ledger.NewDraft(response.KindOpened, string(r.opener.ID), access.ToCommunity([]access.TLP{access.Green, access.Amber}[i%2]).String(),
			response.Opening{ID: response.ActionID("action--" + uuid.NewString()), Kind: response.Patch, Title: fmt.Sprintf("Patch %03d", i), AskedOf: []string{"water"}, Outbreak: r.outbreak})
		if err != nil {
			r.t.Fatal(err)
		}
		drafts = append(drafts, d)
	}
	for len(drafts) > 0 {
		some := min(len(drafts), 1000)
		r.append(drafts[:some]...)
		drafts = drafts[some:]
	}
}

// With many actions the pages about them stay small: they show as many of a
// thousand as of ten thousand, which TOCSIN_LARGE has the test open.
func TestPagesOfManyActionsStaySmall(t *testing.T) {
	r := newRoom(t)
	for i := range 300 {
		r.partner(fmt.Sprintf("Partner with a name of usual length %04d", i), "water", "FR")
	}
	n := 1000
	if os.Getenv("TOCSIN_LARGE") != "" {
		n = 10_000
	}
	r.fill(n)
	list, _ := r.views.Response.Page(access.Visitor, response.Query{Limit: 1}, r.clock())
	for _, path := range []string{"/", "/actions", "/actions?asked=yes", "/outbreaks", "/outbreaks/" + r.outbreak, "/actions/" + string(list[0].ID), "/accountability", "/calls"} {
		began := time.Now()
		size := len(r.page(path, r.people["helper"]...))
		if t.Logf("GET %s: %d bytes in %s", path, size, time.Since(began)); size > 150<<10 {
			t.Errorf("GET %s: %d bytes, want at most %d", path, size, 150<<10)
		}
	}
}
