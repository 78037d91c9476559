package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// acting is a person at a form.
type acting struct {
	*site
	cookie *http.Cookie
}

func (s *site) actor(partner access.PartnerID, role access.Role) acting {
	s.t.Helper()
	_, secret := s.token(partner, role)
	return acting{s, s.signIn(secret)}
}

// sends posts a form and gives the status, the page and where it leads.
func (a acting) sends(path string, pairs ...string) (status int, page, to string) {
	a.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	w := a.post(path, form, func(r *http.Request) { r.AddCookie(a.cookie) })
	return w.Code, w.Body.String(), w.Header().Get("Location")
}

var onceField = regexp.MustCompile(`name="once" value="([^"]+)"`)

// once is what tells the form of a page from others.
func once(t *testing.T, page string) string {
	t.Helper()
	found := onceField.FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no form that is sent once:\n%s", page)
	}
	return found[1]
}

func (s *site) inForce(text string) (protect.Protection, bool) {
	s.t.Helper()
	v, err := observable.Infer(text)
	if err != nil {
		s.t.Fatal(err)
	}
	p, _ := s.views.Protect.Get(v)
	return p, p.Holds(s.clock())
}

// A coordinator looks at what a block would do, decides it once, and recalls it after
// a question.
func TestAProtectionIsAddedAndRecalled(t *testing.T) {
	s := newSite(t)
	of := s.partner("Energy One", "energy", "FR")
	ann := s.actor(of.ID, access.Coordinator)
	form := []string{"value", "bad.example", "polarity", "block", "reason", "it serves the attack", "tlp", "green"}
	status, page, _ := ann.sends("/protections/new", append(form, "act", "look")...)
	if status != http.StatusOK || !strings.Contains(page, "It will be blocked at once") || !strings.Contains(page, "recall it from its story") {
		t.Fatalf("the look: status %d:\n%s", status, page)
	}
	if _, holds := s.inForce("bad.example"); holds {
		t.Fatal("a look blocked it")
	}
	add := append(form, "act", "add", "once", once(t, page))
	if status, page, to := ann.sends("/protections/new", add...); status != http.StatusSeeOther || to != "/protections/why?done=block&value=bad.example" {
		t.Fatalf("add: status %d to %q:\n%s", status, to, page)
	}
	p, holds := s.inForce("bad.example")
	if !holds || p.Reason != "it serves the attack" || p.By != string(of.ID) {
		t.Errorf("in force is %+v", p)
	}
	if status, page, _ := ann.sends("/protections/new", add...); status != http.StatusConflict || !strings.Contains(page, "asked for already") {
		t.Errorf("sent twice: status %d", status)
	}
	question := s.page("/protections/recall?value=bad.example", ann.cookie)
	for _, want := range []string{"Recall bad.example?", "It ends at 0 partners", "add the protection again"} {
		if !strings.Contains(question, want) {
			t.Errorf("the question does not say %q", want)
		}
	}
	recall := []string{"act", "recall", "of", p.ID, "reason", "it was taken down"}
	if status, _, _ := ann.sends("/protections/recall?value=bad.example", "act", "recall", "of", "protection--another", "reason", "it was taken down"); status != http.StatusConflict {
		t.Errorf("what was not looked at is recalled: status %d", status)
	}
	if status, _, to := ann.sends("/protections/recall?value=bad.example", recall...); status != http.StatusSeeOther || !strings.Contains(to, "done=recalled") {
		t.Errorf("recall: status %d to %q", status, to)
	}
	if _, holds := s.inForce("bad.example"); holds {
		t.Error("it is still in force")
	}
	if status, _, _ := ann.sends("/protections/recall?value=bad.example", recall...); status != http.StatusConflict {
		t.Errorf("recalled twice: status %d", status)
	}
	if story := s.page("/protections/why?value=bad.example", ann.cookie); !strings.Contains(story, "it was taken down") || !strings.Contains(story, "No protection of it is in force") {
		t.Error("the story does not tell of the recall")
	}
}

