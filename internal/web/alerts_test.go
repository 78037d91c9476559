package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// alertForm is an alert for the energy sector, which is two partners.
func alertForm() url.Values {
	return url.Values{"title": {"Patch SMB now"}, "text": {"It spreads.\r\nPatch it."}, "severity": {"critical"}, "tlp": {"amber"}, "community": {"default"}, "sectors": {"energy"}, "subjects": {cve}}
}

// looked is the form that the look at an alert hands on.
func looked(t *testing.T, body string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "input" && attribute(n, "type") == "hidden" {
			form.Set(attribute(n, "name"), attribute(n, "value"))
		}
	}
	return form
}

func TestAnAlertIsLookedAtIssuedAnsweredAndWithdrawn(t *testing.T) {
	c := newCrowd(t)
	c.notFor("/alerts/new", "preview", alertForm())
	c.refuses(c.contributor, "/alerts/new", "preview", alertForm(), http.StatusForbidden, "coordinator is needed")
	c.refuses(c.coordinator, "/alerts/new", "preview", also(alertForm(), "sectors", "mining"), http.StatusBadRequest, "t would reach nobody")
	c.refuses(c.coordinator, "/alerts/new", "preview", also(alertForm(), "within", "soon"), http.StatusBadRequest, "write it like 30m")
	c.refuses(c.coordinator, "/alerts/new", "issue", alertForm(), http.StatusConflict, "nothing was sent")
	look := c.send(c.coordinator, "/alerts/new", "preview", alertForm())
	has(t, plain(look.Body.String()), []string{"It will reach 2 partners of 6", "Patch SMB now", "TLP:AMBER", "Issue it to 2 partners"})
	if n := len(c.views.Notices.Alerts(access.Principal{Partner: c.partners[0].ID, Role: access.Coordinator})); n > 0 {
		t.Fatalf("to look issued %d alerts", n)
	}
	form := looked(t, look.Body.String())
	has(t, plain(c.send(c.coordinator, "/alerts/new", "change", form).Body.String()), []string{"Look whom it will reach", "It spreads."})
	if page := c.does(c.coordinator, "/alerts/new", "issue", form); !strings.Contains(page, "0 of 2 partners acknowledged") || !strings.Contains(page, "Beta Energy") {
		t.Errorf("issued:\n%s", page)
	}
	c.refuses(c.coordinator, "/alerts/new", "issue", form, http.StatusConflict, "t was issued already")
	id := c.views.Notices.Alerts(access.Principal{Partner: c.partners[0].ID, Role: access.Coordinator})[0].ID
	path := "/alerts/" + string(id)
	if _, err := c.views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	has(t, plain(c.page("/", c.second)), []string{"Needs you", "Patch SMB now"})
	has(t, plain(c.page("/exposure/"+cve, c.coordinator)), []string{"Patch SMB now", "Beta Energy"})
	has(t, plain(c.page("/exposure/"+cve, c.third)), []string{"Patch SMB now"}, "Beta Energy")
	c.notFor(path, "acknowledge", nil)
	c.refuses(c.third, path, "acknowledge", nil, http.StatusConflict, "not for your partner")
	has(t, c.does(c.second, path, "acknowledge", url.Values{"words": {"on it"}}), []string{"Acknowledged for your organisation", "on it"})
	c.refuses(c.second, path, "acknowledge", nil, http.StatusConflict, "has acknowledged it already")
	has(t, plain(c.page(path, c.coordinator)), []string{"1 of 2 partners", "on it", "Epsilon Rail"})
	has(t, plain(c.page(path, c.third)), nil, "on it", "Epsilon Rail")
	if w := c.get(path); w.Code != http.StatusNotFound {
		t.Errorf("a guest gets an amber alert with status %d", w.Code)
	}
	has(t, plain(c.page("/alerts")), []string{"none that you may see"}, "Patch SMB")
	c.notFor(path, "withdraw", url.Values{"reason": {"wrong"}})
	c.refuses(c.coordinator, path, "withdraw", url.Values{"reason": {" "}}, http.StatusBadRequest, "reason")
	has(t, c.does(c.coordinator, path, "withdraw", url.Values{"reason": {"the patch is bad"}}), []string{"Withdrawn", "the patch is bad"}, "Take it back")
	has(t, plain(c.page("/alerts", c.second)), []string{"withdrawn"})
}

// raised issues an alert for everybody, and waits until it is in the inboxes.
func (c *crowd) raised(title string) {
	c.t.Helper()
	who := access.Principal{Partner: c.partners[5].ID, Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
	_, draft, err := c.views.Notices.Issue(who, notice.Alert{Title: title, Text: "Read it.", Severity: notice.Warning}, access.Audience{}, c.clock())
	if err != nil {
		c.t.Fatal(err)
	}
	c.append(draft)
	if _, err := c.views.WaitSettled(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

func TestNoticesAreAcknowledged(t *testing.T) {
	c := newCrowd(t)
	for _, title := range []string{"First alert", "Second alert", "Third alert"} {
		c.raised(title)
		c.pass(time.Second)
	}
	reader := access.Principal{Partner: c.partners[1].ID, Role: access.Viewer}
	waiting := c.views.Notices.Inbox(reader, true)
	if len(waiting) < 3 {
		t.Fatalf("%d notices wait, want 3 or more", len(waiting))
	}
	page := c.page("/notices", c.second)
	has(t, plain(page), []string{"Not acknowledged", "First alert", "Third alert", "Acknowledge all"})
	has(t, plain(c.page("/notices", c.viewer)), []string{"First alert"}, "Acknowledge all")
	has(t, plain(c.page("/notices")), []string{"sign in for one"}, "First alert")
	has(t, plain(c.page("/notices", c.admin)), []string{"sign in for one"}, "First alert")
	one := waiting[0]
	c.notFor("/notices", one.ID, nil)
	c.refuses(c.third, "/notices", one.ID, nil, http.StatusNotFound, "none with the id")
	if w := c.get("/notices/"+one.ID, c.third); w.Code != http.StatusNotFound {
		t.Errorf("another partner's notice: status %d", w.Code)
	}
	has(t, c.does(c.second, "/notices", one.ID, nil), []string{"Acknowledged for your organisation"})
	if n := len(c.views.Notices.Inbox(reader, true)); n != len(waiting)-1 {
		t.Errorf("%d wait after one of %d was acknowledged", n, len(waiting))
	}
	second := "/notices/" + waiting[1].ID
	has(t, c.does(c.second, second, "acknowledge", url.Values{"words": {"seen"}}), []string{"Acknowledged for your organisation"}, "nobody of your organisation is told again")
	var shown []string
	for _, n := range waiting {
		shown = append(shown, n.ID)
	}
	has(t, c.does(c.second, "/notices", "all", url.Values{"notice": shown}), []string{"Nothing waits to be acknowledged", "First alert"})
	c.refuses(c.second, "/notices", "all", nil, http.StatusBadRequest, "0 are named")
	c.refuses(c.second, "/notices", "all", url.Values{"notice": make([]string, 101)}, http.StatusBadRequest, "one page at a time")
	has(t, plain(c.page("/", c.second)), nil, "First alert")
}
