package metrics_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/metrics"
)

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("there is no line %q", line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestStateIsWhatIsScraped(t *testing.T) {
	m := metrics.New(func() metrics.State {
		return metrics.State{
			Entries: 10, Folded: 9, Shown: 7, Backlog: 4096, Followers: 3, Blocks: 5, Musts: 1, Unconfirmed: 2, Lagging: 4,
			NoticesWaiting: 6, DiskFree: 1 << 30, DiskReserve: 1 << 29, Ready: true,
		}
	})
	wantLines(t, scrape(t, m),
		"tocsin_ledger_entries_total 10", `tocsin_view_lag_entries{view="memory"} 1`, `tocsin_view_lag_entries{view="catalog"} 3`,
		"tocsin_backlog_bytes 4096", "tocsin_stream_followers 3", `tocsin_protections_in_force{polarity="block"} 5`,
		`tocsin_protections_in_force{polarity="must-resolve"} 1`, "tocsin_protections_unconfirmed 2", "tocsin_receipts_lagging 4",
		"tocsin_notices_waiting 6", "tocsin_disk_free_bytes 1.073741824e+09", "tocsin_accepting 0", "tocsin_ready 1",
	)
}

// A view that is read after the head cannot be ahead of it.
func TestNoViewLagsByLessThanNothing(t *testing.T) {
	m := metrics.New(func() metrics.State { return metrics.State{Entries: 1, Folded: 2, Shown: 3} })
	wantLines(t, scrape(t, m), `tocsin_view_lag_entries{view="memory"} 0`, `tocsin_view_lag_entries{view="catalog"} 0`)
}

func TestAppends(t *testing.T) {
	m := metrics.New(func() metrics.State { return metrics.State{} })
	m.Appended(3 * time.Millisecond)
	m.Appended(time.Minute)
	m.Refused(metrics.DiskLow)
	m.HungUp()
	wantLines(t, scrape(t, m),
		`tocsin_append_seconds_bucket{le="0.0025"} 0`, `tocsin_append_seconds_bucket{le="0.005"} 1`, `tocsin_append_seconds_bucket{le="+Inf"} 2`,
		`tocsin_appends_refused_total{reason="disk low"} 1`, `tocsin_appends_refused_total{reason="unavailable"} 0`, "tocsin_connections_refused_total 1",
	)
}

func TestRequestsByWhatBecameOfThem(t *testing.T) {
	m := metrics.New(func() metrics.State { return metrics.State{} })
	server := httptest.NewServer(m.Requests(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch q := r.URL.Query(); {
		case q.Has("panic"):
			panic(http.ErrAbortHandler)
		case q.Has("file"):
			_, _ = w.(io.ReaderFrom).ReadFrom(strings.NewReader("text"))
		case q.Has("status"):
			var status int
			_, _ = fmt.Sscan(q.Get("status"), &status)
			w.WriteHeader(status)
		}
	})))
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // which would try what was broken off again
	for _, path := range []string{
		"/api/v1/partners", "/api/v1/partners?status=404", "/api/v1/stream?status=401", "/taxii2/?status=503", "/feeds/block.txt?status=429",
		"/log/checkpoint?file", "/outbreaks?status=500", "/?panic", "/readyz", "/dossiers/x.zip?status=403",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := client.Do(request); err == nil {
			_ = answer.Body.Close()
		}
	}
	server.Close() // returns when all handlers have
	counted := func(surface, outcome string) string {
		return fmt.Sprintf(`tocsin_http_requests_total{outcome=%q,surface=%q} 1`, outcome, surface)
	}
	wantLines(t, scrape(t, m),
		counted("api", "answered"), counted("api", "invalid"), counted("stream", "forbidden"), counted("taxii", "unavailable"),
		counted("feeds", "limited"), counted("log", "answered"), counted("health", "answered"), counted("pages", "forbidden"),
		`tocsin_http_requests_total{outcome="failed",surface="pages"} 2`,
	)
}
