package hub_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/report"
	"github.com/tocsin-project/tocsin/internal/response"
)

const cve = "CVE-2017-0144"

// The first day, told from outside: an alarm, a call for assistance that thirty
// companies answer, patch coverage that comes in three ways, takedowns of which one is
// rolled back, notices by mail and webhook, and the report as of three moments.
func TestDayOne(t *testing.T) {
	d := newDayOne(t)
	cert := d.join("CERT 01", "government-national", "GB", "cert", "coordinator")
	second := d.join("CERT 02", "government-national", "NL", "cert", "coordinator")
	provider := d.join("Provider 01", "telecommunications", "GB", "provider", "contributor")
	var hospitals, companies []member
	for i := range 6 {
		hospitals = append(hospitals, d.join(fmt.Sprintf("Hospital %02d", i+1), "healthcare", "GB", "operator", "contributor"))
	}
	for i := range 32 {
		companies = append(companies, d.join(fmt.Sprintf("Company %02d", i+1), "technology", "US", "security", "contributor"))
	}
	hook := d.subscribe(hospitals[0])

	incident := d.alarm(hospitals[0], hospitals[1], provider)
	d.mailed("soc@hospital.example", "utbreak")
	heard := d.now()
	d.warn(cert, hospitals, incident)
	d.cover(cert, hospitals)
	d.takedowns(cert, second, provider, incident)
	d.damage(cert, hospitals, incident)
	d.muster(cert, companies, incident)
	evening := d.began.Add(24 * time.Hour)
	hook.held(d, hospitals[0])

	early, then, now := d.report(cert, incident, heard), d.report(cert, incident, evening), d.report(cert, incident, time.Time{})
	d.knew(early, 0, 0, 0)
	d.knew(then, 30, 2, 1)
	d.knew(now, 32, 2, 1)
	again := d.report(cert, incident, heard)
	if len(again.Timeline) != len(early.Timeline) || len(early.Timeline) >= len(then.Timeline) || len(then.Timeline) >= len(now.Timeline) {
		t.Errorf("timelines of %d (again %d), %d and %d events", len(early.Timeline), len(again.Timeline), len(then.Timeline), len(now.Timeline))
	}
}

