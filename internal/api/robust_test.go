package api_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// isProblem holds that an answer that says no is an RFC 9457 problem that says
// something, and no bigger than a person reads.
func isProblem(got *httptest.ResponseRecorder) error {
	var problem struct {
		Status int    `json:"status"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}
	media := got.Header().Get("Content-Type")
	if err := json.Unmarshal(got.Body.Bytes(), &problem); err != nil || media != "application/problem+json" {
		return fmt.Errorf("%d is no problem but %s %.200q (%w)", got.Code, media, got.Body, err)
	}
	if problem.Status != got.Code || problem.Title == "" || problem.Detail == "" {
		return fmt.Errorf("%d says %+v", got.Code, problem)
	}
	return nil
}

// Whatever is sent: what is wrong is said in a problem, and the hub never fails.
func TestMutatedCalls(t *testing.T) {
	s := newSite(t, nil)
	_, coordinator := s.partner("CERT 01", "coordinator")
	var paths, methods []string
	for _, op := range operations(t, document(t, s)) {
		paths, methods = append(paths, op.path), append(methods, op.method)
	}
	paths = append(paths, "", "/", "/nothing", "/openapi.json", "/stream/", "//me", "/objects/", "/protections//receipts", "/openapi.yaml", "/openapi-3.0.json", "/schemas/Me.json", "/docs")
	odd := rapid.SampledFrom([]string{"", "x", "\x00", "é", "%", "../..", "identity--1", "protection--", strings.Repeat("A", 5000), "18446744073709551616", "-1", "null", "💥", "a b", "'; --", "evil.example", "8.8.8.8", "http://evil.example/", "[::1]"})
	values := rapid.SampledFrom([]string{`1`, `-1`, `1e400`, `18446744073709551616`, `null`, `true`, `"x"`, `""`, `"\u0000"`, `[]`, `{}`, `[{}]`, `[null]`, `{"x":{}}`, `"evil.example"`, `"block"`, `"2017-05-12T08:00:00Z"`, `"9999-99-99"`, `"domain-name"`, `"\ud800"`, "\"\xff\"", strings.Repeat("[", 11_000), `{"a":1,"a":2}`, `{"` + strings.Repeat("k", 100_000) + `":1}`})
	names := rapid.SampledFrom([]string{
		"id", "name", "sector", "country", "kind", "partner", "role", "value", "polarity", "reason", "type", "receipts", "protection", "outlet", "in_force", "at", "problem",
		"sightings", "scans", "basis", "count", "hosts", "first_seen", "last_seen", "port", "sources", "contacts", "direction", "fresh", "dark", "of", "encryptions", "extension", "note", "files", "folders", "organisation", "designated", "action", "title", "asked_of", "deadline", "volunteered",
		"scopes", "expires", "description", "email", "secret", "community", "tlps", "types", "labels",
		"question", "policy", "tlp", "hypotheses", "case", "ratings", "evidence", "hypothesis", "likelihood", "engine", "notify", "objects", "spec_version", "$schema",
	})
	flat := rapid.Custom(func(rt *rapid.T) string {
		var members []string
		for range rapid.IntRange(0, 6).Draw(rt, "members") {
			members = append(members, fmt.Sprintf("%q:%s", names.Draw(rt, "name"), values.Draw(rt, "value")))
		}
		return "{" + strings.Join(members, ",") + "}"
	})
	body := rapid.OneOf(flat, values, rapid.Custom(func(rt *rapid.T) string {
		return fmt.Sprintf("{%q:[%s,%s]}", names.Draw(rt, "list"), flat.Draw(rt, "one"), flat.Draw(rt, "two"))
	}), rapid.StringN(0, 50, 200))
	calls := 0
	for calls < 2000 { // rapid.Check alone makes a hundred
		rapid.Check(t, func(rt *rapid.T) {
			calls++
			i := rapid.IntRange(0, len(paths)-1).Draw(rt, "operation")
			path := paths[i]
			for _, variable := range []string{"{id}", "{partner}"} {
				path = strings.Replace(path, variable, escape(odd.Draw(rt, variable)), 1)
			}
			method := rapid.SampledFrom([]string{"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"}).Draw(rt, "method")
			if i < len(methods) && rapid.IntRange(0, 3).Draw(rt, "wrong method") > 0 {
				method = methods[i]
			}
			query := "follow=false"
			for range rapid.IntRange(0, 3).Draw(rt, "parameters") {
				query += "&" + rapid.SampledFrom([]string{"q", "limit", "value", "after", "kinds", "kind", "tlp", "recipients", "per_object", "follow"}).Draw(rt, "parameter") + "=" + escape(odd.Draw(rt, "argument"))
			}
			if path == "/stream" {
				query = strings.ReplaceAll(query, "&follow=", "&x=") // it would not end
			}
			request := httptest.NewRequest(method, "/api/v1"+path+"?"+query, strings.NewReader(body.Draw(rt, "body")))
			token := rapid.SampledFrom([]string{"Bearer " + adminToken, "Bearer " + coordinator, "Bearer " + coordinator, "Bearer x", "Basic !", "", "Bearer"}).Draw(rt, "token")
			if token != "" {
				request.Header.Set("Authorization", token)
			}
			for _, header := range []string{"Content-Type", "Accept", "Content-Encoding", "If-Match"} {
				if value := rapid.SampledFrom([]string{"", "application/json", "application/json", "text/plain", "application/stix+json", "gzip", "x/y; z", "*/*", ";"}).Draw(rt, header); value != "" {
					request.Header.Set(header, value)
				}
			}
			got := httptest.NewRecorder()
			s.api.ServeHTTP(got, request)
			if got.Code >= 500 {
				rt.Fatalf("%s %s: %d %s\n%s", method, request.URL, got.Code, got.Body, s.log)
			}
			if got.Code >= 400 && method != http.MethodHead {
				if err := isProblem(got); err != nil {
					rt.Fatalf("%s %s: %v", method, request.URL, err)
				}
			}
			if got.Body.Len() > 64<<10 && got.Code >= 400 {
				rt.Fatalf("%s %s: an answer of %d that has %d bytes", method, request.URL, got.Code, got.Body.Len())
			}
		})
		if t.Failed() {
			return
		}
	}
	t.Logf("%d calls", calls)
}

func escape(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, "%%%02X", text[i])
	}
	return b.String()
}

// failing is a fake ledger that fails when it is told to.
type failing struct {
	ledger.Ledger
	err atomic.Pointer[error]
}

func (f *failing) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	if err := f.err.Load(); err != nil {
		return nil, *err
	}
	return f.Ledger.Append(ctx, expected, drafts...)
}

func (f *failing) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return f.Ledger.Read(ctx, after, kinds...)
}

// An error of no known kind is told to the log and not to the caller, who gets
// the number under which it is there.
func TestUnknownErrorsStayInside(t *testing.T) {
	var broken *failing
	s := newSite(t, func(l ledger.Ledger) ledger.Ledger {
		broken = &failing{Ledger: l}
		return broken
	})
	_, token := s.partner("Bank 01", "coordinator")
	const inside = "/var/lib/private: input/output error"
	for _, c := range []struct {
		err    error
		status int
	}{
		{errors.New(inside), http.StatusInternalServerError},
		{fmt.Errorf("%w: %s", ledger.ErrUnavailable, inside), http.StatusServiceUnavailable},
		{fmt.Errorf("%s: %w", inside, context.DeadlineExceeded), http.StatusServiceUnavailable},
	} {
		broken.err.Store(&c.err)
		for path, body := range map[string]string{
			"/protections":   `{"value":"evil.example","polarity":"block","reason":"seen"}`,
			"/contributions": `{"type":"bundle","objects":[{"type":"malware","spec_version":"2.1","id":"malware--11111111-1111-4111-8111-111111111111","created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","is_family":false}]}`,
		} {
			got := s.call(http.MethodPost, path, token, "application/json", strings.NewReader(body))
			if err := isProblem(got); err != nil || got.Code != c.status || strings.Contains(got.Body.String(), "var/lib") {
				t.Errorf("%s with %v: %d %s (%v)", path, c.err, got.Code, got.Body, err)
			}
			if c.status != http.StatusInternalServerError {
				continue
			}
			_, number, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(got.Body.String()), `"}`), "under ")
			if number == "" || !strings.Contains(s.log.String(), number) || !strings.Contains(s.log.String(), inside) {
				t.Errorf("the log does not say under %q what failed: %s", number, s.log)
			}
		}
	}
}

