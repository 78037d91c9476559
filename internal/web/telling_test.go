package web_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/impact"
)

const cve = "CVE-2017-0144"

// crowd is a site with six partners, and somebody of each role at the first ones.
type crowd struct {
	*site
	partners                                []access.Partner
	coordinator, contributor, viewer, admin *http.Cookie
	second, third                           *http.Cookie // contributors of the second and third partner
	outbreak                                string
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{site: newSite(t)}
	for i, name := range []string{"Alpha Hospital", "Beta Energy", "Gamma Water", "Delta Bank", "Epsilon Rail", "Zeta Ports"} {
		c.partners = append(c.partners, c.partner(name, []string{"healthcare", "energy", "water"}[i%3], "GB"))
	}
	as := func(i int, role access.Role) *http.Cookie {
		_, secret := c.token(c.partners[i].ID, role)
		return c.signIn(secret)
	}
	c.coordinator, c.contributor, c.viewer = as(0, access.Coordinator), as(0, access.Contributor), as(0, access.Viewer)
	c.second, c.third, c.admin = as(1, access.Contributor), as(2, access.Contributor), c.signIn(adminToken)
	c.outbreakAt(c.partners[:3]...)
	c.outbreak = c.views.Outbreak.List()[0].ID
	return c
}

// also is a form with one more field, or another value of one.
func also(form url.Values, name, value string) url.Values {
	form = maps.Clone(form)
	if form == nil {
		form = url.Values{}
	}
	form.Set(name, value)
	return form
}

// send posts an act's form; nobody's cookie is a guest's.
func (c *crowd) send(who *http.Cookie, path, act string, form url.Values) *httptest.ResponseRecorder {
	c.t.Helper()
	return c.post(path, also(form, "act", act), func(r *http.Request) {
		if who != nil {
			r.AddCookie(who)
		}
	})
}

// does wants the act done, and gives the page that says so.
func (c *crowd) does(who *http.Cookie, path, act string, form url.Values) string {
	c.t.Helper()
	w := c.send(who, path, act, form)
	if w.Code != http.StatusSeeOther {
		c.t.Fatalf("POST %s, %s: status %d:\n%s", path, act, w.Code, plain(w.Body.String()))
	}
	return plain(c.page(w.Header().Get("Location"), who))
}

// refuses wants the act refused, with words of the reason and what was typed kept.
func (c *crowd) refuses(who *http.Cookie, path, act string, form url.Values, status int, says string) {
	c.t.Helper()
	w := c.send(who, path, act, form)
	body := w.Body.String()
	if w.Code != status || !strings.Contains(strings.ToLower(plain(body)), strings.ToLower(says)) {
		c.t.Errorf("POST %s, %s: status %d, want %d with %q:\n%s", path, act, w.Code, status, says, plain(body))
	}
}

// notFor wants what others may do refused to guests, viewers and other origins.
func (c *crowd) notFor(path, act string, form url.Values) {
	c.t.Helper()
	if w := c.send(nil, path, act, form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in" {
		c.t.Errorf("POST %s, %s as a guest: status %d to %q", path, act, w.Code, w.Header().Get("Location"))
	}
	c.refuses(c.viewer, path, act, form, http.StatusForbidden, "is needed")
	w := c.post(path, also(form, "act", act), func(r *http.Request) {
		r.AddCookie(c.coordinator)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	})
	if w.Code != http.StatusForbidden {
		c.t.Errorf("POST %s, %s from another site: status %d", path, act, w.Code)
	}
}

