package hub_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/hub"
)

// fakeDisk is a disk of a tebibyte of which a test says what is free.
type fakeDisk struct{ free atomic.Uint64 }

func (d *fakeDisk) set(free uint64) { d.free.Store(free) }

func (d *fakeDisk) measure(string) (headroom.Space, error) {
	return headroom.Space{Free: d.free.Load(), Total: 1 << 40}, nil
}

// While the disk is low nothing that can come later is taken, everything is served,
// what takes something back goes on, and when there is room again so does the rest.
func TestALowDisk(t *testing.T) {
	disk := &fakeDisk{}
	disk.set(1 << 39)
	h := startHub(t, "", func(c *hub.Config) { c.Space = disk.measure })
	_, cert := h.partner("CERT", "government", "GB", "coordinator")
	client := h.taxii(cert)
	collection := h.community(client)
	h.post("/api/v1/protections", cert, map[string]string{"value": "evil.example", "polarity": "block", "reason": "a test"}, http.StatusCreated)
	contribute := func(name string) answer {
		return h.call(http.MethodPost, "/api/v1/contributions", cert, "text/plain", strings.NewReader(name+"\n"))
	}
	if a := contribute("before.example"); a.status != http.StatusCreated {
		t.Fatalf("before: %d %s", a.status, a.body)
	}
	refused := func(what string, a answer) {
		t.Helper()
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") != "60" || !strings.Contains(a.body, "disk is nearly full") {
			t.Errorf("%s: status %d, Retry-After %q: %s", what, a.status, a.header.Get("Retry-After"), a.body)
		}
	}

	disk.set(300 << 20) // less than 512 MiB, more than a quarter of it
	h.until("the hub follows its disk", func() bool {
		return strings.Contains(h.call(http.MethodGet, "/readyz", "", "", nil).body, "nearly full")
	})
	entries := h.entries()
	refused("a contribution", contribute("low.example"))
	_, object := indicator(1, "")
	refused("TAXII", h.call(http.MethodPost, strings.TrimPrefix(collection, h.URL())+"objects/", cert, "application/taxii+json;version=2.1", strings.NewReader(`{"objects":[`+string(object)+`]}`)))
	if n := h.entries(); n != entries {
		t.Errorf("%d entries were appended", n-entries)
	}
	for _, path := range []string{"/api/v1/search?q=before.example", "/feeds/block.txt", "/api/v1/stream?follow=false"} {
		if a := h.call(http.MethodGet, path, cert, "", nil); a.status != http.StatusOK || a.body == "" {
			t.Errorf("GET %s: status %d: %s", path, a.status, a.body)
		}
	}
	h.post("/api/v1/protections", cert, map[string]string{"value": "worse.example", "polarity": "block", "reason": "a test"}, http.StatusCreated)
	h.post("/api/v1/calls", cert, map[string]string{"title": "Analysts wanted"}, http.StatusCreated) // an act of a person is taken still

	disk.set(1 << 20) // less than a quarter
	h.until("the hub follows its disk", func() bool {
		a := h.call(http.MethodPost, "/api/v1/calls", cert, "application/json", strings.NewReader(`{"title":"Analysts wanted"}`))
		return a.status == http.StatusServiceUnavailable && strings.Contains(a.body, "disk is nearly full")
	})
	h.post("/api/v1/protections/recall", cert, map[string]string{"value": "evil.example", "reason": "a mistake"}, http.StatusOK)
	if err := h.WaitPublished(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := h.call(http.MethodGet, "/feeds/domains.txt", cert, "", nil); strings.Contains(a.body, "evil.example") || !strings.Contains(a.body, "worse.example") {
		t.Errorf("after the recall on a full disk the feed holds: %s", a.body)
	}

	disk.set(1 << 39)
	h.until("the hub follows its disk", func() bool { return contribute("after.example").status == http.StatusCreated })
	if m := h.metrics(adminToken); m[`tocsin_appends_refused_total{reason="disk low"}`] == "0" {
		t.Error("what was refused is not counted")
	}
}
