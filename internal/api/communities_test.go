package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestCommunitiesAreKnownToTheirMembers(t *testing.T) {
	s := newSite(t, nil)
	clinic, member := s.partner("Clinic 01", "coordinator")
	bank, outsider := s.partner("Bank 01", "coordinator")
	s.must("POST", "/communities", adminToken, map[string]string{"id": "health", "title": "Ward circle", "policy": "no press"}, nil)
	s.must("PUT", "/communities/health/members/"+clinic, adminToken, nil, nil)
	before, err := s.views.Ledger.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.must("PUT", "/communities/health/members/"+clinic, adminToken, nil, nil)
	if after, err := s.views.Ledger.Head(t.Context()); err != nil || after != before {
		t.Errorf("a member that joined again changed the ledger: %v", err)
	}
	s.must("POST", "/collections", adminToken, map[string]any{"community": "health", "title": "Ward indicators"}, nil)
	for token, want := range map[string]bool{member: true, outsider: false, adminToken: true} {
		for _, path := range []string{"/communities", "/collections", "/stream?follow=false"} {
			if token == adminToken && strings.HasPrefix(path, "/stream") {
				continue // the administrator is no member, and is told by the lists
			}
			got := s.call("GET", path, token, "", nil)
			if got.Code != http.StatusOK || strings.Contains(got.Body.String(), "Ward") != want {
				t.Errorf("GET %s: %d; it may know of the community: %t; %s", path, got.Code, want, got.Body)
			}
		}
	}
	var me struct {
		Communities []string `json:"communities"`
	}
	if s.must("GET", "/me", member, nil, &me); len(me.Communities) != 2 {
		t.Errorf("the member is of %v", me.Communities)
	}
	// Hidden and unknown are answered alike.
	hidden := s.call("DELETE", "/communities/health/members/"+bank, outsider, "", nil)
	unknown := s.call("DELETE", "/communities/nobody/members/"+bank, outsider, "", nil)
	if hidden.Code != http.StatusNotFound || strings.ReplaceAll(hidden.Body.String(), "health", "nobody") != unknown.Body.String() {
		t.Errorf("a hidden community answers %d %s, one that is not there %d %s", hidden.Code, hidden.Body, unknown.Code, unknown.Body)
	}
	for _, c := range []struct {
		method, path, token string
		status              int
	}{
		{"PUT", "/communities/health/members/" + bank, member, http.StatusForbidden},
		{"DELETE", "/communities/health/members/" + bank, member, http.StatusForbidden},
		{"DELETE", "/communities/default/members/" + clinic, member, http.StatusConflict},
		{"PUT", "/communities/health/members/identity--none", adminToken, http.StatusNotFound},
		{"PUT", "/communities/nobody/members/" + bank, adminToken, http.StatusNotFound},
		{"POST", "/communities", member, http.StatusForbidden},
		{"DELETE", "/collections/none", adminToken, http.StatusNotFound},
		{"DELETE", "/collections/none", member, http.StatusForbidden},
		{"DELETE", "/communities/health/members/" + clinic, member, http.StatusNoContent},
		{"DELETE", "/communities/health/members/" + clinic, adminToken, http.StatusNotFound},
	} {
		body := ""
		if c.method == "POST" {
			body = `{"id":"x1","title":"x"}`
		}
		if got := s.call(c.method, c.path, c.token, "application/json", strings.NewReader(body)); got.Code != c.status {
			t.Errorf("%s %s: %d %s, want %d", c.method, c.path, got.Code, got.Body, c.status)
		}
	}
	if got := s.call("GET", "/communities", member, "", nil); strings.Contains(got.Body.String(), "Ward") {
		t.Errorf("who left still knows: %s", got.Body)
	}
}

func TestOnlyTheTwoKnowOfAListing(t *testing.T) {
	s := newSite(t, nil)
	firm, contributor := s.partner("Firm 01", "contributor")
	clinic, client := s.partner("Clinic 01", "viewer")
	_, other := s.partner("Bank 01", "coordinator")
	s.must("PUT", "/clients/"+clinic, contributor, nil, nil)
	s.must("PUT", "/clients/"+clinic, contributor, nil, nil)
	type listing struct {
		Clients  []string `json:"clients"`
		ClientOf []string `json:"client_of"`
	}
	for _, c := range []struct {
		token, query      string
		clients, clientOf int
	}{{contributor, "", 1, 0}, {client, "", 0, 1}, {other, "", 0, 0}, {adminToken, "?partner=" + firm, 1, 0}} {
		var got listing
		if s.must("GET", "/clients"+c.query, c.token, nil, &got); len(got.Clients) != c.clients || len(got.ClientOf) != c.clientOf {
			t.Errorf("%q is shown %+v, want %d clients and %d that list it", c.query, got, c.clients, c.clientOf)
		}
	}
	for token, told := range map[string]bool{contributor: true, client: true, other: false} {
		text := s.call("GET", "/stream?follow=false", token, "", nil).Body.String()
		if strings.Contains(text, "client.listed") != told {
			t.Errorf("on the stream it is told: %t, want %t", !told, told)
		}
	}
	for _, c := range []struct {
		method, path, token string
		status              int
	}{
		{"GET", "/clients?partner=" + firm, other, http.StatusForbidden},
		{"PUT", "/clients/" + firm, client, http.StatusForbidden},
		{"PUT", "/clients/" + firm, adminToken, http.StatusForbidden},
		{"PUT", "/clients/" + firm, contributor, http.StatusBadRequest},
		{"PUT", "/clients/identity--none", contributor, http.StatusNotFound},
		{"DELETE", "/clients/" + clinic, contributor, http.StatusNoContent},
		{"DELETE", "/clients/" + clinic, contributor, http.StatusNotFound},
	} {
		if got := s.call(c.method, c.path, c.token, "", nil); got.Code != c.status {
			t.Errorf("%s %s: %d %s, want %d", c.method, c.path, got.Code, got.Body, c.status)
		}
	}
}