// plain is the text of a page, with single spaces.
func plain(body string) string {
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return body
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// has wants words on a page, and others not.
func has(t *testing.T, page string, want []string, not ...string) {
	t.Helper()
	for _, words := range want {
		if !strings.Contains(page, words) {
			t.Errorf("the page does not say %q:\n%s", words, page)
		}
	}
	for _, words := range not {
		if strings.Contains(page, words) {
			t.Errorf("the page says %q:\n%s", words, page)
		}
	}
}

func TestExposureIsReportedAndShown(t *testing.T) {
	c := newCrowd(t)
	path := "/exposure/" + cve
	row := url.Values{"total": {"40"}, "patched": {"30"}, "exposed": {"10"}, "note": {"night shift"}}
	c.notFor(path, "report", row)
	c.refuses(c.contributor, path, "report", also(row, "patched", "31"), http.StatusBadRequest, "night shift")
	c.refuses(c.contributor, path, "report", also(row, "patched", "thirty"), http.StatusBadRequest, "is no number")
	c.refuses(c.contributor, path, "report", also(row, "total", ""), http.StatusBadRequest, "total is empty")
	c.refuses(c.contributor, path, "other", row, http.StatusBadRequest, "nothing is called")
	has(t, c.does(c.contributor, path, "report", row), []string{"Recorded", "night shift", "Fewer than 5 organisations"})
	has(t, plain(c.page(path, c.second)), []string{"You have reported nothing"}, "night shift", "Alpha Hospital")
	has(t, c.page(path, c.second), nil, "<svg class=\"shares\"")
	c.notFor("/exposure", "share", url.Values{"with": {"Beta Energy"}})
	c.refuses(c.contributor, "/exposure", "share", url.Values{"with": {"Nobody Ltd"}}, http.StatusBadRequest, `no partner is called "Nobody Ltd"`)
	has(t, c.does(c.contributor, "/exposure", "share", url.Values{"with": {"beta energy\r\n"}}), []string{"Recorded", "Beta Energy"})
	has(t, plain(c.page(path, c.second)), []string{"night shift", "Alpha Hospital"})
	has(t, plain(c.page(path, c.third)), nil, "night shift")
	has(t, plain(c.page(path, c.admin)), nil, "night shift")
	for _, p := range c.partners[1:5] {
		c.entry(exposure.KindReported, p.ID, access.Audience{TLP: access.Red}, exposure.Report{Rows: []exposure.Row{{Vulnerability: cve, Counts: exposure.Counts{Total: 1000, Exposed: 1000}}}})
	}
	has(t, plain(c.page(path, c.third)), []string{"4040", "Patched 30 Exposed 4010"}, "night shift")
	has(t, c.page(path, c.third), []string{`<svg class="shares"`, "all that report: 4010 Exposed", "all that report: 30 Patched", ">4040 hosts</text>"}, "0 Unknown")
	has(t, plain(c.page("/exposure", c.third)), []string{cve, "4010", "1000"})
	has(t, plain(c.page("/exposure")), []string{"its members are told"}, cve+" ")
	if w := c.get(path); w.Code != http.StatusForbidden {
		t.Errorf("a guest gets the board with status %d", w.Code)
	}
	if w := c.get("/exposure/find?cve=+cve-2017-0144", c.third); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/exposure/cve-2017-0144" {
		t.Errorf("find: status %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := c.get("/exposure/nothing", c.third); w.Code != http.StatusBadRequest {
		t.Errorf("no CVE: status %d", w.Code)
	}
	has(t, c.does(c.contributor, path, "report", url.Values{"total": {"0"}}), []string{"removed"}, "night shift")
}

func TestImpactIsReportedAndShown(t *testing.T) {
	c := newCrowd(t)
	path := "/impact/" + c.outbreak
	report := url.Values{"criticality": {"life-critical"}, "country": {"gb"}, "infected hosts": {"7"}, "disrupted sites": {"3"}, "people": {"1200"}, "note": {"theatres closed"}}
	c.notFor(path, "report", report)
	c.refuses(c.contributor, path, "report", also(report, "country", "XX"), http.StatusBadRequest, "theatres closed")
	c.refuses(c.contributor, path, "report", also(report, "infected hosts", "-1"), http.StatusBadRequest, "is no number")
	has(t, c.does(c.contributor, path, "report", report), []string{"Recorded", "theatres closed", "Fewer than 5"})
	has(t, plain(c.page(path, c.second)), []string{"You have reported nothing"}, "theatres closed")
	c.notFor(path, "share", url.Values{"with": {"Beta Energy"}})
	c.does(c.contributor, path, "share", url.Values{"with": {"Beta Energy"}})
	has(t, plain(c.page(path, c.second)), []string{"theatres closed", "Alpha Hospital"})
	has(t, plain(c.page(path, c.third)), nil, "theatres closed")
	for _, p := range c.partners[1:5] {
		c.entry(impact.KindReported, p.ID, access.Audience{TLP: access.Red}, impact.Report{Outbreak: c.outbreak, Country: "GB", Criticality: impact.Important, Disrupted: impact.Counts{Hosts: 50}})
	}
	has(t, plain(c.page(path, c.third)), []string{"By sector, health first", "200", "1200"}, "theatres closed")
	has(t, plain(c.page(path)), []string{"its members are told"}, "1200")
	if w := c.get("/impact/outbreak--nowhere", c.third); w.Code != http.StatusNotFound {
		t.Errorf("no outbreak: status %d", w.Code)
	}
}