// A reader that takes nothing is cut.
func TestASlowReaderIsCut(t *testing.T) {
	s := newSite(t, nil, func(c *api.Config) { c.Patience = 50 * time.Millisecond })
	_, token := s.partner("Bank 01", "viewer")
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		s.api.ServeHTTP(w, r)
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /api/v1/stream HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer %s\r\n\r\n", token)
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	pad := []byte(`{"pad":"` + strings.Repeat("x", 900_000) + `"}`)
	for range 40 { // more than the buffers of both ends take
		if _, err := s.views.Append(t.Context(), ledger.Draft{Kind: "test.pad", Actor: access.Hub, Audience: access.ToCommunity(access.Green).String(), Body: pad}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
			return
		default:
		}
	}
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Error("a reader that takes nothing is still being served")
	}
}

// What others might conclude from places in the ledger is not told them.
func TestPlacesInTheLedgerAreForTheAudit(t *testing.T) {
	s := newSite(t, nil)
	_, coordinator := s.partner("CERT 01", "coordinator")
	s.must("POST", "/protections", coordinator, map[string]string{"value": "evil.example", "polarity": "block", "reason": "seen"}, nil)
	for token, want := range map[string]bool{coordinator: false, adminToken: true} {
		var story struct {
			Events []struct {
				Seq int `json:"seq"`
			} `json:"events"`
		}
		s.must("GET", "/protections/why?value=evil.example", token, nil, &story)
		if len(story.Events) != 1 || (story.Events[0].Seq > 0) != want {
			t.Errorf("the story is %+v; with its place: %t", story, want)
		}
	}
}
