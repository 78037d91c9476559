package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/playbook"
	"github.com/tocsin-project/tocsin/internal/response"
)

// smallPlaybook is the least that a playbook of others holds.
const smallPlaybook = `{"type":"playbook","spec_version":"cacao-2.0","id":"playbook--3f0a3b9e-6f3a-4c57-9a34-0c5b0f6f7a11","name":"Patch",
"created_by":"identity--5abe695c-7bd5-4c31-8824-2528696cdbf1","created":"2017-05-12T12:00:00Z","modified":"2017-05-12T12:00:00Z",
"workflow_start":"start--00000000-0000-4000-8000-000000000001","workflow":{
"start--00000000-0000-4000-8000-000000000001":{"type":"start","on_completion":"action--00000000-0000-4000-8000-000000000002"},
"action--00000000-0000-4000-8000-000000000002":{"type":"action","name":"Patch","agent":"group--00000000-0000-4000-8000-000000000004","commands":[{"type":"manual","command":"install it"}],"on_completion":"end--00000000-0000-4000-8000-000000000003"},
"end--00000000-0000-4000-8000-000000000003":{"type":"end"}}}`

// A board holds what its reader may see, and no more.
func TestBoardAsPlaybookIsReleased(t *testing.T) {
	s := newSite(t, nil)
	_, coordinator := s.partner("CERT 01", "coordinator")
	_, contributor := s.partner("Telco 01", "contributor")
	s.must("POST", "/outbreaks", adminToken, map[string]any{"port": 445, "reason": "telephone"}, nil)
	if _, err := s.views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	outbreak := s.views.Outbreak.List()[0].ID
	for title, audience := range map[string]map[string]any{"For all": {"tlp": "green", "community": "default"}, "For few": {"tlp": "red", "community": "default"}} {
		s.must("POST", "/actions", coordinator, map[string]any{"kind": "patch", "title": title, "volunteered": true, "outbreak": outbreak, "audience": audience}, nil)
	}
	for token, want := range map[string]struct {
		steps int
		tlp   string
	}{coordinator: {2, "TLP:RED"}, contributor: {1, "TLP:GREEN"}} {
		var p playbook.Playbook
		s.must("GET", "/outbreaks/"+outbreak+"/playbook", token, nil, &p)
		steps := 0
		for _, step := range p.Workflow {
			if step.Type == "action" {
				steps++
			}
		}
		if steps != want.steps || p.MarkingKinds[p.Markings[0]].TLP != want.tlp {
			t.Errorf("%d steps, marked %v; want %+v", steps, p.MarkingKinds, want)
		}
	}
	var none playbook.Playbook
	s.must("GET", "/outbreaks/"+outbreak+"/playbook?status=done", contributor, nil, &none)
	if len(none.Workflow) != 2 {
		t.Errorf("a board without actions: %+v", none.Workflow)
	}
}

// What is refused is refused in words that say where, and sets nothing.
func TestPlaybooksAreRefused(t *testing.T) {
	s := newSite(t, nil)
	_, coordinator := s.partner("CERT 01", "coordinator")
	_, contributor := s.partner("Telco 01", "contributor")
	before := s.entries(response.KindTemplateSet)
	for name, c := range map[string]struct {
		token, body, says string
		status            int
	}{
		"not a coordinator": {contributor, smallPlaybook, "coordinator", http.StatusForbidden},
		"another version":   {coordinator, strings.Replace(smallPlaybook, "cacao-2.0", "1.1", 1), "/spec_version", http.StatusBadRequest},
		"a list":            {coordinator, `[]`, "object", http.StatusUnprocessableEntity},
		"marked":            {coordinator, strings.Replace(smallPlaybook, `"name":"Patch",`, `"name":"Patch","markings":["marking-tlp--00000000-0000-4000-8000-000000000001"],`, 1), "/markings", http.StatusBadRequest},
	} {
		got := s.call("POST", "/playbooks", c.token, "application/json", strings.NewReader(c.body))
		if problemOf(t, got); got.Code != c.status || !strings.Contains(got.Body.String(), c.says) {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	if n := s.entries(response.KindTemplateSet); n != before {
		t.Errorf("%d templates were set", n-before)
	}
}
