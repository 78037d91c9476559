package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/once"
	"github.com/tocsin-project/tocsin/internal/response"
)

// keyed makes one call with a key.
func (s *site) keyed(key, method, path, token, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	request.RemoteAddr = "127.0.0.1:50000"
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	recorder := httptest.NewRecorder()
	s.api.ServeHTTP(recorder, request)
	return recorder
}

// entries counts those of a kind on the ledger.
func (s *site) entries(kind ledger.Kind) (n int) {
	s.t.Helper()
	for _, err := range s.views.Ledger.Read(s.t.Context(), 0, kind) {
		if err != nil {
			s.t.Fatal(err)
		}
		n++
	}
	return n
}

// problemOf is what a problem says to programs.
func problemOf(t *testing.T, got *httptest.ResponseRecorder) (kind, title string) {
	t.Helper()
	var p struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(got.Body.Bytes(), &p); err != nil || got.Header().Get("Content-Type") != "application/problem+json" || p.Status != got.Code || p.Title == "" || p.Detail == "" {
		t.Errorf("%d %s is no problem: %s (%v)", got.Code, got.Header().Get("Content-Type"), got.Body, err)
	}
	_, kind, _ = strings.Cut(p.Type, "#")
	return kind, p.Title
}

const opening = `{"kind":"patch","title":"We patch","volunteered":true}`

func TestOneKeyIsOneAction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answers")
	answers, err := once.OpenAnswers(path)
	if err != nil {
		t.Fatal(err)
	}
	defer answers.Close()
	s := newSite(t, nil, func(c *api.Config) { c.Once = once.NewDesk(c.Views.Once, answers, c.Clock) })
	_, token := s.partner("Telco 01", "contributor")
	_, other := s.partner("Bank 01", "contributor")
	const key = `"8e03978e-40d5-43e8-bc93-6894a57f9324"`
	var created, busy atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			switch got := s.keyed(key, "POST", "/actions", token, opening); got.Code {
			case http.StatusCreated:
				created.Add(1)
			case http.StatusConflict:
				if kind, _ := problemOf(t, got); kind != "key-under-way" || got.Header().Get("Retry-After") == "" {
					t.Errorf("%v %s", got.Header(), got.Body)
				}
				busy.Add(1)
			default:
				t.Errorf("%d %s", got.Code, got.Body)
			}
		})
	}
	all.Wait()
	if n := s.entries(response.KindOpened); n != 1 || created.Load() == 0 || created.Load()+busy.Load() != 50 {
		t.Fatalf("%d actions; %d were told so, %d to wait", n, created.Load(), busy.Load())
	}
	first := s.keyed(key, "POST", "/actions", token, opening)
	if got := s.keyed("8e03978e-40d5-43e8-bc93-6894a57f9324", "POST", "/actions", token, opening); got.Body.String() != first.Body.String() || got.Code != http.StatusCreated || got.Header().Get("Content-Type") != "application/json" {
		t.Errorf("again: %d %v %s, not %s", got.Code, got.Header(), got.Body, first.Body)
	}
	for name, got := range map[string]*httptest.ResponseRecorder{
		"another body":  s.keyed(key, "POST", "/actions", token, strings.Replace(opening, "We", "They", 1)),
		"another path":  s.keyed(key, "POST", "/commitments", token, opening),
		"another query": s.keyed(key, "POST", "/actions?x=1", token, opening),
		"another verb":  s.keyed(key, "PUT", "/actions", token, opening),
	} {
		if kind, _ := problemOf(t, got); got.Code != http.StatusUnprocessableEntity || kind != "key-of-another-request" {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	if got := s.keyed(key, "POST", "/actions", other, opening); got.Code != http.StatusCreated || s.entries(response.KindOpened) != 2 {
		t.Errorf("the key of another caller: %d %s", got.Code, got.Body)
	}
	if got := s.keyed("a b", "POST", "/actions", token, opening); got.Code != http.StatusBadRequest {
		t.Errorf("no key: %d %s", got.Code, got.Body)
	}
	// A hub that was started anew has the answer, and one that lost it says so.
	for name, kept := range map[string]string{"its answers": path, "none": filepath.Join(t.TempDir(), "none")} {
		again, err := once.OpenAnswers(kept)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		next := &site{t: t, views: s.views, log: s.log}
		next.api = api.New(s.like(func(c *api.Config) { c.Once = once.NewDesk(s.views.Once, again, c.Clock) }))
		got := next.keyed(key, "POST", "/actions", token, opening)
		if name == "none" {
			if kind, _ := problemOf(t, got); got.Code != http.StatusConflict || kind != "key-taken" {
				t.Errorf("without its answer: %d %s", got.Code, got.Body)
			}
		} else if got.Code != http.StatusCreated || got.Body.String() != first.Body.String() {
			t.Errorf("after a restart: %d %s, not %s", got.Code, got.Body, first.Body)
		}
	}
	if n := s.entries(response.KindOpened); n != 2 {
		t.Errorf("in the end there are %d actions", n)
	}
}

// Nobody is told of a request with a key, and what fails leaves nothing behind.
func TestKeysAreNobodysBusiness(t *testing.T) {
	s := newSite(t, nil)
	_, token := s.partner("Telco 01", "contributor")
	if got := s.keyed("one", "POST", "/actions", token, `{"kind":"patch"}`); got.Code < 400 || s.entries(once.KindKeyed) != 0 {
		t.Errorf("a request that failed: %d %s", got.Code, got.Body)
	}
	if got := s.keyed("one", "POST", "/actions", token, opening); got.Code != http.StatusCreated || s.entries(once.KindKeyed) != 1 {
		t.Errorf("the same key after it: %d %s", got.Code, got.Body)
	}
	for _, reader := range []string{token, adminToken} {
		if got := s.call("GET", "/stream?follow=false", reader, "", nil); strings.Contains(got.Body.String(), string(once.KindKeyed)) {
			t.Errorf("a reader of the stream is told: %s", got.Body)
		}
	}
	if got := s.keyed("two", "POST", "/indicators/lookup", token, `{"fingerprints":["0123456789abcdef"]}`); got.Code != http.StatusOK || s.entries(once.KindKeyed) != 1 {
		t.Errorf("what changes nothing: %d, %d keys", got.Code, s.entries(once.KindKeyed))
	}
}

// A secret is given again as long as the hub runs, and written nowhere.
func TestSecretsAreNotKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "answers")
	answers, err := once.OpenAnswers(file)
	if err != nil {
		t.Fatal(err)
	}
	defer answers.Close()
	s := newSite(t, nil, func(c *api.Config) { c.Once = once.NewDesk(c.Views.Once, answers, c.Clock) })
	bank, _ := s.partner("Bank 01", "viewer")
	for path, body := range map[string]string{
		"/tokens": `{"partner":"` + bank + `","role":"viewer"}`,
		"/people": `{"partner":"` + bank + `","name":"First","email":"first@bank.example","role":"viewer"}`,
	} {
		first := s.keyed("k"+path, "POST", path, adminToken, body)
		if again := s.keyed("k"+path, "POST", path, adminToken, body); first.Code != http.StatusCreated || again.Body.String() != first.Body.String() {
			t.Errorf("%s: %s, not %s", path, again.Body, first.Body)
		}
	}
	if text, err := os.ReadFile(file); err != nil || len(text) > 0 {
		t.Errorf("%d bytes of them are on disk (%v)", len(text), err)
	}
}

