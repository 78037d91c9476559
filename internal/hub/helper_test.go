package hub_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/hub"
)

const adminToken = "administrator-of-the-test"

// running is a hub on free ports, and what a caller needs.
type running struct {
	*hub.Hub
	t   testing.TB
	dir string
}

// startHub starts a hub on a data directory, a new one if dir is empty.
func startHub(t testing.TB, dir string, change ...func(*hub.Config)) *running {
	t.Helper()
	if dir == "" {
		dir = t.TempDir()
	}
	cfg := hub.Config{
		Data: dir, Listen: "127.0.0.1:0", DNSListen: "127.0.0.1:0", Sinkhole: "127.0.0.1:0",
		AdminToken: adminToken, Logger: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, c := range change {
		c(&cfg)
	}
	h, err := hub.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{Hub: h, t: t, dir: dir}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("close the hub: %v", err)
		}
	})
	return r
}

type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends one request; a token of "" sends none.
func (r *running) call(method, path, token, mediaType string, body io.Reader) answer {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.URL()+path, body)
	if err != nil {
		r.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	return r.do(request)
}

// do sends a request and reads the answer to its end.
func (r *running) do(request *http.Request) answer {
	r.t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// post sends JSON and wants the status.
func (r *running) post(path, token string, in any, want int) answer {
	r.t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		r.t.Fatal(err)
	}
	a := r.call(http.MethodPost, path, token, "application/json", bytes.NewReader(text))
	if a.status != want {
		r.t.Fatalf("POST %s: status %d, want %d: %s", path, a.status, want, a.body)
	}
	return a
}

// get wants 200 and reads the JSON into out.
func (r *running) get(path, token string, out any) {
	r.t.Helper()
	a := r.call(http.MethodGet, path, token, "", nil)
	if a.status != http.StatusOK {
		r.t.Fatalf("GET %s: status %d: %s", path, a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), out); err != nil {
		r.t.Fatalf("GET %s: %v in %s", path, err, a.body)
	}
}

// partner lets a partner in and gives its id and a token of the role.
func (r *running) partner(name, sector, country, role string) (id, token string) {
	r.t.Helper()
	var p struct {
		ID string `json:"id"`
	}
	r.decode(r.post("/api/v1/partners", adminToken, map[string]string{"name": name, "sector": sector, "country": country, "kind": "operator"}, http.StatusCreated), &p)
	return p.ID, r.token(p.ID, role)
}

func (r *running) token(partner, role string) string {
	r.t.Helper()
	var issued struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	}
	r.decode(r.post("/api/v1/tokens", adminToken, map[string]string{"partner": partner, "role": role}, http.StatusCreated), &issued)
	if issued.ID == "" || issued.Token == "" {
		r.t.Fatalf("a token was issued without id or secret: %+v", issued)
	}
	return issued.Token
}

func (r *running) decode(a answer, out any) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(a.body), out); err != nil {
		r.t.Fatalf("%v in %s", err, a.body)
	}
}

// entries is how many the ledger has.
func (r *running) entries() uint64 {
	r.t.Helper()
	head, err := r.Views.Ledger.Head(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return uint64(head.Seq)
}
