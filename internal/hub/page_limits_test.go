package hub_test

import (
	"net/http"
	"testing"

	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
)

// The hub's limits hold for its pages as they do for its API, each for itself.
func TestPagesAreLimited(t *testing.T) {
	h := startHub(t, "", func(c *hub.Config) {
		c.Limits = ratelimit.Config{Guests: ratelimit.Rate{PerSecond: 0.001, Burst: 3}}
	})
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		got := h.call("GET", "/sign-in", "", "", nil)
		if got.status != want || (got.header.Get("Retry-After") != "") != (want != http.StatusOK) {
			t.Errorf("page %d: status %d, want %d", i, got.status, want)
		}
	}
	if got := h.call("GET", "/api/v1/me", adminToken, "", nil); got.status != http.StatusOK {
		t.Errorf("the API: status %d", got.status)
	}
}
