package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
)

// An action is opened in the browser, once for each form; who may not ask others
// is not offered it, and cannot.
func TestAnActionIsOpened(t *testing.T) {
	s := newSite(t)
	agency, hospital := s.partner("Agency", "government", "NL"), s.partner("Hospital", "healthcare", "GB")
	session := func(p access.PartnerID, role access.Role) *http.Cookie {
		_, secret := s.token(p, role)
		return s.signIn(secret)
	}
	coordinator, contributor, viewer := session(agency.ID, access.Coordinator), session(hospital.ID, access.Contributor), session(hospital.ID, access.Viewer)
	id := regexp.MustCompile(`name="id" value="([^"]+)"`).FindStringSubmatch(s.page("/actions/new", coordinator))
	if id == nil {
		t.Fatal("the form has no id of the action")
	}
	form := url.Values{"act": {"open"}, "id": {id[1]}, "kind": {"patch"}, "title": {"Install MS17-010"}, "sectors": {"healthcare"}, "partners": {"Hospital"}, "tlp": {"green"}, "deadline": {"2026-05-12T09:00"}}
	as := func(c *http.Cookie) func(*http.Request) { return func(r *http.Request) { r.AddCookie(c) } }
	for range 2 { // a second press of the button changes nothing
		w := s.post("/actions/new", form, as(coordinator))
		if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/actions/"+id[1]) {
			t.Fatalf("open: status %d, to %q:\n%s", w.Code, to, w.Body)
		}
	}
	page := s.page("/actions", contributor)
	if strings.Count(page, "Install MS17-010") != 1 || !strings.Contains(page, "12 May 2026, 09:00:00") {
		t.Errorf("the board does not show it once, with its deadline:\n%s", page)
	}
	form.Set("id", "action--6e4b8f0a-9d0c-4a53-8a53-3ad9ea1e0001")
	for name, c := range map[string]*http.Cookie{"contributor": contributor, "viewer": viewer} {
		if w := s.post("/actions/new", form, as(c)); w.Code != http.StatusForbidden {
			t.Errorf("%s asks others: status %d", name, w.Code)
		}
	}
	form.Set("volunteered", "yes")
	form.Del("sectors")
	form.Del("partners")
	if w := s.post("/actions/new", form, as(contributor)); w.Code != http.StatusSeeOther {
		t.Errorf("a contributor volunteers: status %d:\n%s", w.Code, w.Body)
	}
	form.Set("tlp", "red")
	form.Set("id", "action--6e4b8f0a-9d0c-4a53-8a53-3ad9ea1e0002")
	if w := s.post("/actions/new", form, as(contributor)); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "names its recipients") || !strings.Contains(w.Body.String(), `value="Install MS17-010"`) {
		t.Errorf("TLP:RED: status %d, and the form is to be shown with what was typed:\n%s", w.Code, w.Body)
	}
	if page := s.page("/actions/new", viewer); strings.Contains(page, "<form class=\"ballot\"") {
		t.Error("a viewer is offered the form")
	}
}
