package api_test

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/duty"
)

// reporting are the calls about impact, ransom and incident reports, for
// TestEveryOperation: of a partner, for an outbreak, shown to another partner.
func (s *site) reporting(token, outbreak, to string) []documented {
	s.t.Helper()
	var opened duty.Duty
	now := time.Now().UTC().Format(time.RFC3339)
	s.must("POST", "/duties", token, map[string]string{"template": "nis2-trust-service", "outbreak": outbreak, "aware_at": now}, &opened)
	id := map[string]string{"id": string(opened.ID)}
	warning := `{"reporter":"We","aware":"now","incident":"a worm","malicious":"yes","cross-border":"yes"}`
	return []documented{
		{id: "report-impact", token: token, body: fmt.Sprintf(`{"outbreak":%q,"criticality":"life-critical","infected":{"hosts":34},"disrupted":{"sites":46},"people":19500,"restored":true,"restored_at":%q}`, outbreak, now)},
		{id: "impact", token: token, path: map[string]string{"outbreak": outbreak}},
		{id: "share-impact", token: token, body: fmt.Sprintf(`{"with":[%q]}`, to)}, {id: "impact-sharing", token: token},
		{id: "report-ransom", token: token, body: fmt.Sprintf(`{"outbreak":%q,"address":"13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94","what":"demanded","amount":"300","currency":"USD"}`, outbreak)},
		{id: "list-ransom", token: token, query: "outbreak=" + outbreak},
		{id: "list-duty-templates", token: token},
		{id: "open-duty", token: token, body: fmt.Sprintf(`{"template":"nis2","outbreak":%q,"aware_at":%q}`, outbreak, now)},
		{id: "list-duties", token: token, query: "open=true&outbreak=" + outbreak}, {id: "duty", token: token, path: id},
		{id: "duty-form", token: token, path: map[string]string{"id": string(opened.ID), "stage": "notification"}},
		{id: "submit-duty", token: token, body: fmt.Sprintf(`{"duty":%q,"stage":"early-warning","fields":%s}`, opened.ID, warning)},
		{id: "waive-duty", token: token, body: fmt.Sprintf(`{"duty":%q,"stage":"notification","reason":"not significant"}`, opened.ID)},
		{id: "handled-duty", token: token, body: fmt.Sprintf(`{"duty":%q,"at":%q}`, opened.ID, now)},
		{id: "share-duty", token: token, body: fmt.Sprintf(`{"duty":%q,"with":[%q]}`, opened.ID, to)},
		{id: "close-duty", token: token, body: fmt.Sprintf(`{"duty":%q,"reason":"over"}`, opened.ID)},
	}
}
