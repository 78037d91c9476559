package api_test

import (
	"fmt"
	"time"
)

// acting are the calls about actions that need more than one step before them.
func (s *site) acting(coordinator, contributor, contributorID, outbreak string) []documented {
	s.t.Helper()
	var takedown, patch struct {
		ID string `json:"id"`
	}
	s.must("POST", "/actions", coordinator, map[string]any{"kind": "takedown", "title": "C2 at 192.0.2.7", "asked_of": []string{contributorID}}, &takedown)
	s.must("POST", "/actions", coordinator, map[string]any{"kind": "patch", "title": "Patch", "asked_of": []string{contributorID}}, &patch)
	s.must("POST", "/commitments", contributor, map[string]any{"action": patch.ID}, nil)
	s.must("POST", "/commitments/done", contributor, map[string]any{"action": patch.ID, "evidence": "ticket 1"}, nil)
	template := `{"id":"own","title":"Ours","for":["port:445"],"steps":[{"key":"a","kind":"patch","title":"A","asked_of":["kind:provider"],"deadline_s":60},{"key":"b","kind":"notify","title":"B","after":["a"]}]}`
	return []documented{
		{id: "board", token: contributor, query: "kind=takedown"},
		{id: "approve-action", token: adminToken, body: fmt.Sprintf(`{"action":%q}`, takedown.ID)},
		{id: "move-deadline", token: coordinator, body: fmt.Sprintf(`{"action":%q,"deadline":%q,"reason":"the host is abroad"}`, takedown.ID, time.Now().Add(time.Hour).Format(time.RFC3339))},
		{id: "hand-over-action", token: coordinator, body: fmt.Sprintf(`{"action":%q,"to":%q}`, takedown.ID, contributorID)},
		{id: "contest-evidence", token: coordinator, body: fmt.Sprintf(`{"action":%q,"partner":%q,"reason":"the scan shows 14"}`, patch.ID, contributorID)},
		{id: "list-templates", token: contributor, query: "outbreak=" + outbreak},
		{id: "template", token: contributor, path: map[string]string{"id": "ransomware"}},
		{id: "set-template", token: coordinator, path: map[string]string{"id": "own"}, body: template},
		{id: "open-template", token: coordinator, body: fmt.Sprintf(`{"template":"own","outbreak":%q,"asked_of":{"b":["healthcare"]}}`, outbreak)},
	}
}
