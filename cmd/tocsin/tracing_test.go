package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/tocsin-project/tocsin/internal/dial"
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
	config := filepath.Join(t.TempDir(), "hub.toml")
	if err := os.WriteFile(config, []byte("[dial]\nallow = [\"127.0.0.0/8\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := serving(launchHub("", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + server.URL, "TOCSIN_ADMIN_TOKEN=" + administrator}, filepath.Join(t.TempDir(), "data"), "--config", config))
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

// Traces go where the dial policy allows, and nowhere else: the hub serves on, and says
// what to do.
func TestTracesObeyTheDialPolicy(t *testing.T) {
	var reached atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer server.Close()
	p, err := serving(launchHub("", []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + server.URL, "TOCSIN_ADMIN_TOKEN=" + administrator}, filepath.Join(t.TempDir(), "data")))
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()
	caller{p.url, administrator}.ask(t, http.MethodGet, "/api/v1/partners", "", http.StatusOK)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("the collector was reached %d times", n)
	}
	if said := p.log.String(); !strings.Contains(said, "were not sent") || !strings.Contains(said, "put 127.0.0.1 into allow under [dial]") {
		t.Errorf("the log says nothing of it: %s", said)
	}
}

// Variables of the exporter that are wrong are said at the start.
func TestVariablesOfTheExporter(t *testing.T) {
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_TIMEOUT": "soon", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "-1",
		"OTEL_EXPORTER_OTLP_CERTIFICATE": filepath.Join(t.TempDir(), "missing.pem"), "OTEL_EXPORTER_OTLP_CLIENT_KEY": "only.key",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			if _, err := collectorClient(dial.Config{}); err == nil {
				t.Errorf("%s=%s is taken", name, value)
			}
		})
	}
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1500")
	if c, err := collectorClient(dial.Config{}); err != nil || c.Timeout != 1500*time.Millisecond {
		t.Errorf("%v, %v", c, err)
	}
}
