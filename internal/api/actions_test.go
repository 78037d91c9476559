package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/response"
)

// says makes a call that is refused: with the status, and words of the reason.
func (s *site) says(status int, words, method, path, token, body string) {
	s.t.Helper()
	got := s.call(method, path, token, "application/json", strings.NewReader(body))
	if got.Code != status || !strings.Contains(got.Body.String(), words) {
		s.t.Errorf("%s %s %s: %d %s; want %d and %q", method, path, body, got.Code, got.Body, status, words)
	}
}

// A takedown from its opening to its end, with everybody who may not stepping in.
func TestATakedown(t *testing.T) {
	s := newSite(t, nil)
	_, cert := s.partner("CERT 01", "coordinator")
	_, other := s.partner("CERT 02", "coordinator")
	isp, isps := s.partner("ISP 01", "contributor")
	_, viewer := s.partner("Bank 01", "viewer")
	var a response.Action
	s.must("POST", "/actions", cert, map[string]any{"kind": "takedown", "title": "C2 at 192.0.2.7", "asked_of": []string{isp}, "deadline": time.Now().Add(time.Hour)}, &a)
	about := func(more string) string { return fmt.Sprintf(`{"action":%q%s}`, a.ID, more) }
	s.says(http.StatusForbidden, "coordinator", "POST", "/actions", isps, fmt.Sprintf(`{"kind":"patch","title":"t","asked_of":[%q]}`, isp))
	s.says(http.StatusBadRequest, "no partner has the id", "POST", "/actions", cert, `{"kind":"patch","title":"t","asked_of":["identity--00000000-0000-4000-8000-000000000000"]}`)
	s.says(http.StatusForbidden, "contributor", "POST", "/commitments", viewer, about(""))
	s.must("POST", "/commitments", isps, map[string]any{"action": a.ID}, &a)
	s.says(http.StatusConflict, "not been approved", "POST", "/commitments/done", isps, about(`,"evidence":"gone"`))
	s.says(http.StatusForbidden, "same organisation", "POST", "/actions/approvals", cert, about(""))
	s.says(http.StatusForbidden, "coordinator", "POST", "/actions/approvals", isps, about(""))
	s.must("POST", "/actions/approvals", other, map[string]any{"action": a.ID, "reason": "evidence is kept"}, &a)
	s.says(http.StatusForbidden, "leads it", "POST", "/actions/deadlines", other, about(`,"deadline":"2099-01-01T00:00:00Z","reason":"r"`))
	s.says(http.StatusBadRequest, "passed", "POST", "/actions/deadlines", cert, about(`,"deadline":"2017-05-12T00:00:00Z","reason":"r"`))
	s.must("POST", "/commitments/done", isps, map[string]any{"action": a.ID, "evidence": "https://status.example/17"}, &a)
	s.says(http.StatusConflict, "already", "POST", "/commitments/done", isps, about(`,"evidence":"gone"`))
	s.says(http.StatusForbidden, "opened it", "POST", "/actions/contests", other, about(fmt.Sprintf(`,"partner":%q,"reason":"r"`, isp)))
	s.must("POST", "/actions/contests", cert, map[string]any{"action": a.ID, "partner": isp, "reason": "it still answers"}, &a)
	if a.Status != response.Contested {
		t.Errorf("contested: %s", a.Status)
	}
	s.must("POST", "/commitments/done", isps, map[string]any{"action": a.ID, "evidence": "the second host is gone, too"}, &a)
	s.must("POST", "/commitments/rollback", isps, map[string]any{"action": a.ID, "reason": "it was a sinkhole of the police"}, &a)
	if a.Status != response.RolledBack {
		t.Errorf("rolled back: %s", a.Status)
	}
	s.says(http.StatusConflict, "commit first", "POST", "/commitments/done", isps, about(`,"evidence":"gone"`))
	s.must("POST", "/commitments", isps, map[string]any{"action": a.ID}, &a)
	s.must("POST", "/commitments/done", isps, map[string]any{"action": a.ID, "evidence": "the right host"}, &a)
	if a.Status != response.Done || a.Commitments[0].Reason != "" || a.History[0].Seq != 0 {
		t.Errorf("done again: %+v", a)
	}
	var sum response.Summary
	s.must("GET", "/board", viewer, nil, &sum)
	if sum.Actions.Done != 1 || sum.Commitments.Done != 1 {
		t.Errorf("the board's head: %+v", sum)
	}
	s.says(http.StatusUnprocessableEntity, "status", "GET", "/actions?status=late", viewer, "")
}

