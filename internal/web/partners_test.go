package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// The list of partners is searched and turned page by page, and shows each once.
func TestPartnersPageByPage(t *testing.T) {
	s := newSite(t)
	for i := range 230 {
		s.partner(fmt.Sprintf("Partner %03d", i), []string{"energy", "water"}[i%2], []string{"FR", "NZ"}[i%2])
	}
	seen, path := map[string]bool{}, "/partners?sector=water"
	for pages := 0; path != ""; pages++ {
		if pages > 3 {
			t.Fatal("the pages do not end")
		}
		page := s.page(path)
		says(t, page, "115 partners of 230")
		for _, part := range strings.Split(page, `<tr><td><a href="/partners/`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			if seen[id] {
				t.Errorf("%s is shown twice", id)
			}
			seen[id] = true
		}
		path = ""
		if strings.Contains(page, `rel="next"`) {
			path = strings.ReplaceAll("/partners?"+cut(t, page, `<p><a href="/partners?`, `" rel="next"`), "&amp;", "&")
		}
	}
	if len(seen) != 115 {
		t.Errorf("%d partners were shown, want 115", len(seen))
	}
	says(t, s.page("/partners?name=partner+007&country=nz"), "1 partner of 230", "Partner 007")
	says(t, s.page("/partners?kind=cert"), "No partner is like that")
	if w := s.get("/partners?community=secret"); w.Code != http.StatusNotFound {
		t.Errorf("a community that is not there: status %d", w.Code)
	}
}

// What a partner's page shows and lets do follows from who looks.
func TestAPartnersPage(t *testing.T) {
	s := newSite(t)
	one, other := s.partner("Water works", "water", "NZ"), s.partner("Grid", "energy", "FR")
	root := s.signIn(adminToken)
	session := func(p access.PartnerID, role access.Role) *http.Cookie {
		_, secret := s.token(p, role)
		return s.signIn(secret)
	}
	coordinator, analyst, stranger := session(one.ID, access.Coordinator), session(one.ID, access.Analyst), session(other.ID, access.Coordinator)
	here := "/partners/" + string(one.ID)
	block := s.protection("bad.example", protect.Block, "it serves the attack")
	receipt, err := s.views.Protect.Acknowledge(one.ID, protect.Receipt{Protection: block.ID, Outlet: "firewall", InForce: true, At: s.clock()}, s.clock())
	if err != nil {
		t.Fatal(err)
	}
	s.append(receipt)
	says(t, s.page("/setup/works", root), "<code>firewall</code> of <bdi>Water works</bdi> acknowledged what is in force")
	says(t, s.page(here, coordinator), "<code>firewall</code> acknowledges what is in force")
	invite := url.Values{"act": {"invite"}, "person": {"Ann"}, "email": {"ann@water.example"}, "role": {"coordinator"}}
	says(t, s.as(coordinator, here, invite).Body.String(), "Ann is invited", "/enrol#tocsin_enrol_")
	ann, _ := s.views.Access.PersonByEmail("ann@water.example")
	for reader, c := range map[string]struct {
		cookie  *http.Cookie
		people  bool
		invites bool
		ends    bool
	}{
		"administrator": {root, true, true, true}, "coordinator": {coordinator, true, true, false},
		"analyst": {analyst, false, false, false}, "another partner": {stranger, false, false, false},
	} {
		page := s.page(here, c.cookie)
		says(t, page, "Water works")
		for what, want := range map[string]bool{"ann@water.example": c.people, `value="invite"`: c.invites, `value="dismiss"`: c.ends, `value="standing"`: c.ends} {
			if strings.Contains(page, what) != want {
				t.Errorf("%s: the page shows %q: %t, want %t", reader, what, !want, want)
			}
		}
	}
	for _, act := range []url.Values{
		with(url.Values{"act": {"leave " + ann.ID}}, "reason", "x"), with(url.Values{"act": {"again " + ann.ID}}, "reason", "x"), with(url.Values{"act": {"erase " + ann.ID}}, "reason", "x"),
		with(url.Values{"act": {"dismiss"}}, "reason", "x"), with(url.Values{"act": {"standing"}, "designated": {"yes"}}, "reason", "x"), invite,
	} {
		for reader, c := range map[string]*http.Cookie{"analyst": analyst, "another partner": stranger} {
			if w := s.as(c, here, act); w.Code != http.StatusForbidden && w.Code != http.StatusNotFound && w.Code != http.StatusConflict {
				t.Errorf("%s %s: status %d", reader, act.Get("act"), w.Code)
			}
		}
	}
	if now, _ := s.views.Access.Person(ann.ID); !now.Left.IsZero() || s.views.Access.EnrolsUntil(ann.ID).IsZero() {
		t.Errorf("somebody who may not has changed Ann: %+v", now)
	}
	done := func(c *http.Cookie, want string, form url.Values) {
		t.Helper()
		w := s.as(c, here, form)
		if w.Code != http.StatusSeeOther {
			t.Fatalf("%s: status %d:\n%s", form.Get("act"), w.Code, w.Body)
		}
		says(t, s.page(w.Header().Get("Location"), c), want)
	}
	done(coordinator, "Changed. With another role", url.Values{"act": {"person " + ann.ID}, "person": {"Ann B"}, "email": {ann.Email}, "role": {"analyst"}})
	done(coordinator, "access has ended", url.Values{"act": {"leave " + ann.ID}, "reason": {"she left"}})
	done(root, "needs no corroboration", url.Values{"act": {"standing"}, "designated": {"yes"}, "organisation": {"city"}, "reason": {"agreed"}})
	done(stranger, "no longer counts from that time", url.Values{"act": {"quarantine"}, "since": {"2026-05-12T01:00"}, "reason": {"its sensor lies"}})
	says(t, s.page(here, root), "does not count: its sensor lies")
	done(stranger, "counts again from now on", url.Values{"act": {"lift"}, "reason": {"mended"}})
	done(root, "The partner no longer takes part", url.Values{"act": {"dismiss"}, "reason": {"it asked to"}})
	if w := s.get(here, stranger); w.Code != http.StatusNotFound {
		t.Errorf("a partner that has gone: status %d", w.Code)
	}
	says(t, s.page(here, root), "no longer takes part", "Erase what the ledger says")
}

