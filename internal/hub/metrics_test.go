package hub_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/hub"
)

// metrics reads /metrics into values by series.
func (r *running) metrics(token string) map[string]string {
	r.t.Helper()
	a := r.call(http.MethodGet, "/metrics", token, "", nil)
	if a.status != http.StatusOK {
		r.t.Fatalf("GET /metrics: status %d: %s", a.status, a.body)
	}
	series := map[string]string{}
	for line := range strings.Lines(a.body) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(line, "#") {
			at := strings.LastIndex(line, " ")
			name, value = line[:at], strings.TrimSpace(line[at:])
			series[name] = value
		}
	}
	return series
}

func TestMetricsAreForAdministrators(t *testing.T) {
	h := startHub(t, "")
	var confined struct {
		Token string `json:"token"`
	}
	h.decode(h.post("/api/v1/tokens", adminToken, map[string]any{"partner": "hub", "role": "administrator", "scopes": []string{"metrics:read"}}, http.StatusCreated), &confined)
	_, coordinator := h.partner("Bank", "financial-services", "GB", "coordinator")
	for who, c := range map[string]struct {
		token  string
		status int
	}{
		"nobody":                     {"", http.StatusUnauthorized},
		"a stranger":                 {"tocsin_nothing", http.StatusUnauthorized},
		"a coordinator":              {coordinator, http.StatusForbidden},
		"an administrator":           {adminToken, http.StatusOK},
		"a token for it and no more": {confined.Token, http.StatusOK},
	} {
		if a := h.call(http.MethodGet, "/metrics", c.token, "", nil); a.status != c.status {
			t.Errorf("%s: status %d, want %d: %s", who, a.status, c.status, a.body)
		}
	}
	if a := h.call(http.MethodGet, "/api/v1/partners", confined.Token, "", nil); a.status != http.StatusForbidden {
		t.Errorf("the token for metrics opens the API: status %d", a.status)
	}
	if a := h.call(http.MethodPost, "/metrics", adminToken, "", nil); a.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", a.status)
	}
}

func TestMetricsSayWhatHappens(t *testing.T) {
	h := startHub(t, "")
	_, cert := h.partner("CERT", "government", "GB", "coordinator")
	h.post("/api/v1/protections", cert, map[string]string{"value": "evil.example", "polarity": "block", "reason": "a test"}, http.StatusCreated)
	h.call(http.MethodGet, "/api/v1/partners", "tocsin_nothing", "", nil)
	head, err := h.Views.WaitSettled(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := h.metrics(adminToken)
	for series, want := range map[string]string{
		`tocsin_protections_in_force{polarity="block"}`: "1", "tocsin_protections_unconfirmed": "0",
		`tocsin_view_lag_entries{view="memory"}`: "0", `tocsin_view_lag_entries{view="catalog"}`: "0",
		"tocsin_accepting": "1", "tocsin_ready": "1", "tocsin_stream_followers": "0", "tocsin_public_log_failing": "0",
		`tocsin_http_requests_total{outcome="forbidden",surface="api"}`: "1",
	} {
		if m[series] != want {
			t.Errorf("%s is %q, want %q", series, m[series], want)
		}
	}
	if m["tocsin_ledger_entries_total"] == "0" || m["tocsin_append_seconds_count"] == "0" || head.Seq == 0 {
		t.Errorf("%s entries, %s appends, the head is %d", m["tocsin_ledger_entries_total"], m["tocsin_append_seconds_count"], head.Seq)
	}
	if m["process_resident_memory_bytes"] == "" || m["tocsin_disk_free_bytes"] == "0" {
		t.Errorf("memory %q, disk %q", m["process_resident_memory_bytes"], m["tocsin_disk_free_bytes"])
	}
}

// What partners share is in none of the metrics, under whatever marking.
func TestMetricsNameNobodyAndNothing(t *testing.T) {
	h := startHub(t, "")
	id, token := h.partner("Hidden Clinic", "healthcare", "GB", "contributor")
	if a := h.call(http.MethodPost, "/api/v1/contributions?tlp=red", token, "text/plain", strings.NewReader("hidden-marker.example\n")); a.status != http.StatusCreated {
		t.Fatalf("contribute: %d %s", a.status, a.body)
	}
	text := h.call(http.MethodGet, "/metrics", adminToken, "", nil).body
	for _, hidden := range []string{id, "Hidden", "hidden-marker", "healthcare", `"red"`, "tocsin_case", `"default"`} {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "tocsin_") && strings.Contains(line, hidden) {
				t.Errorf("%q stands in %s", hidden, line)
			}
		}
	}
}

var metricName = regexp.MustCompile(`\b(tocsin|process|go)_[a-z_]+\b`)

// Every metric that the Grafana dashboard names is one that a hub gives.
func TestTheDashboardsMetricsExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "contrib", "grafana", "tocsin.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		UID    string `json:"uid"`
		Panels []struct {
			ID      int    `json:"id"`
			Title   string `json:"title"`
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	given := map[string]bool{}
	for series := range startHub(t, "").metrics(adminToken) {
		name, _, _ := strings.Cut(series, "{")
		given[name] = true
	}
	ids, shown := map[int]bool{}, map[string]bool{}
	for _, p := range dashboard.Panels {
		if ids[p.ID] || p.Title == "" || len(p.Targets) == 0 {
			t.Errorf("panel %d %q: its number is another's, or it shows nothing", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			names := metricName.FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("panel %q asks for no metric: %s", p.Title, target.Expr)
			}
			for _, name := range names {
				if shown[name] = true; !given[name] {
					t.Errorf("panel %q asks for %s, which no hub gives", p.Title, name)
				}
			}
		}
	}
	for name := range given {
		if bare := strings.TrimSuffix(strings.TrimSuffix(name, "_sum"), "_count"); strings.HasPrefix(name, "tocsin_") && !shown[name] && !shown[bare+"_bucket"] {
			t.Errorf("%s is on no panel", name)
		}
	}
}

func TestReadinessSaysWhatIsAmiss(t *testing.T) {
	disk := &fakeDisk{}
	disk.set(1 << 40)
	h := startHub(t, "", func(c *hub.Config) { c.Space = disk.measure })
	if _, err := h.Views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.until("the hub follows its disk", func() bool { return h.call(http.MethodGet, "/readyz", "", "", nil).body == "ready\n" })
	disk.set(0)
	h.until("the hub follows its disk", func() bool {
		a := h.call(http.MethodGet, "/readyz", "", "", nil)
		return a.status == http.StatusOK && strings.Contains(a.body, "the disk is nearly full")
	})
	if m := h.metrics(adminToken); m["tocsin_accepting"] != "0" || m["tocsin_ready"] != "1" {
		t.Errorf("accepting %s, ready %s", m["tocsin_accepting"], m["tocsin_ready"])
	}
}
