package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// acts posts a form and wants it done: it gives where the browser is sent.
func (s *site) acts(path string, cookie *http.Cookie, form url.Values) string {
	s.t.Helper()
	w := s.sends(path, cookie, form)
	if w.Code != http.StatusSeeOther {
		s.t.Fatalf("POST %s %v: status %d:\n%s", path, form, w.Code, words(w.Body.String()))
	}
	return w.Header().Get("Location")
}

func (s *site) sends(path string, cookie *http.Cookie, form url.Values) *httptest.ResponseRecorder {
	return s.post(path, form, func(r *http.Request) { r.AddCookie(cookie) })
}

// refuses posts a form and wants it refused, with some words of the reason.
func (s *site) refuses(path string, cookie *http.Cookie, form url.Values, status int, why string) {
	s.t.Helper()
	if w := s.sends(path, cookie, form); w.Code != status || !strings.Contains(strings.ToLower(words(w.Body.String())), strings.ToLower(why)) {
		s.t.Errorf("POST %s %v: status %d, want %d with %q:\n%s", path, form, w.Code, status, why, words(w.Body.String()))
	}
}

// A case is opened, filled, judged and published by forms alone, but for the vote.
func TestACaseByForms(t *testing.T) {
	s := newSite(t, closed)
	a, b := s.nation("Alpha"), s.nation("Beta")
	_, secret := s.token(a.ID, access.Coordinator)
	alpha := s.signIn(secret)
	s.shows("/cases", alpha, "Open the first one")
	opening := url.Values{"act": {"open"}, "question": {"Who did it?"}, "hypotheses": {"The first group\r\ntwo = The second group\r\n"}, "members": {"Alpha\r\nNobody"}, "threshold": {"1"}, "tlp": {"amber"}, "community": {"default"}}
	s.refuses("/cases/new", alpha, opening, http.StatusBadRequest, `no partner is called "Nobody"`)
	opening.Set("members", "Alpha\r\nBeta")
	to := s.acts("/cases/new", alpha, opening)
	path, _, _ := strings.Cut(to, "?")
	s.shows(to, alpha, "the question and the decision rule are fixed", "at least 1 of these 2", "TLP:AMBER", "The first group", "The second group")

	item := url.Values{"act": {"evidence"}, "title": {"Shared code"}, "kind": {"technical"}, "reliability": {"B"}, "credibility": {"2"}, "relevance": {"H"}, "forgeability": {"L"}}
	s.refuses(path+"/write", alpha, item, http.StatusBadRequest, "neither digest nor seal nor source is given")
	if page := words(s.sends(path+"/write", alpha, item).Body.String()); !strings.Contains(page, `value="Shared code"`) {
		t.Error("what was typed is gone")
	}
	item.Set("digest", strings.Repeat("AB", 32))
	to = s.acts(path+"/write", alpha, item)
	evidence, _, _ := strings.Cut(to, "?")
	s.shows(to, alpha, "Filed: the item is on record", "sha256:ababab", "source usually reliable, information probably true")
	s.acts(path+"/write", alpha, url.Values{"act": {"hypothesis"}, "hypothesis": {"three = The third group"}})

	rating := url.Values{"act": {"rate"}, "value-the-first-group": {"CC"}, "value-two": {"II"}, "value-three": {"I"}, "likelihood-two": {"5"}}
	s.refuses(evidence, alpha, rating, http.StatusBadRequest, "reason is empty")
	rating.Set("reason", "as it looks")
	s.acts(evidence, alpha, rating)
	s.shows(evidence, alpha, "II (very inconsistent) (5.0\u00a0%)", "as it looks")
	s.refuses(evidence, alpha, rating, http.StatusBadRequest, "nothing is rated differently")
	rating.Set("likelihood-two", "500")
	s.refuses(evidence, alpha, rating, http.StatusBadRequest, "is no percentage")
	s.acts(evidence, alpha, url.Values{"act": {"contest"}, "why": {"copied, perhaps"}})

	draft := url.Values{"act": {"propose"}, "kind": {"finding"}, "finding": {"the-first-group"}, "text": {"It was the first group."}, "likelihood": {"likely"}, "confidence": {"low"}, "cites": {"E7"}, "gaps": {"Who paid\r\nWhy"}}
	s.refuses(path+"/draft", alpha, draft, http.StatusBadRequest, `"E7" is no item of the case`)
	draft.Set("cites", "e1")
	to = s.acts(path+"/draft", alpha, draft)
	statement, _, _ := strings.Cut(to, "?")
	s.shows(to, alpha, "Put to the vote: this exact text", "Who paid", "0 agreed, 1 more needed")
	publish := url.Values{"act": {"publish"}, "sure": {"yes"}}
	s.refuses(statement, alpha, publish, http.StatusConflict, "the votes do not satisfy the policy")

	id := attribution.CaseID(strings.TrimPrefix(path, "/cases/"))
	f := &file{site: s, id: id, members: []nation{a, b}}
	digest := statement[strings.LastIndex(statement, "/")+1:]
	f.vote(b, digest, attribution.Endorse, "Yes.")
	f.vote(a, digest, attribution.Dissent, "We doubt it.")
	s.shows(statement, alpha, "it cannot be undone", "met: 1 agreed", "We doubt it.")
	s.refuses(statement, alpha, url.Values{"act": {"publish"}}, http.StatusBadRequest, "tick that you have")
	s.acts(statement, alpha, publish)
	reply := url.Values{"act": {"reply"}, "from": {"The accused"}, "relation": {"denial"}, "text": {"Without any evidence."}, "source": {"a newspaper"}}
	s.refuses(statement, alpha, reply, http.StatusBadRequest, "tick that you have")
	reply.Set("sure", "yes")
	s.acts(statement, alpha, reply)
	s.shows(statement, alpha, "What is said against it", "We doubt it.", "Without any evidence.", "published")

	draft.Set("kind", "update")
	draft.Set("text", "It was probably the first group.")
	draft.Set("gaps", "Why")
	to = s.acts(path+"/draft", alpha, draft)
	s.shows(to, alpha, "What has changed since", "<ins>probably </ins>", "<del>Who paid</del>")
	second, _, _ := strings.Cut(to, "?")
	file := s.get(second+"/document", alpha)
	d, err := attribution.ParseDigest(second[strings.LastIndex(second, "/")+1:])
	c, _ := s.views.Cases.Get(a.who, id)
	if err != nil || c.Statement(d) == nil {
		t.Fatalf("no statement %s: %v", second, err)
	}
	if want, _ := c.Statement(d).Document.Bytes(); file.Body.String() != string(want) {
		t.Errorf("the file of the statement is %q", file.Body)
	}
	s.acts(evidence, alpha, url.Values{"act": {"withdraw"}, "why": {"a mistake"}})
	s.shows(path+"/evidence", alpha, "withdrawn", "a mistake")
	s.refuses(evidence, alpha, url.Values{"act": {"withdraw"}, "why": {"again"}}, http.StatusConflict, evidence[strings.LastIndex(evidence, "/")+1:]+" is withdrawn")
	s.refuses(path+"/rounds", alpha, url.Values{"act": {"close-round"}, "sure": {"yes"}, "round": {"1"}}, http.StatusConflict, "nothing is committed to in round 1")
}

