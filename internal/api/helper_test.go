package api_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/gate"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/report"
	"github.com/tocsin-project/tocsin/internal/stream"
	"github.com/tocsin-project/tocsin/internal/views"
)

const adminToken = "administrator-of-the-test"

// site is an API over views of a new ledger.
type site struct {
	t     testing.TB
	views *views.Views
	api   *api.API
	log   *logged
	cfg   api.Config
}

// logged is what was logged.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newSite starts a site. wrap may put something between views and ledger.
func newSite(t testing.TB, wrap func(ledger.Ledger) ledger.Ledger, change ...func(*api.Config)) *site {
	t.Helper()
	dir := t.TempDir()
	file, err := sqlite.Open(filepath.Join(dir, "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var l ledger.Ledger = file
	if wrap != nil {
		l = wrap(l)
	}
	s := &site{t: t, log: &logged{}}
	logger := slog.New(slog.NewTextHandler(s.log, nil))
	s.views, err = views.Open(t.Context(), l, views.Config{
		Catalog: filepath.Join(dir, "catalog.db"), Clock: time.Now, Logger: logger,
		Protect: protect.Config{Sinkhole: netip.MustParseAddr("192.0.2.80")},
	})
	if err != nil {
		t.Fatal(errors.Join(err, file.Close()))
	}
	s.views.Access.SetAdministrator(access.HashSecret(adminToken))
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.views.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-ended, s.views.Close(), file.Close()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	cfg := api.Config{
		Views: s.views, Gate: &gate.Gate{Access: s.views.Access, Limits: ratelimit.New(ratelimit.Config{})}, Codec: stream.NewCodec([32]byte{1}), MaxBody: 1 << 20, Ended: ctx, Clock: time.Now, Logger: logger,
		Transfer: func(_ access.Principal, reach feed.Reach) feed.ConnectConfig {
			return feed.ConnectConfig{Hub: netip.MustParseAddrPort("127.0.0.1:8453"), Zone: "tocsin.rpz.", Key: "k." + string(reach) + ".tocsin.", Secret: "c2VjcmV0"}
		},
	}
	rooms := s.views.Rooms
	cfg.Reports = report.NewMaker(s.views.Ledger, report.Options{Response: rooms.Response, Exposure: rooms.Exposure, Impact: rooms.Impact, Duty: rooms.Duty, Notice: rooms.Notice}, cfg.Clock)
	for _, c := range change {
		c(&cfg)
	}
	s.cfg = cfg
	s.api = api.New(cfg)
	return s
}

// like is the site's configuration, changed: what a hub that is started anew has.
func (s *site) like(change ...func(*api.Config)) api.Config {
	cfg := s.cfg
	cfg.Once = nil
	for _, c := range change {
		c(&cfg)
	}
	return cfg
}

// call makes one call; a token of "" sends none.
func (s *site) call(method, path, token, mediaType string, body io.Reader) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/api/v1"+path, body)
	request.RemoteAddr = "127.0.0.1:50000"
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	recorder := httptest.NewRecorder()
	s.api.ServeHTTP(recorder, request)
	return recorder
}

// must makes a call that has to succeed and reads the answer into out.
func (s *site) must(method, path, token string, in, out any) {
	s.t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	got := s.call(method, path, token, "application/json", strings.NewReader(string(text)))
	if got.Code >= http.StatusBadRequest {
		s.t.Fatalf("%s %s: %d %s", method, path, got.Code, got.Body)
	}
	if out != nil {
		if err := json.Unmarshal(got.Body.Bytes(), out); err != nil {
			s.t.Fatalf("%s %s: %v in %s", method, path, err, got.Body)
		}
	}
}

// countries are those of the partners in turn: an alarm needs more than one.
var countries = []string{"GB", "FR", "ES"}

// partner lets a partner in and gives its id and a token of the role.
func (s *site) partner(name, role string) (id, token string) {
	s.t.Helper()
	var p struct {
		ID string `json:"id"`
	}
	s.must("POST", "/partners", adminToken, map[string]string{"name": name, "sector": "healthcare", "country": countries[len(s.views.Access.Partners())%len(countries)], "kind": "operator"}, &p)
	var issued struct {
		Token string `json:"token"`
	}
	s.must("POST", "/tokens", adminToken, map[string]string{"partner": p.ID, "role": role}, &issued)
	return p.ID, issued.Token
}
