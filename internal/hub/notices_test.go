package hub_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/go-json-experiment/json"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// mailbox is a real SMTP server that gives what it takes to a channel.
type mailbox chan string

func (m mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return m, nil }
func (m mailbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (m mailbox) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (m mailbox) Reset()                                      {}
func (m mailbox) Logout() error                               { return nil }

func (m mailbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	m <- string(text)
	return err
}

func startMailbox(t testing.TB) (addr string, m mailbox) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m = make(mailbox, 1000)
	s := smtp.NewServer(m)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return l.Addr().String(), m
}

func ring(h *running) {
	h.post("/api/v1/outbreaks", adminToken, map[string]any{"port": 445, "reason": "hosts scan it"}, http.StatusCreated)
}

// noticed is what a partner's list of notices tells.
type noticed struct {
	Notices []struct {
		ID           string    `json:"id"`
		Topic        string    `json:"topic"`
		Acknowledged time.Time `json:"acknowledged"`
	} `json:"notices"`
}

func TestAnAlarmIsMailedAndAcknowledged(t *testing.T) {
	addr, inbox := startMailbox(t)
	h := startHub(t, "", func(c *hub.Config) {
		c.Notices = deliver.Config{SMTP: "smtp://" + addr, From: "Tocsin <tocsin@hub.example>"}
	})
	_, token := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	h.post("/api/v1/channels", token, map[string]any{"kind": "mail", "target": "soc@hospital.example", "topics": []string{"outbreak"}}, http.StatusCreated)
	ring(h)
	text := next(t, inbox)
	got, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil || !strings.HasPrefix(got.Header.Get("Subject"), "[TLP:GREEN]") || got.Header.Get("To") != "<soc@hospital.example>" {
		t.Fatalf("%v: %s", err, text)
	}
	var list noticed
	h.get("/api/v1/notices?unacknowledged=true", token, &list)
	if len(list.Notices) != 1 || list.Notices[0].Topic != "outbreak" || !strings.Contains(strings.ReplaceAll(text, "=\r\n", ""), list.Notices[0].ID) {
		t.Fatalf("notices %+v, and the mail\n%s", list.Notices, text)
	}
	h.post("/api/v1/notices/acknowledgements", token, map[string]any{"notices": []string{list.Notices[0].ID}}, http.StatusNoContent)
	h.get("/api/v1/notices", token, &list)
	for _, n := range list.Notices {
		if n.Topic == "outbreak" && n.Acknowledged.IsZero() {
			t.Errorf("it is not acknowledged: %+v", n)
		}
	}
	if len(inbox) > 0 {
		t.Errorf("and another mail: %s", <-inbox)
	}
}

func next(t testing.TB, from <-chan string) string {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		return ""
	}
}

func TestWebhooksIntoTheHubsOwnNetwork(t *testing.T) {
	hook := func(target string) map[string]any { return map[string]any{"kind": "webhook", "target": target} }
	h := startHub(t, "")
	_, token := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	for target, why := range map[string]string{
		"https://127.0.0.1/hook": "loopback", "https://169.254.169.254/latest": "cloud metadata", "https://10.1.2.3/hook": "private",
		"https://[::1]/hook": "loopback", "https://[::ffff:127.0.0.1]/hook": "loopback",
	} {
		got := h.post("/api/v1/channels", token, hook(target), http.StatusBadRequest)
		if !strings.Contains(got.body, why) || !strings.Contains(got.body, "[dial]") {
			t.Errorf("%s: %s, want it to say %q and what to do", target, got.body, why)
		}
	}
	h.post("/api/v1/channels", token, hook("https://localhost/hook"), http.StatusCreated) // is refused when it is dialled
	h.post("/api/v1/channels", token, map[string]any{"kind": "mail", "target": "soc@hospital.example"}, http.StatusBadRequest)
	allowing := startHub(t, "", func(c *hub.Config) { c.Dial = dial.Config{Allow: []string{"10.1.2.3"}} })
	_, token = allowing.partner("Hospital 01", "healthcare", "GB", "contributor")
	allowing.post("/api/v1/channels", token, hook("https://10.1.2.3/hook"), http.StatusCreated)
	allowing.post("/api/v1/channels", token, hook("https://10.1.2.4/hook"), http.StatusBadRequest)
}

// hooked is a receiver of webhooks that is down until it is told.
type hooked struct {
	mu   sync.Mutex
	up   bool
	took map[string]int
	came chan string
	key  *standardwebhooks.Webhook
}

func (r *hooked) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !r.up:
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.key.Verify(body, q.Header) != nil:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		r.took[q.Header.Get("Webhook-Id")]++
	}
	r.came <- string(body)
}

