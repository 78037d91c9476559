package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// lagging is a reader of the stream to whom something happens as soon as it has
// taken in the line with certain words; all else is still ahead of it.
type lagging struct {
	*httptest.ResponseRecorder
	words  string
	happen func()
}

func (l *lagging) Write(line []byte) (int, error) {
	if l.happen != nil && strings.Contains(string(line), l.words) {
		l.happen()
		l.happen = nil
	}
	return l.ResponseRecorder.Write(line)
}

// What is taken from a reader counts from that moment, and not from when the
// stream gets to the entry that says so.
func TestWhoLagsIsToldNothingMore(t *testing.T) {
	for name, tt := range map[string]struct {
		end   func(s *site, partner, token string)
		whole bool // the stream goes on to its end
	}{
		"dismissed": {end: func(s *site, partner, _ string) {
			s.must("POST", "/partners/"+partner+"/dismissal", adminToken, map[string]string{"reason": "left"}, nil)
		}},
		"revoked": {end: func(s *site, _, token string) {
			s.must("POST", "/tokens/"+token+"/revocation", adminToken, map[string]string{"reason": "lost"}, nil)
		}},
		"out of the community": {whole: true, end: func(s *site, partner, _ string) {
			s.must("DELETE", "/communities/health/members/"+partner, adminToken, nil, nil)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, nil)
			author, give := s.partner("Hospital 01", "contributor")
			reader, _ := s.partner("Hospital 02", "viewer")
			id, token := s.confined(reader, "viewer", "")
			s.must("POST", "/communities", adminToken, map[string]string{"id": "health", "title": "Health"}, nil)
			for _, member := range []string{author, reader} {
				s.must("PUT", "/communities/health/members/"+member, adminToken, nil, nil)
			}
			for _, value := range []string{"first.example", "second.example"} {
				if got := s.call("POST", "/contributions?tlp=amber&community=health", give, "text/plain", strings.NewReader(value)); got.Code != http.StatusCreated {
					t.Fatalf("contribute: %d %s", got.Code, got.Body)
				}
			}
			request := httptest.NewRequest(http.MethodGet, "/api/v1/stream?follow=false", nil)
			request.Header.Set("Authorization", "Bearer "+token)
			slow := &lagging{httptest.NewRecorder(), "first.example", func() { tt.end(s, reader, id) }}
			broken := false
			func() {
				defer func() { broken = recover() != nil }()
				s.api.ServeHTTP(slow, request)
			}()
			if told := slow.Body.String(); slow.happen != nil || strings.Contains(told, "second.example") || broken == tt.whole {
				t.Errorf("broken off: %v; it was told:\n%s", broken, told)
			}
		})
	}
}
