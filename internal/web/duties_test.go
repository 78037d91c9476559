package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/web"
)

func TestChannelsAreAddedTestedAndRemoved(t *testing.T) {
	c := newCrowd(t)
	hook := url.Values{"kind": {"webhook"}, "target": {"https://alpha.example/hook"}, "name": {"Night desk"}, "topic": {"alert", "duty"}, "severity": {"warning"}, "digest": {"1h"}, "from": {"22:00"}, "until": {"07:00"}, "zone": {"Europe/London"}}
	c.notFor("/channels", "add", hook)
	c.refuses(c.contributor, "/channels", "add", also(hook, "target", "ftp://alpha.example"), http.StatusBadRequest, "is not a URL")
	c.refuses(c.contributor, "/channels", "add", also(hook, "digest", "often"), http.StatusBadRequest, "digest: write it like 1h")
	matrix := url.Values{"kind": {"matrix"}, "target": {"https://chat.example"}, "room": {"#alias"}, "secret": {"very-secret-token"}}
	if w := c.send(c.contributor, "/channels", "add", matrix); w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "very-secret-token") {
		t.Errorf("a refused Matrix channel: status %d, or its token is on the page", w.Code)
	}
	w := c.send(c.contributor, "/channels", "add", hook)
	page := w.Body.String()
	at := strings.Index(page, "whsec_")
	if w.Code != http.StatusOK || at < 0 || !strings.Contains(page, "shown this once") {
		t.Fatalf("add: status %d:\n%s", w.Code, plain(page))
	}
	channel := c.views.Notices.Channels(access.Principal{Partner: c.partners[0].ID, Role: access.Contributor})[0]
	if channel.Name != "Night desk" || len(channel.Topics) != 2 || channel.Digest != notice.Span(time.Hour) || channel.Quiet == nil {
		t.Errorf("added: %+v", channel)
	}
	again := c.page("/channels", c.contributor)
	has(t, plain(again), []string{"Night desk", "Last sent never", "Quiet 22:00 to 07:00", "has taken nothing yet"}, "whsec_")
	has(t, plain(c.page("/channels", c.second)), []string{"None: what happens is told"}, "Night desk")
	for _, cookies := range [][]*http.Cookie{nil, {c.viewer}, {c.admin}} {
		has(t, plain(c.page("/channels", cookies...)), []string{"role contributor"}, "Night desk", "alpha.example")
	}
	has(t, c.does(c.contributor, "/channels", "test "+channel.ID, nil), []string{"A test is on its way"})
	c.refuses(c.second, "/channels", "test "+channel.ID, nil, http.StatusNotFound, "has no channel")
	c.refuses(c.second, "/channels", "remove "+channel.ID, nil, http.StatusNotFound, "has no channel")
	c.notFor("/channels", "remove "+channel.ID, nil)
	has(t, c.does(c.contributor, "/channels", "remove "+channel.ID, nil), []string{"Removed", "None: what happens is told"}, "Night desk")
}

// What the hub has against a channel is said before it is there.
func TestAChannelThatTheHubRefuses(t *testing.T) {
	s := newSite(t, func(cfg *web.Config) {
		cfg.Channel = func(context.Context, notice.Channel) error {
			return fmt.Errorf("%w: this hub sends no mail", access.ErrInvalid)
		}
	})
	p := s.partner("Alpha", "energy", "GB")
	_, secret := s.token(p.ID, access.Contributor)
	cookie := s.signIn(secret)
	w := s.post("/channels", url.Values{"act": {"add"}, "kind": {"mail"}, "target": {"duty@alpha.example"}}, func(r *http.Request) { r.AddCookie(cookie) })
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "This hub sends no mail") || len(s.views.Notices.Channels(access.Principal{Partner: p.ID})) > 0 {
		t.Errorf("status %d:\n%s", w.Code, plain(w.Body.String()))
	}
}

