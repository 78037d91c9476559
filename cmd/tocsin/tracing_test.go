package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// With a collector in the environment what comes in is followed through its steps, and
// no step says what it was about.
func TestTraces(t *testing.T) {
	var mu sync.Mutex
	var all strings.Builder
	spans := map[string]*trace.Span{} // the last of each name
	named := map[string]string{}      // by id
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		var sent collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(text, &sent)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL, err)
		}
		mu.Lock()
		defer mu.Unlock()
		all.Write(text)
		for _, resource := range sent.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, s := range scope.Spans {
					spans[s.Name] = s
					named[string(s.SpanId)] = s.Name
				}
			}
		}
	}))
	defer server.Close()
	p, err := serving(launchHub("", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + server.URL, "TOCSIN_ADMIN_TOKEN=" + administrator}, filepath.Join(t.TempDir(), "data")))
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()
	admin := caller{p.url, administrator}
	_, callers := admin.partner(t, "Hidden Clinic", "healthcare", "GB", "coordinator")
	if status, text, err := callers[0].call(t.Context(), http.MethodPost, "/api/v1/contributions?tlp=red", "text/plain", "hidden-marker.example\n"); err != nil || status != http.StatusCreated {
		t.Fatalf("contribute: %d %v %s", status, err, text)
	}
	callers[0].ask(t, http.MethodPost, "/api/v1/protections", `{"value":"hidden-marker.example","polarity":"block","reason":"hidden reason"}`, http.StatusCreated)
	callers[0].ask(t, http.MethodGet, "/api/v1/search?q=hidden-marker", "", http.StatusOK)
	if err := p.stop(); err != nil { // which sends what waits
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for step, under := range map[string]string{"POST api": "", "GET api": "", "append": "POST api", "fold": "POST api", "publish": ""} {
		s := spans[step]
		switch {
		case s == nil:
			t.Errorf("there is no step %q", step)
		case step != "append" && named[string(s.ParentSpanId)] != under: // the hub appends by itself, too
			t.Errorf("%q is under %q, want %q", step, named[string(s.ParentSpanId)], under)
		case s.EndTimeUnixNano < s.StartTimeUnixNano:
			t.Errorf("%q ends before it begins", step)
		}
	}
	for _, hidden := range []string{"hidden", "Hidden", "identity--", "contribution--", "search", administrator} {
		if strings.Contains(all.String(), hidden) {
			t.Errorf("%q stands in the traces", hidden)
		}
	}
}