// Who may not do something is not offered it, and is refused.
func TestActsInACaseNeedRoles(t *testing.T) {
	s := newSite(t, closed)
	a := s.nation("Alpha")
	f := s.open("all of ["+string(a.ID)+"]", "", a)
	path, statement := "/cases/"+string(f.id), f.path(f.propose(attribution.Finding, "It was."))
	item := path + "/evidence/" + string(f.items[0])
	other := s.partner("Other", "energy", "FR")
	for _, one := range []struct {
		who             access.PartnerID
		role            access.Role
		path, act, form string
	}{
		{a.ID, access.Analyst, "/cases/new", "open", `value="open"`}, {a.ID, access.Viewer, path + "/write", "evidence", `value="evidence"`},
		{a.ID, access.Analyst, path + "/write", "hypothesis", `value="hypothesis"`}, {a.ID, access.Contributor, item, "rate", `value="rate"`},
		{other.ID, access.Coordinator, item, "withdraw", `value="withdraw"`}, {a.ID, access.Contributor, path + "/draft", "propose", `value="propose"`},
		{a.ID, access.Analyst, statement, "publish", `value="publish"`}, {a.ID, access.Analyst, statement, "reply", `value="reply"`},
		{other.ID, access.Coordinator, path + "/rounds", "close-round", `value="close-round"`},
	} {
		_, secret := s.token(one.who, one.role)
		reader := s.signIn(secret)
		if page := s.page(one.path, reader); strings.Contains(page, one.form) {
			t.Errorf("%s as %s: %s is offered", one.path, one.role, one.act)
		}
		form := url.Values{"act": {one.act}, "sure": {"yes"}, "why": {"x"}, "reason": {"x"}, "value-one": {"N"}, "question": {"Who?"}, "hypotheses": {"one"}, "members": {"Alpha"}, "title": {"x"}, "source": {"x"}, "kind": {"technical"}, "reliability": {"B"},
			"credibility": {"2"}, "relevance": {"H"}, "forgeability": {"L"}, "hypothesis": {"x"}, "cites": {"1"}, "text": {"x"}, "finding": {"one"}, "likelihood": {"likely"}, "confidence": {"low"}, "from": {"x"}, "relation": {"denial"}, "round": {"1"}}
		if one.act == "propose" {
			form.Set("kind", "finding")
		}
		if w := s.sends(one.path, reader, form); w.Code != http.StatusForbidden {
			t.Errorf("%s %s as %s: status %d, want 403:\n%s", one.path, one.act, one.role, w.Code, words(w.Body.String()))
		}
	}
	_, secret := s.token(a.ID, access.Coordinator)
	s.refuses(path+"/write", s.signIn(secret), url.Values{"act": {"burn"}}, http.StatusBadRequest, `nothing is called "burn"`)
	if w := s.get(path); w.Code != http.StatusSeeOther {
		t.Errorf("a stranger gets %d", w.Code)
	}
}