// dying is a ledger whose hub ends right after an append: it is on disk, and
// nobody is told.
type dying struct {
	ledger.Ledger
	armed *atomic.Bool
}

func (d dying) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	entries, err := d.Ledger.Append(ctx, expected, drafts...)
	if err == nil && d.armed.CompareAndSwap(true, false) {
		panic("the hub ends here")
	}
	return entries, err
}

func TestAHubThatEndsAfterTheAppendDoublesNothing(t *testing.T) {
	var armed atomic.Bool
	s := newSite(t, func(l ledger.Ledger) ledger.Ledger { return dying{l, &armed} })
	_, token := s.partner("Telco 01", "contributor")
	armed.Store(true)
	if got := s.keyed("one", "POST", "/actions", token, opening); got.Code != http.StatusInternalServerError {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	next := &site{t: t, views: s.views, log: s.log}
	next.api = api.New(s.like())
	for _, asked := range []*site{s, next} { // of the same process, and of the next
		got := asked.keyed("one", "POST", "/actions", token, opening)
		if kind, _ := problemOf(t, got); got.Code != http.StatusConflict || kind != "key-taken" || s.entries(response.KindOpened) != 1 {
			t.Errorf("%d %s; %d actions", got.Code, got.Body, s.entries(response.KindOpened))
		}
	}
}

// A caller that hangs up does not end what it asked for: it asks again and hears.
func TestACallerThatHangsUpHearsWhenItAsksAgain(t *testing.T) {
	hold, held := make(chan struct{}), make(chan struct{}, 1)
	var armed atomic.Bool
	s := newSite(t, func(l ledger.Ledger) ledger.Ledger { return waiting{l, &armed, hold, held} })
	_, token := s.partner("Telco 01", "contributor")
	armed.Store(true)
	ctx, hangUp := context.WithCancel(t.Context())
	request := httptest.NewRequestWithContext(ctx, "POST", "/api/v1/actions", strings.NewReader(opening))
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", "one")
	done := make(chan struct{})
	go func() {
		s.api.ServeHTTP(httptest.NewRecorder(), request)
		close(done)
	}()
	<-held
	hangUp()
	close(hold)
	<-done
	if n := s.entries(response.KindOpened); n != 1 {
		t.Errorf("it was carried out %d times while nobody listened", n)
	}
	if got := s.keyed("one", "POST", "/actions", token, opening); got.Code != http.StatusCreated || s.entries(response.KindOpened) != 1 {
		t.Errorf("%d %s; %d actions", got.Code, got.Body, s.entries(response.KindOpened))
	}
}

// waiting is a ledger that takes an entry only once it may.
type waiting struct {
	ledger.Ledger
	armed      *atomic.Bool
	hold, held chan struct{}
}

func (w waiting) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	if w.armed.CompareAndSwap(true, false) {
		w.held <- struct{}{}
		<-w.hold
	}
	return w.Ledger.Append(ctx, expected, drafts...)
}

// What a key costs: the same action with and without.
func BenchmarkKeyed(b *testing.B) {
	answers, err := once.OpenAnswers(filepath.Join(b.TempDir(), "answers"))
	if err != nil {
		b.Fatal(err)
	}
	defer answers.Close()
	s := newSite(b, nil, func(c *api.Config) {
		c.Once = once.NewDesk(c.Views.Once, answers, c.Clock)
	})
	_, token := s.partner("Telco 01", "contributor")
	n := 0
	for name, key := range map[string]func() string{"with": func() string { return fmt.Sprint(n) }, "without": nil} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				n++
				if key == nil {
					s.call("POST", "/actions", token, "application/json", strings.NewReader(opening))
				} else {
					s.keyed(key(), "POST", "/actions", token, opening)
				}
			}
		})
	}
}
