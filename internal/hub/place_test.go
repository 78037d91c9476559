package hub_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// An alarm needs two sectors or two countries. They are those that the hub
// knows of the partners, whatever a report says of itself.
func TestAReportCannotClaimAnotherPlace(t *testing.T) {
	h := startHub(t, "")
	report := func(token, sector, country string, n int) {
		h.post("/api/v1/sightings", token, map[string]any{
			"id": fmt.Sprintf("report-%d", n), "sector": sector, "country": country,
			"sightings": []map[string]any{{
				"type": "domain-name", "value": "suspect.example", "basis": "suspect", "count": 3, "hosts": 3 + n, // copies would be one voice's
				"first_seen": "2017-05-12T07:24:00Z", "last_seen": "2017-05-12T07:25:00Z",
			}},
		}, http.StatusCreated)
	}
	alarms := func() int {
		var answer struct {
			Outbreaks []outbreak.Outbreak `json:"outbreaks"`
		}
		if err := h.Views.WaitDecided(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.get("/api/v1/outbreaks", adminToken, &answer)
		return len(answer.Outbreaks)
	}
	_, first := h.partner("Power grid 01", "energy", "NZ", "contributor")
	_, second := h.partner("Power grid 02", "energy", "NZ", "contributor")
	_, third := h.partner("Hospital trust 01", "healthcare", "GB", "contributor")
	report(first, "healthcare", "GB", 1)
	report(second, "telecommunications", "ES", 2)
	if n := alarms(); n != 0 {
		t.Errorf("two partners of one sector and country, claiming others, raised %d alarms", n)
	}
	report(third, "energy", "NZ", 3)
	if n := alarms(); n != 1 {
		t.Errorf("a partner of another sector and country, claiming theirs, raised %d alarms, want 1", n)
	}
}
