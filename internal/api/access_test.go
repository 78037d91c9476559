package api_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/api"
)

// confined issues a token with more than a role.
func (s *site) confined(partner, role, expires string, scopes ...string) (id, secret string) {
	s.t.Helper()
	var issued struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	}
	s.must("POST", "/tokens", adminToken, map[string]any{"partner": partner, "role": role, "scopes": scopes, "expires": expires, "description": "of a test"}, &issued)
	return issued.ID, issued.Token
}

func TestScopesConfineATokenToItsSurfaces(t *testing.T) {
	s := newSite(t, nil)
	bank, _ := s.partner("Bank 01", "viewer")
	feeds := s.api.Authenticated(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	list := func(token, method string) int {
		request := httptest.NewRequest(method, "/feeds/block.txt", nil)
		request.Header.Set("Authorization", "Bearer "+token)
		recorder := httptest.NewRecorder()
		feeds.ServeHTTP(recorder, request)
		return recorder.Code
	}
	const yes, no = http.StatusOK, http.StatusForbidden
	for _, c := range []struct {
		scopes                   []string
		get, post, stream, feeds int
		says                     string
	}{
		{scopes: nil, get: yes, post: http.StatusCreated, stream: yes, feeds: yes},
		{scopes: []string{"api"}, get: yes, post: http.StatusCreated, stream: no, feeds: no},
		{scopes: []string{"api:read", "feeds:read"}, get: yes, post: no, stream: no, feeds: yes, says: "api:write"},
		{scopes: []string{"api:write"}, get: no, post: http.StatusCreated, stream: no, feeds: no, says: "api:read"},
		{scopes: []string{"stream"}, get: no, post: no, stream: yes, feeds: no, says: "stream"},
		{scopes: []string{"taxii", "log"}, get: no, post: no, stream: no, feeds: no, says: "log, taxii"},
	} {
		_, token := s.confined(bank, "contributor", "", c.scopes...)
		get := s.call("GET", "/partners", token, "", nil)
		post := s.call("POST", "/contributions", token, "text/plain", strings.NewReader(fmt.Sprintf("of-%d.example", len(c.scopes))))
		stream := s.call("GET", "/stream?follow=false", token, "", nil)
		if got := []int{get.Code, post.Code, stream.Code, list(token, "GET")}; !slices.Equal(got, []int{c.get, c.post, c.stream, c.feeds}) {
			t.Errorf("%v: GET, POST, stream and feed answer %v, want %v", c.scopes, got, []int{c.get, c.post, c.stream, c.feeds})
		}
		for _, answer := range []*httptest.ResponseRecorder{get, post} {
			if answer.Code == no && (isProblem(answer) != nil || !strings.Contains(answer.Body.String(), c.says)) {
				t.Errorf("%v: %s", c.scopes, answer.Body)
			}
		}
	}
	for body, says := range map[string]string{
		`{"partner":"` + bank + `","role":"viewer","scopes":["pages"]}`:               "taxii:read",
		`{"partner":"` + bank + `","role":"viewer","expires":"tomorrow"}`:             "90d",
		`{"partner":"` + bank + `","role":"viewer","expires":"2017-05-12T00:00Z"}`:    "RFC 3339",
		`{"partner":"` + bank + `","role":"viewer","expires":"2017-05-12T00:00:00Z"}`: "is over",
		`{"partner":"hub","role":"viewer"}`:                                           "administrator",
	} {
		if got := s.call("POST", "/tokens", adminToken, "application/json", strings.NewReader(body)); got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), says) {
			t.Errorf("%s: %d %s", body, got.Code, got.Body)
		}
	}
}

// Whether a token never was, was revoked or has expired: nobody can tell.
func TestEndedTokensAnswerAlike(t *testing.T) {
	s := newSite(t, nil)
	now := time.Now()
	s.views.Access.SetClock(func() time.Time { return now })
	bank, _ := s.partner("Bank 01", "viewer")
	id, revoked := s.confined(bank, "viewer", "")
	_, expired := s.confined(bank, "viewer", "2h")
	gone, dismissed := s.partner("Bank 02", "viewer")
	s.must("POST", "/tokens/"+id+"/revocation", adminToken, map[string]string{"reason": "lost"}, nil)
	s.must("POST", "/partners/"+gone+"/dismissal", adminToken, map[string]string{"reason": "left"}, nil)
	if got := s.call("GET", "/me", expired, "", nil); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"expires"`) {
		t.Errorf("before it expires: %d %s", got.Code, got.Body)
	}
	now = now.Add(2*time.Hour + time.Minute)
	want := s.call("GET", "/me", "tocsin_"+strings.Repeat("x", 43), "", nil)
	for name, token := range map[string]string{"revoked": revoked, "expired": expired, "dismissed": dismissed} {
		got := s.call("GET", "/me", token, "", nil)
		if got.Code != http.StatusUnauthorized || got.Body.String() != want.Body.String() || fmt.Sprint(got.Header()) != fmt.Sprint(want.Header()) {
			t.Errorf("%s answers %d %v %s, one that never was %d %v %s", name, got.Code, got.Header(), got.Body, want.Code, want.Header(), want.Body)
		}
	}
	// The list tells the administrator, and holds neither secrets nor hashes.
	list := s.call("GET", "/tokens", adminToken, "", nil).Body.String()
	for _, secret := range []string{revoked, expired} {
		if strings.Contains(list, secret) || strings.Contains(list, access.HashSecret(secret).String()) {
			t.Errorf("the list shows a secret or its hash: %s", list)
		}
	}
	if !strings.Contains(list, `"last_used"`) || !strings.Contains(list, `"of a test"`) || !strings.Contains(list, `"revoked"`) {
		t.Errorf("the list says too little: %s", list)
	}
}

// A stream that is open when its token expires ends, and not as if it had told
// everything.
func TestTheStreamEndsWithItsToken(t *testing.T) {
	start := time.Now()
	clock := func() time.Time { return start }
	s := newSite(t, nil, func(c *api.Config) { c.Clock = clock })
	s.views.Access.SetClock(clock)
	bank, _ := s.partner("Bank 01", "viewer")
	_, token := s.confined(bank, "viewer", "50ms", "stream")
	server := httptest.NewServer(s.api)
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body) // for ever, if it does not end
	if response.StatusCode != http.StatusOK || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(string(text), "partner.joined") {
		t.Errorf("%d, %v: %s", response.StatusCode, err, text)
	}
}
