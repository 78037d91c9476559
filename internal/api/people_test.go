package api_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// sealing keeps personal data under keys of their own, as a hub does.
func sealing(t *testing.T) func(ledger.Ledger) ledger.Ledger {
	return func(l ledger.Ledger) ledger.Ledger {
		keys, err := sealed.OpenKeys(filepath.Join(t.TempDir(), "keys"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := sealed.Open(context.WithoutCancel(t.Context()), l, keys, access.KindPersonal)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = keys.Close() }) // the site closes the ledger behind it
		return s
	}
}

type invitation struct {
	ID        string `json:"id"`
	Enrolment string `json:"enrolment"`
}

type listedPerson struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Left    string   `json:"left"`
	Methods []string `json:"methods"`
	Invited string   `json:"invited_until"`
}

func (s *site) people(token string) []listedPerson {
	s.t.Helper()
	var list struct {
		People []listedPerson `json:"people"`
	}
	s.must("GET", "/people", token, nil, &list)
	return list.People
}

func TestPeople(t *testing.T) {
	s := newSite(t, sealing(t))
	clinic, coordinator := s.partner("Clinic 01", "coordinator")
	bank, other := s.partner("Bank 01", "coordinator")
	var first, teller, root invitation
	s.must("POST", "/people", coordinator, map[string]string{"partner": clinic, "name": "First", "email": "first@clinic.example", "role": "analyst"}, &first)
	s.must("POST", "/people", adminToken, map[string]string{"partner": bank, "name": "Teller", "email": "t@bank.example", "role": "viewer"}, &teller)
	s.must("POST", "/people", adminToken, map[string]string{"partner": "hub", "name": "Root", "email": "root@hub.example", "role": "administrator"}, &root)
	if p, ok := s.views.Access.Enrolment(first.Enrolment); !ok || p.ID != first.ID {
		t.Errorf("the secret enrols %+v, %t", p, ok)
	}
	if got := s.people(coordinator); len(got) != 1 || got[0].Name != "First" || got[0].Invited == "" || len(got[0].Methods) != 0 {
		t.Errorf("the coordinator is shown %+v", got)
	}
	if got := s.people(adminToken); len(got) != 3 {
		t.Errorf("the administrator is shown %+v", got)
	}
	var again invitation
	if s.must("POST", "/people/"+first.ID+"/invitation", coordinator, nil, &again); again.Enrolment == first.Enrolment {
		t.Error("the second invitation has the first one's secret")
	}
	if _, ok := s.views.Access.Enrolment(first.Enrolment); ok {
		t.Error("the first invitation still works")
	}
	none := "person--00000000-0000-4000-8000-000000000000"
	for _, c := range []struct {
		method, path, token, body string
		status                    int
	}{
		{"POST", "/people", coordinator, `{"partner":"` + bank + `","name":"X","email":"x@bank.example","role":"viewer"}`, 403},
		{"POST", "/people", coordinator, `{"partner":"` + clinic + `","name":"X","email":"x@clinic.example","role":"administrator"}`, 403},
		{"POST", "/people", coordinator, `{"partner":"` + clinic + `","name":"X","email":"FIRST@clinic.example","role":"viewer"}`, 409},
		{"POST", "/people", coordinator, `{"partner":"` + clinic + `","name":"X","email":"no address","role":"viewer"}`, 400},
		{"PATCH", "/people/" + first.ID, other, `{"name":"X"}`, 404},
		{"PATCH", "/people/" + first.ID, coordinator, `{"role":"coordinator"}`, 200},
		{"POST", "/people/" + first.ID + "/departure", other, `{"reason":"x"}`, 404},
		{"POST", "/people/" + first.ID + "/departure", coordinator, `{"reason":""}`, 400},
		{"POST", "/people/" + first.ID + "/erasure", coordinator, `{"reason":"x"}`, 403},
		{"POST", "/people/" + none + "/erasure", adminToken, `{"reason":"x"}`, 404},
		{"POST", "/people/" + teller.ID + "/departure", other, `{"reason":"moved"}`, 204},
		{"POST", "/people/" + teller.ID + "/departure", other, `{"reason":"moved"}`, 409},
	} {
		if got := s.call(c.method, c.path, c.token, "application/json", strings.NewReader(c.body)); got.Code != c.status {
			t.Errorf("%s %s %s: %d %s, want %d", c.method, c.path, c.body, got.Code, got.Body, c.status)
		}
	}
	hidden := s.call("PATCH", "/people/"+first.ID, other, "application/json", strings.NewReader(`{"name":"X"}`)).Body.String()
	absent := s.call("PATCH", "/people/"+none, other, "application/json", strings.NewReader(`{"name":"X"}`)).Body.String()
	if strings.ReplaceAll(hidden, first.ID, none) != absent {
		t.Errorf("a hidden person answers %s, one that is not there %s", hidden, absent)
	}
	for token, told := range map[string]bool{coordinator: false, adminToken: false} {
		if text := s.call("GET", "/stream?follow=false", token, "", nil).Body.String(); strings.Contains(text, "person") != told {
			t.Errorf("the stream tells of people: %s", text)
		}
	}
}