// alarm has the hub ring by what three report, and says under which id.
func (d *dayOne) alarm(from ...member) string {
	d.t.Helper()
	for i, m := range from {
		d.reported(m, i+1)
	}
	if err := d.Views.WaitDecided(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	var list struct {
		Outbreaks []struct {
			ID string `json:"id"`
		} `json:"outbreaks"`
	}
	d.get("/api/v1/outbreaks", from[0].token, &list)
	if len(list.Outbreaks) != 1 {
		d.t.Fatalf("%d outbreaks, want the one that was reported", len(list.Outbreaks))
	}
	return list.Outbreaks[0].ID
}

// warn issues an alert that nobody at the first hospital acknowledges at once: the one
// on call is told. Then it is acknowledged, by two.
func (d *dayOne) warn(cert member, hospitals []member, incident string) {
	d.t.Helper()
	var alert notice.AlertStatus
	d.decode(d.post("/api/v1/alerts", cert.token, map[string]any{
		"outbreak": incident, "subjects": []string{cve}, "title": "Patch MS17-010 now", "text": "It spreads over port 445.", "severity": "critical",
		"to": map[string]any{"sectors": []string{"healthcare"}}, "ack_within": "1h",
	}, http.StatusCreated), &alert)
	if alert.Reached == nil || *alert.Reached != len(hospitals) {
		d.t.Fatalf("the alert reached %+v, want %d", alert.Reached, len(hospitals))
	}
	d.mailed("soc@hospital.example", "Patch MS17-010 now")
	d.at(20 * time.Minute)
	d.mailed("oncall@hospital.example", "Patch MS17-010 now")
	for _, m := range hospitals[:2] {
		d.post("/api/v1/alerts/acknowledgements", m.token, map[string]any{"alert": alert.ID, "words": "we are at it"}, http.StatusOK)
	}
	d.get("/api/v1/alerts/"+string(alert.ID), cert.token, &alert)
	if *alert.Acknowledged != 2 || len(alert.Waiting) != len(hospitals)-2 {
		d.t.Errorf("acknowledged by %d, and %d have not: %v", *alert.Acknowledged, len(alert.Waiting), alert.Waiting)
	}
	var seen notice.AlertStatus
	d.get("/api/v1/alerts/"+string(alert.ID), hospitals[3].token, &seen)
	if len(seen.Waiting) != 0 || len(seen.Answers) != 0 || seen.Acknowledged != nil {
		d.t.Errorf("a hospital is told who acknowledged: %+v", seen)
	}
}

// muster calls the companies: thirty answer within the day, two of them after it.
func (d *dayOne) muster(cert member, companies []member, incident string) {
	d.t.Helper()
	var call response.Call
	ask := map[string]any{"outbreak": incident, "title": "Analytic assistance", "kinds": []string{"security"}}
	d.post("/api/v1/calls", companies[0].token, ask, http.StatusForbidden)
	d.decode(d.post("/api/v1/calls", cert.token, ask, http.StatusCreated), &call)
	for i, m := range companies[:30] {
		d.at(time.Duration(i+1) * 45 * time.Minute)
		d.post("/api/v1/calls/answers", m.token, map[string]any{"call": call.ID, "offer": "malware analysis", "skills": []string{"malware-analysis"}}, http.StatusOK)
	}
	d.at(25 * time.Hour)
	for _, m := range companies[30:] {
		d.post("/api/v1/calls/answers", m.token, map[string]any{"call": call.ID, "offer": "the day after"}, http.StatusOK)
	}
	for until, want := range map[time.Duration]int{time.Hour: 1, 750 * time.Minute: 16, 24 * time.Hour: 30, 26 * time.Hour: 32} {
		var muster response.Muster
		d.get("/api/v1/calls/"+string(call.ID)+"/answers?until="+d.began.Add(until).Format(time.RFC3339), cert.token, &muster)
		if muster.Offers.Organisations != want || muster.Reached.Partners != len(companies) {
			d.t.Errorf("%d of %d answered within %s, want %d", muster.Offers.Organisations, muster.Reached.Partners, until, want)
		}
	}
}

// cover has six hospitals report their coverage in three ways.
func (d *dayOne) cover(cert member, hospitals []member) {
	d.t.Helper()
	rows := fmt.Sprintf(`{"rows":[{"vulnerability":%q,"product":"Windows 7","total":100,"patched":60,"exposed":30,"unsupported":10}]}`, cve)
	table := "vulnerability,total,patched,exposed\n" + cve + ",50,20,30\n"
	scan := "Plugin ID,CVE,Risk,Host\n97737," + cve + ",Critical,192.0.2.7\n97737," + cve + ",Critical,192.0.2.8\n"
	for i, m := range hospitals {
		switch i % 3 {
		case 0:
			d.put("POST", "/api/v1/exposure", m.token, "application/json", rows, http.StatusCreated)
		case 1:
			d.put("POST", "/api/v1/exposure", m.token, "text/csv", table, http.StatusCreated)
		case 2:
			d.put("POST", "/api/v1/exposure?format=nessus&hosts=40", m.token, "text/csv", scan, http.StatusCreated)
		}
	}
	bad := d.put("POST", "/api/v1/exposure", hospitals[0].token, "text/csv", "vulnerability,total,patched\n"+cve+",50,many\n", http.StatusBadRequest)
	if !strings.Contains(bad.body, "line 2") {
		d.t.Errorf("what is wrong with a table: %s", bad.body)
	}
	var board struct {
		exposure.Board
		Alerts []notice.AlertStatus `json:"alerts"`
	}
	d.get("/api/v1/exposure/"+cve, cert.token, &board)
	if board.Counts == nil || *board.Counts != (exposure.Counts{Total: 380, Patched: 160, Exposed: 124, Unsupported: 20, Unknown: 76}) {
		d.t.Errorf("the sums are %+v", board.Counts)
	}
	if len(board.Alerts) != 1 || len(board.Alerts[0].Waiting) != 4 {
		d.t.Errorf("who has not acknowledged the alert is not on the board: %+v", board.Alerts)
	}
	shown := func(m member) int {
		var list struct {
			Rows []exposure.Shown `json:"rows"`
		}
		d.get("/api/v1/exposure/"+cve+"/rows", m.token, &list)
		return len(list.Rows)
	}
	before := shown(cert)
	d.put("PUT", "/api/v1/exposure/sharing", hospitals[0].token, "application/json", fmt.Sprintf(`{"with":[%q]}`, cert.id), http.StatusOK)
	if before != 0 || shown(cert) != 1 || shown(hospitals[1]) != 1 {
		d.t.Errorf("rows that others see: %d, then %d, another hospital %d", before, shown(cert), shown(hospitals[1]))
	}
}

// takedowns asks a provider for two: what has no approval, or evidence that is
// forged, is not done; one is rolled back.
func (d *dayOne) takedowns(cert, second, provider member, incident string) {
	d.t.Helper()
	for i, name := range []string{"c2.example", "shared-host.example"} {
		var a response.Action
		d.decode(d.post("/api/v1/actions", cert.token, map[string]any{
			"kind": "takedown", "title": "Take down " + name, "outbreak": incident, "asked_of": []string{provider.id}, "authority": "court order 17",
			"deadline": d.now().Add(2 * time.Hour).UTC().Format(time.RFC3339),
		}, http.StatusCreated), &a)
		d.post("/api/v1/commitments", provider.token, map[string]any{"action": a.ID}, http.StatusCreated)
		done := map[string]any{"action": a.ID, "evidence": "ticket 4711, closed"}
		d.post("/api/v1/commitments/done", provider.token, done, http.StatusConflict)
		d.post("/api/v1/actions/approvals", cert.token, map[string]any{"action": a.ID}, http.StatusForbidden) // its own
		d.post("/api/v1/actions/approvals", second.token, map[string]any{"action": a.ID}, http.StatusOK)
		forged := d.post("/api/v1/commitments/done", provider.token, map[string]any{"action": a.ID, "evidence": "contribution--11111111-1111-4111-8111-111111111111"}, http.StatusNotFound)
		if !strings.Contains(forged.body, "contribution--") {
			d.t.Errorf("what is wrong with the evidence: %s", forged.body)
		}
		d.post("/api/v1/commitments/done", second.token, done, http.StatusConflict) // it committed to nothing
		d.post("/api/v1/commitments/done", provider.token, done, http.StatusOK)
		if i == 1 {
			d.post("/api/v1/commitments/rollback", provider.token, map[string]any{"action": a.ID, "reason": "a hundred others were hosted there"}, http.StatusOK)
		}
	}
}

// damage has the hospitals say how they are hit: infected and disrupted are apart.
func (d *dayOne) damage(cert member, hospitals []member, incident string) {
	d.t.Helper()
	for i, m := range hospitals {
		counts := "infected"
		if i%2 == 1 {
			counts = "disrupted"
		}
		d.post("/api/v1/impact", m.token, map[string]any{"outbreak": incident, "criticality": "life-critical", counts: map[string]int{"hosts": 100, "sites": 1}, "people": 10}, http.StatusCreated)
	}
	var board impact.Board
	d.get("/api/v1/impact/"+incident, cert.token, &board)
	if board.Total == nil || board.Total.InfectedOrganisations != 3 || board.Total.DisruptedOrganisations != 3 || board.Total.Infected.Hosts != 300 || board.Total.People != 60 {
		d.t.Errorf("the impact is %+v", board.Total)
	}
	if board.Sectors[0].Name != "healthcare" || len(board.Shown) != 0 {
		d.t.Errorf("sectors %+v, shown %+v", board.Sectors, board.Shown)
	}
}

// knew holds a report to what had happened by its moment.
func (d *dayOne) knew(r report.Report, offers, actions, rolledBack int) {
	d.t.Helper()
	answered, back := 0, 0
	for _, c := range r.Acted.Calls {
		if !c.Automatic {
			answered += c.Offers.Organisations
		}
	}
	for _, a := range r.Acted.Actions {
		if a.Status == response.RolledBack {
			back++
		}
	}
	if answered != offers || len(r.Acted.Actions) != actions || back != rolledBack {
		d.t.Errorf("as of %s: %d answered, %d actions, %d rolled back; want %d, %d, %d", r.Head.AsOf, answered, len(r.Acted.Actions), back, offers, actions, rolledBack)
	}
}