// What must answer outranks: a block of it is refused in words, recorded, and the way
// out is named. One person's must-resolve is confirmed by another.
func TestAMustResolveOutranks(t *testing.T) {
	s := newSite(t)
	one, two := s.partner("Energy One", "energy", "FR"), s.partner("Water Two", "water", "FR")
	ann, bob := s.actor(one.ID, access.Coordinator), s.actor(two.ID, access.Coordinator)
	s.protection("kill.example", protect.MustResolve, "it stops the attack")
	status, page, _ := ann.sends("/protections/new", "act", "look", "value", "kill.example", "polarity", "block", "reason", "it looks bad", "tlp", "green")
	if status != http.StatusConflict || !strings.Contains(page, "refused by guard must-resolve") || !strings.Contains(page, "outranks every block") || !strings.Contains(page, `value="kill.example"`) {
		t.Errorf("a block of it: status %d:\n%s", status, page)
	}
	if refusals := s.page("/protections/refusals", ann.cookie); !strings.Contains(refusals, "it looks bad") || !strings.Contains(refusals, "Energy One") {
		t.Error("the refusal is not recorded")
	}
	if confirmed, _ := s.inForce("kill.example"); confirmed.Confirmed != "" {
		t.Fatal("it is confirmed already")
	}
	if status, _, to := bob.sends("/protections/confirm?value=kill.example", "act", "confirm", "reason", "I have seen it, too"); status != http.StatusSeeOther || !strings.Contains(to, "done=confirmed") {
		t.Errorf("confirm: status %d to %q", status, to)
	}
	if confirmed, holds := s.inForce("kill.example"); !holds || confirmed.Confirmed != string(two.ID) {
		t.Errorf("confirmed by %q", confirmed.Confirmed)
	}
	if question := s.page("/protections/recall?value=kill.example", ann.cookie); !strings.Contains(question, "the attack runs on") {
		t.Error("the question does not say what a recall of it leads to")
	}
}