// A community is founded, filled and left, each by who may.
func TestCommunities(t *testing.T) {
	s := newSite(t)
	one, other := s.partner("Water works", "water", "NZ"), s.partner("Grid", "energy", "FR")
	root := s.signIn(adminToken)
	_, secret := s.token(one.ID, access.Coordinator)
	coordinator := s.signIn(secret)
	form := url.Values{"act": {"found"}, "id": {"utilities"}, "title": {"Utilities"}, "policy": {"All that is amber"}}
	if w := s.as(coordinator, "/communities", form); w.Code != http.StatusForbidden {
		t.Errorf("a coordinator founds: status %d", w.Code)
	}
	if w := s.as(root, "/communities", form); w.Header().Get("Location") != "/communities/utilities?done=founded" {
		t.Fatalf("found: status %d:\n%s", w.Code, w.Body)
	}
	if w := s.get("/communities/utilities", coordinator); w.Code != http.StatusNotFound {
		t.Errorf("somebody who is no member is shown it: status %d", w.Code)
	}
	s.as(root, "/communities/utilities", url.Values{"act": {"add"}, "partners": {"water works\r\nGrid"}})
	says(t, s.page("/communities/utilities", coordinator), "2 members", "All that is amber", "Leave this community")
	if w := s.as(coordinator, "/communities/utilities", url.Values{"act": {"remove"}, "partner": {string(other.ID)}}); w.Code != http.StatusForbidden {
		t.Errorf("a coordinator ends another's membership: status %d", w.Code)
	}
	s.as(coordinator, "/communities/utilities", url.Values{"act": {"remove"}, "partner": {string(one.ID)}})
	if got := s.views.Access.Members("utilities"); len(got) != 1 || got[0] != other.ID {
		t.Errorf("the members are %v", got)
	}
	says(t, s.as(root, "/communities/utilities", url.Values{"act": {"add"}, "partners": {"Nobody"}}).Body.String(), "no partner is called")
}

// How much a partner shared is told to itself and to the administrator, and counted
// once however many parts it came in.
func TestWhatAPartnerSharedIsCounted(t *testing.T) {
	s := newSite(t)
	one, other := s.partner("Water works", "water", "NZ"), s.partner("Grid", "energy", "FR")
	_, secret := s.token(one.ID, access.Viewer)
	_, strange := s.token(other.ID, access.Coordinator)
	own, stranger, root := s.signIn(secret), s.signIn(strange), s.signIn(adminToken)
	here := "/partners/" + string(one.ID)
	says(t, s.page(here, own), "No contribution yet")
	for i := range 3 {
		s.contribute(one.ID, access.ToCommunity(access.Red), malware("malware--"+uuid.NewString(), fmt.Sprint("Worm ", i), ""))
	}
	for part := 1; part <= 2; part++ {
		s.entry(contribution.KindAccepted, one.ID, access.ToCommunity(access.Green), contribution.Part{ID: "contribution--in-parts", Part: part, Parts: 2, Source: "stix",
			Objects: []jsontext.Value{jsontext.Value(malware("malware--"+uuid.NewString(), "Worm in parts", ""))}})
	}
	for name, reader := range map[string]*http.Cookie{"own": own, "administrator": root} {
		if page := s.page(here, reader); !strings.Contains(page, "4 contributions.") {
			t.Errorf("%s: the page does not say that there are 4 contributions", name)
		}
	}
	says(t, s.page(here, own), `href="/import#own"`)
	for name, reader := range map[string][]*http.Cookie{"a stranger": {stranger}, "a guest": nil} {
		if strings.Contains(s.page(here, reader...), "contribution") {
			t.Errorf("%s is told how much was shared", name)
		}
	}
}
