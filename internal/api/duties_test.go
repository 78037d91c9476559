package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// ring has the ledger say that there is an outbreak, or what became of it.
func (s *site) ring(kind ledger.Kind, o outbreak.Outbreak) {
	s.t.Helper()
	o.FirstSeen, o.LastSeen, o.Raised, o.Rule = time.Now(), time.Now(), time.Now(), "scans"
	draft, err := ledger.NewDraft(kind, access.Hub, access.ToCommunity(access.Green).String(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.views.Append(s.t.Context(), draft); err != nil {
		s.t.Fatal(err)
	}
}

// The deciders warn of what is late; on the change stream only its partner hears of it,
// and of anything else that it says of itself.
func TestDutiesAndImpactOnTheStream(t *testing.T) {
	s := newSite(t, nil)
	_, hospital := s.partner("Hospital", "contributor")
	csirt, other := s.partner("CSIRT", "contributor")
	const id = "outbreak--00000000-0000-4000-8000-000000000001"
	s.ring(outbreak.KindRaised, outbreak.Outbreak{ID: id, Status: outbreak.Open})
	var opened struct {
		duty.Duty
		Warnings []string `json:"warnings"`
	}
	s.must("POST", "/duties", hospital, map[string]any{"template": "nis2", "outbreak": id, "aware_at": time.Now().Add(-73 * time.Hour)}, &opened)
	if len(opened.Warnings) != 2 || opened.Next != "early-warning" {
		t.Errorf("%+v", opened)
	}
	s.must("POST", "/impact", hospital, map[string]any{"outbreak": id, "criticality": "life-critical", "infected": map[string]int{"hosts": 3}}, nil)
	s.must("PUT", "/impact/sharing", hospital, map[string]any{"with": []string{csirt}}, nil)
	s.must("POST", "/duties/sharing", hospital, map[string]any{"duty": opened.ID, "with": []string{csirt}}, nil)
	if _, err := s.views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]int{hospital: 2, other: 0, adminToken: 0} {
		text := s.call("GET", "/stream?follow=false", token, "", nil).Body.String()
		if got := strings.Count(text, `"duty.warned"`); got != want {
			t.Errorf("%d warnings, want %d, in %s", got, want, text)
		}
		if told := strings.Contains(text, `"impact.`) || strings.Contains(text, `"duty.opened"`); told != (want > 0) {
			t.Errorf("told %v of what the hospital says of itself: %s", told, text)
		}
	}
	var board impact.Board
	s.must("GET", "/impact/"+id, other, nil, &board)
	if len(board.Shown) != 1 || board.Shown[0].Infected.Hosts != 3 || !board.TooFew {
		t.Errorf("%+v", board)
	}
	s.must("GET", "/impact/"+id, adminToken, nil, &board)
	if len(board.Shown) != 0 {
		t.Errorf("an administrator is shown %+v", board.Shown)
	}
	for _, bad := range []struct {
		path, body string
		status     int
	}{
		{"/impact/sharing", `{"with":["identity--00000000-0000-4000-8000-000000000000"]}`, http.StatusUnprocessableEntity},
		{"/duties/sharing", `{"duty":"` + string(opened.ID) + `","with":["nobody"]}`, http.StatusUnprocessableEntity},
	} {
		method := map[bool]string{true: "PUT", false: "POST"}[bad.path == "/impact/sharing"]
		if got := s.call(method, bad.path, hospital, "application/json", strings.NewReader(bad.body)); got.Code != bad.status && got.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", bad.path, got.Code, got.Body)
		}
	}
}

// A form comes as JSON, as text and as a page.
func TestForms(t *testing.T) {
	s := newSite(t, nil)
	_, hospital := s.partner("Hospital", "contributor")
	const id = "outbreak--00000000-0000-4000-8000-000000000001"
	s.ring(outbreak.KindRaised, outbreak.Outbreak{ID: id, Status: outbreak.Open})
	var opened duty.Duty
	s.must("POST", "/duties", hospital, map[string]any{"template": "nis2", "outbreak": id, "aware_at": time.Now()}, &opened)
	path := "/duties/" + string(opened.ID) + "/stages/early-warning"
	for query, want := range map[string]struct{ media, has string }{
		"":             {"application/json", `"text":"Hospital (healthcare, GB)"`},
		"?format=json": {"application/json", `"number":0`},
		"?format=text": {"text/plain", "Hospital (healthcare, GB)\n"},
		"?format=html": {"text/html", "<p>Hospital (healthcare, GB)</p>"},
	} {
		got := s.call("GET", path+query, hospital, "", nil)
		if got.Code != http.StatusOK || !strings.HasPrefix(got.Header().Get("Content-Type"), want.media) || !strings.Contains(got.Body.String(), want.has) {
			t.Errorf("%s: %d %s\n%s", query, got.Code, got.Header().Get("Content-Type"), got.Body)
		}
	}
	if got := s.call("GET", path+"?format=pdf", hospital, "", nil); got.Code != http.StatusUnprocessableEntity && got.Code != http.StatusBadRequest {
		t.Errorf("as PDF: %d", got.Code)
	}
}

// What was reported for an outbreak that was merged counts for the one that goes on.
func TestImpactOfMergedOutbreaks(t *testing.T) {
	s := newSite(t, nil)
	_, hospital := s.partner("Hospital", "contributor")
	ids := []string{"outbreak--00000000-0000-4000-8000-000000000001", "outbreak--00000000-0000-4000-8000-000000000002", "outbreak--00000000-0000-4000-8000-000000000003"}
	for _, id := range ids {
		s.ring(outbreak.KindRaised, outbreak.Outbreak{ID: id, Status: outbreak.Open})
	}
	report := func(id, country string, hosts int) {
		s.must("POST", "/impact", hospital, map[string]any{"outbreak": id, "country": country, "criticality": "essential", "infected": map[string]int{"hosts": hosts}}, nil)
	}
	report(ids[2], "GB", 7)
	s.ring(outbreak.KindMerged, outbreak.Outbreak{ID: ids[2], Status: outbreak.Merged, Into: ids[1]})
	s.ring(outbreak.KindMerged, outbreak.Outbreak{ID: ids[1], Status: outbreak.Merged, Into: ids[0]})
	report(ids[2], "FR", 2)
	for _, id := range ids {
		var board impact.Board
		s.must("GET", "/impact/"+id, hospital, nil, &board)
		if board.Outbreak != ids[0] || len(board.Own) != 2 || board.Own[0].Country != "FR" || board.Own[0].Outbreak != ids[0] || board.Own[1].Infected.Hosts != 7 {
			t.Errorf("%s: %+v", id, board)
		}
	}
}