// What a receiver could not take reaches it after the hub was ended and started again.
func TestAWebhookOutlivesTheHub(t *testing.T) {
	r := &hooked{took: map[string]int{}, came: make(chan string, 100)}
	server := httptest.NewServer(r)
	defer server.Close()
	dir, bundles := t.TempDir(), t.TempDir()
	settings := func(c *hub.Config) {
		c.Dial = dial.Config{Allow: []string{"127.0.0.1"}}
		c.Notices = deliver.Config{Dir: bundles}
	}
	h := startHub(t, dir, settings)
	id, token := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	var channel struct {
		Secret string `json:"secret"`
	}
	h.decode(h.post("/api/v1/channels", token, map[string]any{"kind": "webhook", "target": server.URL, "topics": []string{"outbreak"}}, http.StatusCreated), &channel)
	h.post("/api/v1/channels", token, map[string]any{"kind": "file", "target": "courier", "topics": []string{"outbreak"}}, http.StatusCreated)
	var err error
	if r.key, err = standardwebhooks.NewWebhook(channel.Secret); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, hub.LedgerFile)); err != nil || strings.Contains(string(text), channel.Secret) {
		t.Errorf("the secret can be read in the ledger's file: %v", err)
	}
	ring(h)
	next(t, r.came) // and is refused
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.up = true
	r.mu.Unlock()
	// The hub waits five seconds before it tries again: its clock is put forward.
	h = startHub(t, dir, settings, func(c *hub.Config) { c.Clock = func() time.Time { return time.Now().Add(time.Minute) } })
	var event deliver.Event
	if err := json.Unmarshal([]byte(next(t, r.came)), &event); err != nil || event.Type != "notice.outbreak" || len(event.Data.Notices) != 1 {
		t.Fatalf("%+v, %v", event, err)
	}
	r.mu.Lock()
	if len(r.took) != 1 {
		t.Errorf("taken %v", r.took)
	}
	for key, n := range r.took {
		if n != 1 {
			t.Errorf("%s was taken %d times", key, n)
		}
	}
	r.mu.Unlock()
	checkBundle(t, h, filepath.Join(bundles, id, "courier"), id, token)
}

// checkBundle opens the one that was written beside.
func checkBundle(t *testing.T, h *running, dir, partner, token string) {
	t.Helper()
	var key struct {
		Key string `json:"key"`
	}
	h.get("/api/v1/notices/key", token, &key)
	public, err := signature.ParsePublic(key.Key)
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d bundles, %v", len(files), err)
	}
	text, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	b, err := deliver.Open(text, public)
	if err != nil || string(b.Partner) != partner || len(b.Notices) != 1 || b.Fits("identity--another", 0) == nil {
		t.Errorf("bundle %+v, %v", b, err)
	}
}

// A bundle tells its partner what the release rule lets it be told, and nothing more.
func TestBundlesObeyTheReleaseRule(t *testing.T) {
	h := startHub(t, "")
	hospital, token := h.partner("Hospital 01", "healthcare", "GB", "viewer")
	cert, _ := h.partner("CERT 01", "government", "GB", "viewer")
	_, other := h.partner("Bank 01", "financial-services", "GB", "coordinator")
	h.post("/api/v1/actions", other, map[string]any{"kind": "patch", "title": "Patch at once", "asked_of": []string{hospital}}, http.StatusCreated)
	h.post("/api/v1/alerts", other, map[string]any{"title": "Told to all", "text": "Patch.", "severity": "critical"}, http.StatusCreated)
	h.post("/api/v1/alerts", other, map[string]any{
		"title": "Told to another", "text": "Secret.", "severity": "critical", "audience": map[string]any{"tlp": "red", "community": "default", "recipients": []string{cert}},
	}, http.StatusCreated)
	h.post("/api/v1/protections", other, map[string]any{"value": "kill.example", "polarity": "must-resolve", "reason": "it stops the worm"}, http.StatusCreated)
	if err := h.Views.WaitDecided(t.Context()); err != nil {
		t.Fatal(err)
	}
	var sealed deliver.Envelope
	h.get("/api/v1/notices/bundle", token, &sealed)
	text, err := json.Marshal(sealed)
	if err != nil {
		t.Fatal(err)
	}
	var key struct {
		Key string `json:"key"`
	}
	h.get("/api/v1/notices/key", token, &key)
	public, err := signature.ParsePublic(key.Key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := deliver.Open(text, public)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Alerts) != 1 || b.Alerts[0].Title != "Told to all" || b.Alerts[0].By != "Bank 01" || len(b.Actions) != 1 || b.Actions[0].Title != "Patch at once" ||
		len(b.Protections) != 1 || b.Protections[0].Text != "kill.example" || b.Name != "Hospital 01" {
		t.Errorf("bundle %+v", b)
	}
	var out strings.Builder
	if err := b.Print(&out); err != nil || strings.Contains(out.String(), "another") || !strings.Contains(out.String(), "must-resolve  domain-name  kill.example -> ") {
		t.Errorf("%v, printed\n%s", err, out.String())
	}
	if got := h.call(http.MethodGet, "/api/v1/notices/bundle", adminToken, "", nil); got.status != http.StatusForbidden {
		t.Errorf("an administrator of no partner: %d %s", got.status, got.body)
	}
}