// Erased is erased: from the lists, from the audit, and from the ledger's
// bytes; the chain is whole, and asking again is no mistake.
func TestPeopleAreErased(t *testing.T) {
	var plain ledger.Ledger
	seal := sealing(t)
	s := newSite(t, func(l ledger.Ledger) ledger.Ledger { plain = l; return seal(l) })
	clinic, coordinator := s.partner("Clinic 01", "coordinator")
	var first invitation
	s.must("POST", "/people", coordinator, map[string]string{"partner": clinic, "name": "Adalove", "email": "adalove@clinic.example", "role": "viewer"}, &first)
	s.must("PATCH", "/people/"+first.ID, coordinator, map[string]string{"name": "Adalove II"}, nil)
	if text := s.call("GET", "/audit?kind=person", adminToken, "", nil).Body.String(); !strings.Contains(text, "Adalove II") {
		t.Fatalf("the audit does not tell of the person: %s", text)
	}
	for range 2 {
		s.must("POST", "/people/"+first.ID+"/erasure", adminToken, map[string]string{"reason": "asked for"}, nil)
	}
	text := s.call("GET", "/audit", adminToken, "", nil).Body.String()
	if strings.Contains(text, "dalove") || !strings.Contains(text, `"erased":true`) || !strings.Contains(text, "person.erased") || !strings.Contains(text, "asked for") {
		t.Errorf("the audit says %s", text)
	}
	if got := s.people(adminToken); len(got) != 0 {
		t.Errorf("people: %+v", got)
	}
	personal := 0
	for e, err := range plain.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(e.Body), "dalove") {
			t.Errorf("entry %d (%s) still says %s", e.Seq, e.Kind, e.Body)
		}
		if access.KindPersonal(e.Kind) {
			personal++
		}
	}
	if report, err := s.views.Ledger.Check(t.Context()); err != nil || len(report.Damage) > 0 || personal != 3 {
		t.Errorf("the ledger with %d personal entries: %+v, %v", personal, report, err)
	}
}

// A ledger without keys cannot erase, and says so before it says that it did.
func TestErasureNeedsKeys(t *testing.T) {
	s := newSite(t, nil)
	clinic, _ := s.partner("Clinic 01", "viewer")
	var first invitation
	s.must("POST", "/people", adminToken, map[string]string{"partner": clinic, "name": "First", "email": "first@clinic.example", "role": "viewer"}, &first)
	got := s.call("POST", "/people/"+first.ID+"/erasure", adminToken, "application/json", strings.NewReader(`{"reason":"asked for"}`))
	if got.Code != http.StatusNotImplemented || isProblem(got) != nil || len(s.people(adminToken)) != 1 {
		t.Errorf("%d %s; left are %+v", got.Code, got.Body, s.people(adminToken))
	}
}
