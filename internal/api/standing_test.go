package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// Whatever a report says of its sender, the ledger holds what the directory says.
func TestReportsAreStampedFromTheDirectory(t *testing.T) {
	s := newSite(t, nil)
	var trusted access.Partner
	s.must("POST", "/partners", adminToken, map[string]any{"name": "Ministry", "sector": "government", "country": "nl", "kind": "government", "organisation": "state", "designated": true}, &trusted)
	if trusted.Organisation != "state" || !trusted.Designated {
		t.Fatalf("joined as %+v", trusted)
	}
	var issued struct {
		Token string `json:"token"`
	}
	s.must("POST", "/tokens", adminToken, map[string]any{"partner": trusted.ID, "role": "contributor"}, &issued)
	_, plain := s.partner("Bank 01", "contributor")
	claim := func(id string) string {
		return fmt.Sprintf(`{"id":%q,"sector":"defense","country":"XX","organisation":"liars","designated":true,"scans":[{"port":445,"sources":1,"contacts":9,"first_seen":"2017-05-12T07:24:00Z","last_seen":"2017-05-12T07:24:00Z"}]}`, id)
	}
	s.must("POST", "/sightings", issued.Token, jsonText(claim("of-the-ministry")), nil)
	s.must("POST", "/sightings", plain, jsonText(claim("of-the-bank")), nil)
	got := map[string]sighting.Report{}
	for e, err := range s.views.Ledger.Read(t.Context(), 0, sighting.KindReported) {
		if err != nil {
			t.Fatal(err)
		}
		var r sighting.Report
		if err := json.Unmarshal(e.Body, &r); err != nil {
			t.Fatal(err)
		}
		id := r.ID
		r.ID, r.TLP, r.Scans = "", "", nil
		got[id] = r
	}
	want := map[string]sighting.Report{
		"of-the-ministry": {Sector: "government", Country: "NL", Organisation: "state", Designated: true},
		"of-the-bank":     {Sector: "healthcare", Country: "FR"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("on the ledger (-want +got) %s", diff)
	}
}

func TestChangePartner(t *testing.T) {
	s := newSite(t, nil)
	bank, viewer := s.partner("Bank 01", "viewer")
	_, coordinator := s.partner("CERT 01", "coordinator")
	for _, c := range []struct {
		name, token, id, body string
		status                int
		says                  string
	}{
		{"a coordinator", coordinator, bank, `{"designated":true,"reason":"r"}`, http.StatusForbidden, "administrator"},
		{"no reason", adminToken, bank, `{"designated":true,"reason":""}`, http.StatusBadRequest, "reason"},
		{"nothing", adminToken, bank, `{"reason":"r"}`, http.StatusConflict, "nothing would change"},
		{"not a word", adminToken, bank, `{"organisation":"The Trust","reason":"r"}`, http.StatusBadRequest, "small letters"},
		{"nobody", adminToken, "identity--nobody", `{"designated":true,"reason":"r"}`, http.StatusNotFound, "identity--nobody"},
		{"an organisation", adminToken, bank, `{"organisation":"trust","reason":"one owner"}`, http.StatusOK, `"organisation":"trust"`},
		{"designated", adminToken, bank, `{"designated":true,"reason":"the regulator"}`, http.StatusOK, `"organisation":"trust","designated":true`},
		{"alone again", adminToken, bank, `{"organisation":"","designated":false,"reason":"a mistake"}`, http.StatusOK, bank},
	} {
		got := s.call(http.MethodPatch, "/partners/"+c.id, c.token, "application/json", strings.NewReader(c.body))
		if got.Code != c.status || !strings.Contains(got.Body.String(), c.says) {
			t.Errorf("%s: %d %s", c.name, got.Code, got.Body)
		}
	}
	var who access.Partner
	s.must("GET", "/me", viewer, nil, &who)
	if who.Organisation != "" || who.Designated {
		t.Errorf("in the end it is %+v", who)
	}
	var audit struct {
		Entries []access.Record `json:"entries"`
	}
	s.must("GET", "/audit?kind=partner.changed", adminToken, nil, &audit)
	if len(audit.Entries) != 3 || audit.Entries[0].By == "" || audit.Entries[1].About["designated"] != true || audit.Entries[0].About["organisation"] != "trust" || audit.Entries[2].About["reason"] != "a mistake" {
		t.Errorf("the audit has %+v", audit.Entries)
	}
}

func TestRingAndEnd(t *testing.T) {
	s := newSite(t, nil)
	_, viewer := s.partner("Bank 01", "viewer")
	cert, coordinator := s.partner("CERT 01", "coordinator")
	type rung struct {
		Warning   outbreak.Warning    `json:"warning"`
		Outbreaks []outbreak.Outbreak `json:"outbreaks"`
	}
	for _, c := range []struct {
		name, path, token, body string
		status                  int
		says                    string
	}{
		{"a viewer rings", "/outbreaks", viewer, `{"port":445,"reason":"r"}`, http.StatusForbidden, "coordinator"},
		{"about nothing", "/outbreaks", coordinator, `{"reason":"r"}`, http.StatusBadRequest, "port"},
		{"no reason", "/outbreaks", coordinator, `{"port":445,"reason":" \u0007"}`, http.StatusBadRequest, "reason"},
		{"no value", "/outbreaks", coordinator, `{"values":["c2.example","not a value"],"reason":"r"}`, http.StatusBadRequest, "/values/1"},
		{"a viewer ends", "/outbreaks/outbreak--x/end", viewer, `{"reason":"r"}`, http.StatusForbidden, "coordinator"},
		{"none ends", "/outbreaks/outbreak--x/end", coordinator, `{"reason":"r"}`, http.StatusNotFound, "outbreak--x"},
	} {
		got := s.call(http.MethodPost, c.path, c.token, "application/json", strings.NewReader(c.body))
		if got.Code != c.status || !strings.Contains(got.Body.String(), c.says) {
			t.Errorf("%s: %d %s", c.name, got.Code, got.Body)
		}
	}
	// One voice rings nothing; the administrator does, and so does whoever is designated.
	var heard rung
	s.must("POST", "/outbreaks", coordinator, map[string]any{"port": 445, "values": []string{"Worm.Example."}, "reason": "telephone"}, &heard)
	if len(heard.Outbreaks) != 0 || heard.Warning.ID == "" || heard.Warning.Designated || heard.Warning.Values[0].Text != "worm.example" {
		t.Fatalf("one voice: %+v", heard)
	}
	heard = rung{}
	s.must("PATCH", "/partners/"+cert, adminToken, map[string]any{"designated": true, "reason": "the regulator"}, nil)
	s.must("POST", "/outbreaks", coordinator, map[string]any{"port": 3389, "reason": "telephone"}, &heard)
	if len(heard.Outbreaks) != 1 || heard.Outbreaks[0].Port != 3389 || heard.Outbreaks[0].Status != outbreak.Open {
		t.Fatalf("a designated voice: %+v", heard)
	}
	var ended outbreak.Outbreak
	path := "/outbreaks/" + heard.Outbreaks[0].ID + "/end"
	s.must("POST", path, coordinator, map[string]any{"reason": "a scanner of our own", "false_alarm": true}, &ended)
	if ended.Status != outbreak.Ended || !ended.FalseAlarm || ended.Because != "a scanner of our own" || ended.By != cert || time.Since(ended.Ended) > time.Hour {
		t.Errorf("ended: %+v", ended)
	}
	if got := s.call(http.MethodPost, path, coordinator, "application/json", strings.NewReader(`{"reason":"again"}`)); got.Code != http.StatusConflict {
		t.Errorf("ended twice: %d %s", got.Code, got.Body)
	}
	heard = rung{}
	s.must("POST", "/outbreaks", adminToken, map[string]any{"values": []string{"c2.example"}, "reason": "telephone"}, &heard)
	if len(heard.Outbreaks) != 1 {
		t.Errorf("the administrator: %+v", heard)
	}
}