// Evidence that names something on the hub is looked up: what another did, what is
// not there and what nobody may see are answered alike.
func TestForgedEvidenceOfDone(t *testing.T) {
	s := newSite(t, nil)
	_, cert := s.partner("CERT 01", "coordinator")
	isp, isps := s.partner("ISP 01", "contributor")
	var lead struct {
		Token string `json:"token"`
	}
	s.must("POST", "/tokens", adminToken, map[string]string{"partner": isp, "role": "coordinator"}, &lead)
	_, others := s.partner("ISP 02", "contributor")
	give := func(token, text string) string {
		var accepted api.Accepted
		got := s.call("POST", "/contributions", token, "text/plain", strings.NewReader(text))
		if err := json.Unmarshal(got.Body.Bytes(), &accepted); err != nil || got.Code != http.StatusCreated {
			t.Fatalf("%v %s", err, got.Body)
		}
		return accepted.ID
	}
	own, another := give(isps, "one.example"), give(others, "two.example")
	var p struct {
		ID string `json:"id"`
	}
	s.must("POST", "/protections", cert, map[string]any{"value": "evil.example", "polarity": "block", "reason": "seen"}, &p)
	receipt := func(token, outlet, problem string, in bool) {
		s.must("POST", "/receipts", token, map[string]any{"receipts": []any{map[string]any{"protection": p.ID, "outlet": outlet, "in_force": in, "at": time.Now(), "problem": problem}}}, nil)
	}
	var elsewhere, decided struct {
		ID string `json:"id"`
	}
	s.must("POST", "/protections", cert, map[string]any{"value": "worse.example", "polarity": "block", "reason": "seen"}, &elsewhere)
	s.must("POST", "/protections", lead.Token, map[string]any{"value": "worst.example", "polarity": "block", "reason": "seen"}, &decided)
	receipt(isps, "nft", "", true)
	receipt(isps, "unbound", "", false)
	receipt(isps, "rpz", "the server does not answer", false)
	receipt(others, "haproxy", "", true)
	for evidence, want := range map[string]struct {
		status int
		words  string
	}{
		own:                       {http.StatusOK, ""},
		another:                   {http.StatusNotFound, "made no contribution"},
		own[:len(own)-4] + "0000": {http.StatusNotFound, "made no contribution"},
		"contribution--17":        {http.StatusBadRequest, "UUID"},
		p.ID:                      {http.StatusOK, ""},
		"protection--00000000-0000-5000-8000-000000000000": {http.StatusNotFound, "no protection"},
		"receipt:" + p.ID + ":nft":                         {http.StatusOK, ""},
		"receipt:" + p.ID + ":haproxy":                     {http.StatusNotFound, "no outlet"},
		elsewhere.ID:                                       {http.StatusBadRequest, "decided by another"},
		decided.ID:                                         {http.StatusOK, ""},
		"receipt:" + p.ID + ":unbound":                     {http.StatusBadRequest, "not in force"},
		"receipt:" + p.ID + ":rpz":                         {http.StatusBadRequest, "does not answer"},
		"receipt:protection--00000000-0000-5000-8000-000000000000:nft": {http.StatusNotFound, "no protection"},
		"sha256:abc": {http.StatusBadRequest, "64"},
	} {
		var a response.Action
		s.must("POST", "/actions", cert, map[string]any{"kind": "patch", "title": "t", "asked_of": []string{isp}}, &a)
		s.must("POST", "/commitments", isps, map[string]any{"action": a.ID}, nil)
		if want.status != http.StatusOK {
			s.says(want.status, want.words, "POST", "/commitments/done", isps, fmt.Sprintf(`{"action":%q,"evidence":%q}`, a.ID, evidence))
			continue
		}
		s.must("POST", "/commitments/done", isps, map[string]any{"action": a.ID, "evidence": evidence}, &a)
		if a.Status != response.Done || a.Commitments[0].Sort == response.InWords {
			t.Errorf("%s: %+v", evidence, a.Commitments)
		}
	}
}

// A template is opened for an outbreak in one append, once; who commits to a step
// too early is told.
func TestOpenATemplate(t *testing.T) {
	s := newSite(t, nil)
	_, cert := s.partner("CERT 01", "coordinator")
	_, isps := s.partner("ISP 01", "contributor")
	s.says(http.StatusNotFound, "outbreak", "POST", "/actions/from-template", cert, `{"template":"ransomware","outbreak":"outbreak--1"}`)
	var rung struct {
		Outbreaks []outbreak.Outbreak `json:"outbreaks"`
	}
	s.must("POST", "/outbreaks", adminToken, map[string]any{"port": 445, "reason": "telephone"}, &rung)
	if len(rung.Outbreaks) != 1 {
		t.Fatalf("%+v", rung)
	}
	id := rung.Outbreaks[0].ID
	in := map[string]any{"template": "worm-kill-switch", "outbreak": id}
	s.says(http.StatusForbidden, "coordinator", "POST", "/actions/from-template", isps, marshal(t, in))
	var opened struct {
		Actions []response.Action `json:"actions"`
	}
	s.must("POST", "/actions/from-template", cert, in, &opened)
	if len(opened.Actions) != 6 || opened.Actions[3].Await[0] != opened.Actions[0].ID {
		t.Fatalf("%+v", opened)
	}
	var a response.Action
	s.must("POST", "/commitments", isps, map[string]any{"action": opened.Actions[3].ID}, &a)
	if len(a.Commitments[0].Early) != 1 || len(a.Await) != 1 {
		t.Errorf("early: %+v", a)
	}
	s.says(http.StatusConflict, "was opened for this outbreak", "POST", "/actions/from-template", cert, marshal(t, in))

	var list struct {
		Actions []response.Action `json:"actions"`
		More    string            `json:"more"`
	}
	walked := 0
	for path := "/actions?limit=4&outbreak=" + id; ; path = "/actions?limit=4&outbreak=" + id + "&after=" + url.QueryEscape(list.More) {
		list.More = ""
		s.must("GET", path, isps, nil, &list)
		if walked += len(list.Actions); list.More == "" {
			break
		}
	}
	if walked != 6 {
		t.Errorf("%d actions page by page", walked)
	}
	var templates struct {
		Templates []response.Template `json:"templates"`
	}
	s.must("GET", "/templates?outbreak="+id, isps, nil, &templates)
	if len(templates.Templates) != 1 || templates.Templates[0].ID != "worm-kill-switch" {
		t.Errorf("%+v", templates)
	}
	s.says(http.StatusForbidden, "coordinator", "PUT", "/templates/own", isps, `{"id":"own","title":"t","steps":[]}`)
	s.says(http.StatusBadRequest, "steps", "PUT", "/templates/own", cert, `{"id":"own","title":"t","steps":[]}`)
}