// Who may do what: the pages show it, and the handlers hold it.
func TestWhoActsOnProtections(t *testing.T) {
	s := newSite(t)
	of := s.partner("Energy One", "energy", "FR")
	p := s.protection("bad.example", protect.Block, "it serves the attack")
	look := []string{"act", "look", "value", "new.example", "polarity", "block", "reason", "it is bad", "tlp", "green"}
	for _, c := range []struct {
		role                               access.Role
		look, recall, stopHub, stopOwn     int
		offersNew, offersRecall, offersHub bool
	}{
		{access.Viewer, http.StatusForbidden, http.StatusForbidden, http.StatusForbidden, http.StatusForbidden, false, false, false},
		{access.Contributor, http.StatusOK, http.StatusForbidden, http.StatusForbidden, http.StatusSeeOther, true, false, false},
		{access.Coordinator, http.StatusOK, http.StatusSeeOther, http.StatusSeeOther, http.StatusConflict, true, true, true},
	} {
		who := s.actor(of.ID, c.role)
		story := s.page("/protections/why?value=bad.example", who.cookie)
		if got := strings.Contains(story, `href="/protections/new?value=`); got != c.offersNew {
			t.Errorf("a %s is offered to add: %t", c.role, got)
		}
		if got := strings.Contains(story, `href="/protections/recall`); got != c.offersRecall {
			t.Errorf("a %s is offered to recall: %t", c.role, got)
		}
		if got := strings.Contains(s.page("/protections/automation", who.cookie), `value="stop-hub"`); got != c.offersHub {
			t.Errorf("a %s is offered to stop the hub's automation: %t", c.role, got)
		}
		for _, act := range []struct {
			name string
			want int
			path string
			form []string
		}{
			{"looks", c.look, "/protections/new", look},
			{"stops the own automation", c.stopOwn, "/protections/automation", []string{"act", "stop-own", "reason", "a test"}},
			{"stops the hub's automation", c.stopHub, "/protections/automation", []string{"act", "stop-hub", "reason", "a test"}},
			{"recalls", c.recall, "/protections/recall?value=bad.example", []string{"act", "recall", "of", p.ID, "reason", "a test"}},
		} {
			if status, page, _ := who.sends(act.path, act.form...); status != act.want {
				t.Errorf("a %s %s: status %d, want %d:\n%s", c.role, act.name, status, act.want, page)
			}
		}
	}
	if w := s.post("/protections/automation", url.Values{"act": {"stop-hub"}, "reason": {"a guest"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in" {
		t.Errorf("a guest's form: status %d", w.Code)
	}
}

// A form of another site does nothing, although the browser has a session here.
func TestAnotherSitesFormDoesNothing(t *testing.T) {
	s := newSite(t)
	of := s.partner("Energy One", "energy", "FR")
	ann := s.actor(of.ID, access.Coordinator)
	for path, form := range map[string]url.Values{
		"/protections/automation": {"act": {"stop-hub"}, "reason": {"x"}}, "/protections/new": {"act": {"look"}}, "/tokens": {"act": {"issue"}}, "/tokens/revoke": {"act": {"revoke"}},
	} {
		w := s.post(path, form, func(r *http.Request) {
			r.AddCookie(ann.cookie)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		})
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
	if _, stopped := s.views.Protect.Stops().Hub(); stopped {
		t.Error("automation is stopped")
	}
}

// A stop stands at the top of the pages, and whoever may ends it there.
func TestAutomationIsStoppedAndGoesOn(t *testing.T) {
	s := newSite(t)
	one, two := s.partner("Energy One", "energy", "FR"), s.partner("Water Two", "water", "FR")
	ann, bob := s.actor(one.ID, access.Coordinator), s.actor(two.ID, access.Contributor)
	if _, _, to := ann.sends("/protections/automation", "act", "stop-hub", "reason", "the rule is wrong"); to != "/protections/automation?done=stop" {
		t.Fatalf("stop leads to %q", to)
	}
	for _, path := range []string{"/protections", "/protections/automation", "/protections/why?value=bad.example"} {
		if page := s.page(path, bob.cookie); !strings.Contains(page, "Automation is stopped, for the whole hub") || !strings.Contains(page, "the rule is wrong") {
			t.Errorf("%s does not say so", path)
		}
	}
	if status, _, _ := bob.sends("/protections/automation", "act", "resume", "scope", "hub", "reason", "no"); status != http.StatusForbidden {
		t.Errorf("a contributor ends the hub's stop: status %d", status)
	}
	if _, _, to := ann.sends("/protections/automation", "act", "stop-partner", "partner", "Water Two", "outlet", "nft", "reason", "it misbehaves"); !strings.Contains(to, "unheard") {
		t.Errorf("a stop at an outlet that nobody heard of leads to %q", to)
	}
	if page := s.page("/protections/automation", bob.cookie); !strings.Contains(page, "At Water Two, engine nft") {
		t.Error("a partner is not told of the stop at its outlet")
	}
	third := s.actor(s.partner("Mining", "mining", "FR").ID, access.Contributor)
	if page := s.page("/protections/automation", third.cookie); strings.Contains(page, "Water Two") {
		t.Error("a partner is told of a stop at another's outlet")
	}
	if status, _, _ := bob.sends("/protections/automation", "act", "resume", "scope", "outlet", "partner", string(two.ID), "outlet", "nft", "reason", "it was repaired"); status != http.StatusSeeOther {
		t.Errorf("its own stop goes on: status %d", status)
	}
	if _, _, to := ann.sends("/protections/automation", "act", "resume", "scope", "hub", "reason", "repaired"); to != "/protections/automation?done=resume" {
		t.Errorf("resume leads to %q", to)
	}
	if page := s.page("/protections", bob.cookie); strings.Contains(page, "Automation is stopped") || !strings.Contains(page, "Automation runs") {
		t.Error("the page does not say that it goes on")
	}
}

// The picture of who has what: coordinators see sectors and partners, others their own
// outlets. Filters narrow, and the rest is on the next page.
func TestTheListOfProtections(t *testing.T) {
	s := newSite(t)
	one, two := s.partner("Energy One", "energy", "FR"), s.partner("Water Two", "water", "FR")
	coordinator, contributor := s.actor(one.ID, access.Coordinator), s.actor(two.ID, access.Contributor)
	bad := s.protection("bad.example", protect.Block, "it serves the attack")
	s.protection("192.0.2.7", protect.Observe, "it scans")
	s.have(two.ID, 1, bad)
	for path, want := range map[string]string{
		"/protections": "bad.example, water: in force at 1 of 1", "/protections?by=partners": "192.0.2.7, Water Two: not in force",
	} {
		if page := s.page(path, coordinator.cookie); !strings.Contains(page, want) {
			t.Errorf("%s does not draw %q", path, want)
		}
		if page := s.page(path, contributor.cookie); strings.Contains(page, "water: in force") || strings.Contains(page, "Water Two: not") || !strings.Contains(page, "bad.example, outlet1: in force") {
			t.Errorf("%s of a contributor draws others, or not its own", path)
		}
		if page := s.page(path); strings.Contains(page, "<svg") {
			t.Errorf("%s of a guest draws who has what", path)
		}
	}
	for query, shows := range map[string]string{"type=ipv4-addr": "192.0.2.7", "polarity=block": "bad.example", "gap=energy": "192.0.2.7 bad.example", "gap=water": "192.0.2.7", "mine=yes": "", "state=ended": "", "polarity=nonsense": ""} {
		page := s.page("/protections?"+query, coordinator.cookie)
		for _, value := range []string{"192.0.2.7", "bad.example"} {
			if got, want := strings.Contains(page, `value?value=`+value) || strings.Contains(page, `why?value=`+value), strings.Contains(shows, value); got != want {
				t.Errorf("%s shows %s: %t", query, value, got)
			}
		}
	}
	for i := range 60 {
		s.protection(fmt.Sprintf("bad%d.example", i), protect.Block, "more")
	}
	page := s.page("/protections", coordinator.cookie)
	next := regexp.MustCompile(`href="(/protections\?after=[^"]+)"`).FindStringSubmatch(page)
	if next == nil || strings.Contains(page, "why?value=bad.example") {
		t.Fatal("62 are on one page")
	}
	if page := s.page(next[1], coordinator.cookie); !strings.Contains(page, "why?value=bad.example") || strings.Contains(page, "why?value=bad59.example") {
		t.Error("the next page is not the rest")
	}
}