func TestADutyIsOpenedSubmittedAndWaived(t *testing.T) {
	c := newCrowd(t)
	template := c.views.Duties.Templates()[0]
	open := url.Values{"template": {template.ID}, "outbreak": {c.outbreak}, "aware_at": {c.clock().Add(-time.Hour).Format("2006-01-02T15:04")}, "authority": {"The authority"}}
	c.notFor("/duties", "open", open)
	c.refuses(c.contributor, "/duties", "open", also(open, "aware_at", ""), http.StatusBadRequest, "aware_at")
	c.refuses(c.contributor, "/duties", "open", also(open, "outbreak", "outbreak--x"), http.StatusNotFound, "")
	has(t, c.does(c.contributor, "/duties", "open", open), []string{"Opened", "The authority", "23 h"})
	who := access.Principal{Partner: c.partners[0].ID, Role: access.Contributor, Communities: []string{access.DefaultCommunity}}
	d := c.views.Duties.List(who, c.clock())[0]
	stage := template.Stages[0].Key
	path := "/duties/" + string(d.ID)
	has(t, plain(c.page("/", c.contributor)), []string{"Needs you", template.Stages[0].Name})
	has(t, plain(c.page("/", c.second)), nil, template.Stages[0].Name)
	has(t, plain(c.page(path+"/"+stage, c.contributor)), []string{"It is not sent to the authority", "Alpha Hospital"})
	for _, at := range []string{path, path + "/" + stage, path + "/" + stage + "/text"} {
		for name, cookies := range map[string][]*http.Cookie{"guest": nil, "another": {c.second}, "administrator": {c.admin}} {
			if w := c.get(at, cookies...); w.Code != http.StatusNotFound {
				t.Errorf("%s gets %s with status %d", name, at, w.Code)
			}
		}
	}
	fields := url.Values{}
	for _, f := range template.Stages[0].Fields {
		fields.Set("field-"+f.Key, "What we know of "+f.Key)
	}
	c.notFor(path+"/"+stage, "submit", fields)
	missing := also(fields, "field-"+template.Stages[0].Fields[0].Key, strings.Repeat("x", 60_000))
	c.refuses(c.contributor, path+"/"+stage, "submit", missing, http.StatusBadRequest, "What we know of")
	has(t, c.does(c.contributor, path+"/"+stage, "submit", fields), []string{"The hub has sent it to nobody", "What we know of", "Submit this as a correction", "submitted"})
	w := c.get(path+"/"+stage+"/text?number=1", c.contributor)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") || !strings.Contains(w.Body.String(), "What we know of") {
		t.Errorf("text: status %d, %s", w.Code, w.Header().Get("Content-Type"))
	}
	if w := c.get(path+"/"+stage+"?number=x", c.contributor); w.Code != http.StatusBadRequest {
		t.Errorf("number x: status %d", w.Code)
	}
	has(t, plain(c.page("/", c.contributor)), nil, template.Stages[0].Name)
	c.notFor(path, "share", url.Values{"with": {"Beta Energy"}})
	c.does(c.contributor, path, "share", url.Values{"with": {"Beta Energy"}})
	has(t, plain(c.page(path+"/"+stage, c.second)), []string{"What we know of"}, "What submitting means")
	if w := c.send(c.second, path+"/"+stage, "submit", fields); w.Code == http.StatusSeeOther || w.Code >= 500 {
		t.Errorf("another partner submits: status %d", w.Code)
	}
	next := template.Stages[1].Key
	c.notFor(path+"/"+next, "waive", url.Values{"reason": {"not needed"}})
	c.refuses(c.contributor, path+"/"+next, "waive", url.Values{"reason": {""}}, http.StatusBadRequest, "reason")
	has(t, c.does(c.contributor, path+"/"+next, "waive", url.Values{"reason": {"the authority said so"}}), []string{"no deadline of it is watched", "the authority said so"}, "Mark as not needed")
	c.notFor(path, "close", url.Values{"reason": {"done"}})
	has(t, c.does(c.contributor, path, "close", url.Values{"reason": {"all is said"}}), []string{"Closed", "all is said"}, "Close it")
	has(t, plain(c.page("/duties", c.contributor)), []string{"closed", template.Name})
	if got, err := c.views.Duties.Get(who, d.ID, c.clock()); err != nil || got.Stages[1].Status != duty.Waived || got.Closed.IsZero() {
		t.Errorf("the duty is %+v, %v", got, err)
	}
}

func TestAPlaybookIsOpened(t *testing.T) {
	c := newCrowd(t)
	path := "/playbooks/worm-kill-switch"
	has(t, plain(c.page("/playbooks")), []string{"A worm with a kill switch", "6 actions"})
	has(t, plain(c.page(path+"?outbreak="+c.outbreak, c.coordinator)), []string{"What opening it asks for: 6 actions", "Have the kill switch answer", "within 1 h", "Open 6 actions", "Spreading attack at 3 partners"})
	has(t, plain(c.page(path, c.contributor)), []string{"A coordinator opens it"}, "Open 6 actions")
	form := url.Values{"outbreak": {c.outbreak}}
	c.notFor(path, "open", form)
	c.refuses(c.contributor, path, "open", form, http.StatusForbidden, "is needed")
	c.refuses(c.coordinator, path, "open", nil, http.StatusBadRequest, "Choose the outbreak")
	has(t, c.does(c.coordinator, path, "open", form), []string{"its actions are on the board"})
	if n := c.views.Response.Summary(access.Visitor, response.Query{}, c.clock()).Actions.Open; n != 6 {
		t.Errorf("%d actions are open, want 6", n)
	}
	c.refuses(c.coordinator, path, "open", form, http.StatusConflict, "It was opened for this outbreak")
	if w := c.get("/playbooks/nothing"); w.Code != http.StatusNotFound {
		t.Errorf("no playbook: status %d", w.Code)
	}
	has(t, plain(c.page("/", c.contributor)), []string{"Needs you", "asked of your organisation"})
}

// A call that reached the reader's partner needs it until it answers.
func TestACallNeedsAnAnswer(t *testing.T) {
	c := newCrowd(t)
	coordinator := access.Principal{Partner: c.partners[0].ID, Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
	id, draft, err := c.views.Response.OpenCall(coordinator, access.Audience{}, response.CallOpening{Title: "Hands for the night", Sectors: []string{"energy"}}, c.clock())
	if err != nil {
		t.Fatal(err)
	}
	c.append(draft)
	has(t, plain(c.page("/", c.second)), []string{"Hands for the night"})
	has(t, plain(c.page("/", c.third)), nil, "Hands for the night")
	draft, err = c.views.Response.AnswerCall(access.Principal{Partner: c.partners[1].ID, Role: access.Contributor, Communities: []string{access.DefaultCommunity}}, response.CallAnswer{Call: id, Offer: "Two people"})
	if err != nil {
		t.Fatal(err)
	}
	c.append(draft)
	has(t, plain(c.page("/", c.second)), nil, "Hands for the night")
}
