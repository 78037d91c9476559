package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/signin"
	"github.com/tocsin-project/tocsin/internal/views"
	"github.com/tocsin-project/tocsin/internal/web"
)

// site is the pages over a ledger of their own, with a clock that the test sets.
type site struct {
	t     testing.TB
	views *views.Views
	pages http.Handler

	mu  sync.Mutex
	now time.Time
}

const adminToken = "administrator-of-the-test"

func newSite(t testing.TB, change ...func(*web.Config)) *site {
	t.Helper()
	s := &site{t: t, now: time.Date(2026, 5, 12, 3, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	l, err := sqlite.Open(filepath.Join(dir, "ledger.db"), sqlite.Options{Clock: s.clock})
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(complaints{t}, nil))
	s.views, err = views.Open(context.Background(), l, views.Config{Catalog: filepath.Join(dir, "catalog.db"), Clock: s.clock, Logger: logger,
		Protect: protect.Config{Sinkhole: netip.MustParseAddr("192.0.2.80")}})
	if err != nil {
		t.Fatal(err)
	}
	s.views.Access.SetAdministrator(access.HashSecret(adminToken))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.views.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil && ctx.Err() == nil {
			t.Error(err)
		}
		if err := s.views.Close(); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	cfg := web.Config{Views: s.views, Open: true, Ended: ctx, Clock: s.clock, Logger: logger}
	for _, c := range change {
		c(&cfg)
	}
	if cfg.SignIn == nil {
		cfg.SignIn = s.door("http://hub.example")
	}
	if s.pages, err = web.New(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

// door is what signs people in at an address of the hub.
func (s *site) door(origin string, change ...func(*signin.Config)) *signin.Service {
	s.t.Helper()
	cfg := signin.Config{Origin: origin, Access: s.views.Access, Clock: s.clock, HTTP: http.DefaultClient,
		Append: func(ctx context.Context, drafts ...ledger.Draft) error {
			_, err := s.views.Append(ctx, drafts...)
			return err
		}}
	for _, c := range change {
		c(&cfg)
	}
	door, err := signin.New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	return door
}

// complaints fails the test with whatever the pages log: they log errors only.
type complaints struct{ t testing.TB }

func (c complaints) Write(p []byte) (int, error) {
	c.t.Errorf("logged: %s", p)
	return len(p), nil
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// append adds drafts and waits until every view has them.
func (s *site) append(drafts ...ledger.Draft) []ledger.Entry {
	s.t.Helper()
	entries, err := s.views.Append(s.t.Context(), drafts...)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.views.WaitCatalog(s.t.Context(), entries[len(entries)-1].Seq); err != nil {
		s.t.Fatal(err)
	}
	return entries
}

func (s *site) entry(kind ledger.Kind, actor access.PartnerID, to access.Audience, body any) {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	s.append(ledger.Draft{Kind: kind, Actor: string(actor), Audience: to.String(), Body: text})
}

func (s *site) partner(name, sector, country string) access.Partner {
	s.t.Helper()
	p, draft, err := s.views.Access.Join(name, sector, country, "operator")
	if err != nil {
		s.t.Fatal(err)
	}
	s.append(draft)
	return p
}

// token issues a token and gives its id and secret.
func (s *site) token(p access.PartnerID, role access.Role) (id, secret string) {
	s.t.Helper()
	token, secret, draft, err := s.views.Access.Issue(p, role, s.clock())
	if err != nil {
		s.t.Fatal(err)
	}
	s.append(draft)
	return token.ID, secret
}

var parts int

func (s *site) contribute(owner access.PartnerID, to access.Audience, objects ...string) {
	s.t.Helper()
	parts++
	part := contribution.Part{ID: fmt.Sprintf("contribution--%d", parts), Part: 1, Parts: 1, Source: "stix"}
	for _, o := range objects {
		part.Objects = append(part.Objects, jsontext.Value(o))
	}
	s.entry(contribution.KindAccepted, owner, to, part)
}

// get fetches a page, with a session's cookie or as a guest.
func (s *site) get(path string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://hub.example"+path, nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	return w
}

// page wants 200 and gives the page.
func (s *site) page(path string, cookies ...*http.Cookie) string {
	s.t.Helper()
	w := s.get(path, cookies...)
	if w.Code != http.StatusOK {
		s.t.Fatalf("GET %s: status %d:\n%s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

func (s *site) post(path string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://hub.example"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	return w
}

// signIn gives the session's cookie.
func (s *site) signIn(secret string) *http.Cookie {
	s.t.Helper()
	w := s.post("/sign-in", url.Values{"token": {secret}})
	if w.Code != http.StatusSeeOther {
		s.t.Fatalf("sign in: status %d:\n%s", w.Code, w.Body)
	}
	return w.Result().Cookies()[0]
}

func malware(id, name, more string) string {
	quoted, _ := json.Marshal(name)
	return fmt.Sprintf(`{"type":"malware","spec_version":"2.1","id":%q,"created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z","name":%s,"is_family":true%s}`, id, quoted, more)
}

func relationship(id, kind, source, target string) string {
	return fmt.Sprintf(`{"type":"relationship","spec_version":"2.1","id":%q,"created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z","relationship_type":%q,"source_ref":%q,"target_ref":%q}`, id, kind, source, target)
}

// failing has a door's appends fail.
func failing(err error) func(*signin.Config) {
	return func(cfg *signin.Config) {
		cfg.Append = func(context.Context, ...ledger.Draft) error { return err }
	}
}

// quiet logs nothing: the test wants what the others may not have.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
