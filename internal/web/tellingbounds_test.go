package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/response"
)

// alert puts an alert on the ledger, and gives its path.
func (s *site) alert(by access.PartnerID, to access.Audience, a notice.Alert) string {
	s.t.Helper()
	a.ID = notice.AlertID("alert--" + uuid.NewString())
	s.entry(notice.KindAlertIssued, by, to, a)
	return "/alerts/" + string(a.ID)
}

// Whatever partners write in alerts, reports and templates is text.
func TestWhatIsTypedStaysText(t *testing.T) {
	s, _ := full(t, hostile)
	p := s.views.Access.Partners()[0]
	_, secret := s.token(p.ID, access.Coordinator)
	cookie := s.signIn(secret)
	green, own := access.ToCommunity(access.Green), access.Audience{TLP: access.Red}
	alert := s.alert(s.views.Access.Partners()[1].ID, green, notice.Alert{Title: hostile, Text: hostile, Severity: notice.Critical, Subjects: []string{hostile, cve}, Outbreak: hostile})
	s.entry(exposure.KindReported, p.ID, own, exposure.Report{Rows: []exposure.Row{{Vulnerability: cve, Product: hostile[:60], Counts: exposure.Counts{Total: 1, Exposed: 1}, Note: hostile}}})
	outbreak := s.views.Outbreak.List()[0].ID
	s.entry(impact.KindReported, p.ID, own, impact.Report{Outbreak: outbreak, Country: "FR", Criticality: impact.Essential, Infected: impact.Counts{Hosts: 1}, Note: hostile})
	s.entry(response.KindTemplateSet, p.ID, green, response.Template{ID: "hostile", Title: hostile, For: []string{hostile[:60]}, Steps: []response.Step{{Key: "one", Kind: response.Patch, Title: hostile, Authority: hostile[:60]}}})
	s.entry(notice.KindChannelAdded, p.ID, access.Audience{}, notice.Channel{ID: "channel--" + uuid.NewString(), Partner: p.ID, Name: hostile, Kind: notice.File, Target: "word"})
	if _, err := s.views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	inbox := s.views.Notices.Inbox(access.Principal{Partner: p.ID}, false)
	for _, path := range []string{"/", "/alerts", alert, "/exposure/" + cve, "/impact/" + outbreak, "/notices", "/notices/" + inbox[0].ID, "/channels", "/playbooks", "/playbooks/hostile"} {
		body := s.page(path, cookie)
		for _, complaint := range foreign(t, body) {
			t.Errorf("GET %s: %s", path, complaint)
		}
		if !strings.Contains(html.UnescapeString(body), hostile[:50]) {
			t.Errorf("GET %s does not show the hostile words: this test looks at nothing", path)
		}
	}
	// A form that is refused holds what was typed.
	w := s.post("/alerts/new", also(also(alertForm(), "title", hostile), "sectors", "nowhere"), func(r *http.Request) { r.AddCookie(cookie) })
	if !strings.Contains(w.Body.String(), "next page says") || len(foreign(t, w.Body.String())) > 0 {
		t.Errorf("a refused form: status %d: %v", w.Code, foreign(t, w.Body.String()))
	}
}

// An alert is told to whom it is marked for, on every page that lists it.
func TestAlertsAreShownToWhomTheyAreFor(t *testing.T) {
	c := newCrowd(t)
	for _, level := range []struct {
		to                  access.Audience
		guest, third, admin bool
	}{
		{access.ToCommunity(access.Clear), true, true, true}, {access.ToCommunity(access.Green), true, true, true},
		{access.ToCommunity(access.Amber), false, true, true}, {access.ToCommunity(access.AmberStrict), false, true, true},
		{access.Audience{TLP: access.Red, Community: access.DefaultCommunity, Recipients: []access.PartnerID{c.partners[1].ID}}, false, false, false},
	} {
		word := "word" + strings.ReplaceAll(string(level.to.TLP), "+", "plus") + "word"
		path := c.alert(c.partners[0].ID, level.to, notice.Alert{Title: word, Text: word, Severity: notice.Info, Subjects: []string{cve}})
		for name, reader := range map[string]struct {
			cookies []*http.Cookie
			sees    bool
		}{"guest": {nil, level.guest}, "third": {[]*http.Cookie{c.third}, level.third}, "administrator": {[]*http.Cookie{c.admin}, level.admin}, "second": {[]*http.Cookie{c.second}, true}} {
			for _, at := range []string{"/alerts", path, "/exposure/" + cve, "/notices", "/"} {
				shown := strings.Contains(c.get(at, reader.cookies...).Body.String(), word)
				if shown && !reader.sees || !shown && reader.sees && (at == "/alerts" || at == path) {
					t.Errorf("%s at %s: %s is shown: %t, may see it: %t", name, at, level.to.TLP, shown, reader.sees)
				}
			}
		}
	}
}

// Long lists are cut, and say where the rest is.
func TestTellingPagesStaySmall(t *testing.T) {
	s := newSite(t)
	var first access.Partner
	for i := range 1000 {
		p := s.partner(fmt.Sprintf("Partner with a name of usual length %04d", i), []string{"energy", "water", "mining"}[i%3], "FR")
		if i == 0 {
			first = p
		}
	}
	_, secret := s.token(first.ID, access.Coordinator)
	cookie := s.signIn(secret)
	text := strings.Repeat("What is known and what to do. ", 200)
	var alert string
	for i := range 150 {
		alert = s.alert(first.ID, access.ToCommunity(access.Green), notice.Alert{Title: fmt.Sprint("Alert of a usual length, number ", i), Text: text, Severity: notice.Warning, Subjects: []string{cve}})
	}
	for i := range 150 {
		other := s.views.Access.Partners()[1]
		s.alert(other.ID, access.ToCommunity(access.Green), notice.Alert{Title: fmt.Sprint("Another's alert, number ", i), Text: text, Severity: notice.Warning})
	}
	rows := make([]exposure.Row, 0, 500)
	for i := range 400 {
		rows = append(rows, exposure.Row{Vulnerability: fmt.Sprintf("CVE-2020-%04d", i+1000), Counts: exposure.Counts{Total: 1000, Exposed: 1000}})
	}
	s.entry(exposure.KindReported, first.ID, access.Audience{TLP: access.Red}, exposure.Report{Rows: rows})
	if _, err := s.views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/alerts", alert, "/exposure", "/exposure/" + cve, "/notices", "/duties", "/playbooks", "/channels", "/alerts/new"} {
		body := s.page(path, cookie)
		t.Logf("GET %s: %d bytes", path, len(body))
		if len(body) > 150<<10 {
			t.Errorf("GET %s: %d bytes, want at most %d", path, len(body), 150<<10)
		}
	}
	has(t, plain(s.page("/alerts", cookie)), []string{"250 older"})
	has(t, plain(s.page("/exposure", cookie)), []string{"Those after it"})
	has(t, plain(s.page("/exposure?after=CVE-2020-1099", cookie)), []string{"CVE-2020-1100"}, "CVE-2020-1099")
	has(t, plain(s.page("/notices", cookie)), []string{"Acknowledge all 100 shown here", "There are more"})
	has(t, plain(s.page(alert, cookie)), []string{"699 more"})
}