// The list has what waits for one's vote first, and is read page by page.
func TestTheListOfCases(t *testing.T) {
	s := newSite(t, closed)
	a, b := s.nation("Alpha"), s.nation("Beta")
	first := s.open("1 of ["+string(a.ID)+", "+string(b.ID)+"]", "", a)
	done := s.open("1 of ["+string(a.ID)+"]", "", a)
	digest := done.propose(attribution.Finding, "It was.")
	done.vote(a, digest, attribution.Endorse, "Yes.")
	done.publish(digest)
	waits := first.propose(attribution.Finding, "It was.")
	var drafts []ledger.Draft
	c, _ := s.views.Cases.Get(a.who, done.id)
	for range 60 {
		o := c.Opening
		o.ID, o.Hypotheses = "", []attribution.Hypothesis{{ID: "one", Title: "One"}}
		_, draft, err := s.views.Cases.Open(a.who, o, access.ToCommunity(access.Amber))
		if err != nil {
			t.Fatal(err)
		}
		drafts = append(drafts, draft)
	}
	s.append(drafts...)
	_, secret := s.token(b.ID, access.Analyst)
	reader := s.signIn(secret)
	page := s.shows("/cases", reader, "The vote of Beta is missing", first.path(waits), "Open: nothing is published yet", "The next of 12 more", "TLP:AMBER")
	if strings.Index(page, string(first.id)) > strings.Index(page, "Open: nothing") {
		t.Error("what waits for a vote is not first")
	}
	_, next, _ := strings.Cut(page, `<a href="/cases?after=`)
	next, _, _ = strings.Cut(next, `"`)
	if page := s.shows("/cases?after="+next, reader, "Published", string(done.id), "Likelihood: likely (55-80 %)."); strings.Contains(page, "is missing") || strings.Contains(page, "The next of") {
		t.Error("the second page begins anew, or does not end")
	}
}

// What a case says is text in its pictures as well, however it is written.
func TestHostileTextsInACase(t *testing.T) {
	s := newSite(t, closed)
	a := s.nation("Alpha")
	f := s.open("1 of ["+string(a.ID)+"]", "", a)
	nasty := hostile[:60] + "\u202e" + strings.Repeat("W", 150)
	f.drafted(s.views.Cases.Propose(a.who, attribution.Proposal{Case: f.id, Party: "Alpha", Hypothesis: attribution.Hypothesis{ID: "nasty", Title: nasty}}))
	for i := range 8 {
		f.item(attribution.Evidence{Title: nasty, Source: fmt.Sprint(nasty, i), Reliability: "B", Credibility: 2, Relevance: "H", Forgeability: "L"})
	}
	digest := f.propose(attribution.Finding, hostile+"\u202e\u2066"+strings.Repeat("x ", 3500))
	_, secret := s.token(a.ID, access.Coordinator)
	reader := s.signIn(secret)
	path := "/cases/" + string(f.id)
	for _, path := range []string{path, path + "/evidence", path + "/evidence/" + string(f.items[3]), path + "/sensitivity", path + "/rounds", path + "/proofs", path + "/write", path + "/draft", f.path(digest), "/cases"} {
		page := s.page(path, reader)
		for _, complaint := range foreign(t, page) {
			if !strings.Contains(complaint, "passkey.js") {
				t.Errorf("GET %s: %s", path, complaint)
			}
		}
		if strings.ContainsAny(page, "\u202e\u2066") {
			t.Errorf("GET %s has what cannot be seen", path)
		}
		if len(page) > 150<<10 {
			t.Errorf("GET %s: %d bytes", path, len(page))
		}
	}
}
