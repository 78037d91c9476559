package api_test

import "fmt"

// telling calls the operations of alerts, notices and channels, for TestEveryOperation.
func (s *site) telling(coordinator, contributor, partner string) []documented {
	s.t.Helper()
	var alert, wrong struct {
		ID string `json:"id"`
	}
	body := map[string]any{"title": "Patch", "text": "Today.", "severity": "critical", "subjects": []string{"CVE-2017-0144"}, "ack_within": "30m"}
	s.must("POST", "/alerts", coordinator, body, &alert)
	s.must("POST", "/alerts", coordinator, body, &wrong)
	if _, err := s.views.WaitSettled(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	var notices struct {
		Notices []struct {
			ID      string `json:"id"`
			Subject string `json:"subject"`
		} `json:"notices"`
	}
	s.must("GET", "/notices?unacknowledged=true", contributor, nil, &notices)
	read := ""
	for _, n := range notices.Notices {
		if n.Subject == wrong.ID {
			read = n.ID
		}
	}
	hook := `"kind":"webhook","target":"https://hook.partner.example/"`
	var channel struct {
		ID string `json:"id"`
	}
	s.must("POST", "/channels", contributor, jsonText("{"+hook+"}"), &channel)
	return []documented{
		{id: "issue-alert", token: coordinator, body: `{"title":"Restart","text":"After patching.","severity":"info","to":{"partners":["` + partner + `"]},"audience":{"tlp":"amber","community":"default"}}`},
		{id: "list-alerts", token: contributor, query: "subject=CVE-2017-0144"}, {id: "alert", token: coordinator, path: map[string]string{"id": alert.ID}},
		{id: "acknowledge-alert", token: contributor, body: fmt.Sprintf(`{"alert":%q,"words":"patching"}`, alert.ID)},
		{id: "list-notices", token: contributor, query: "limit=2"},
		{id: "acknowledge-notices", token: contributor, body: fmt.Sprintf(`{"notices":[%q]}`, read)},
		{id: "withdraw-alert", token: coordinator, body: fmt.Sprintf(`{"alert":%q,"reason":"twice"}`, wrong.ID)},
		{id: "add-channel", token: contributor, body: `{"kind":"webhook","target":"https://hook.partner.example/soc","name":"SOC","topics":["alert"],"min_severity":"warning","digest":"1h","quiet":{"from":"22:00","until":"07:00","zone":"Europe/London"}}`},
		{id: "set-escalation", token: contributor, body: fmt.Sprintf(`{"steps":[{"after":"15m","channels":[%q]}]}`, channel.ID)},
		{id: "escalation", token: contributor}, {id: "test-channel", token: contributor, path: map[string]string{"id": channel.ID}},
		{id: "list-channels", token: contributor}, {id: "remove-channel", token: contributor, path: map[string]string{"id": channel.ID}},
	}
}
