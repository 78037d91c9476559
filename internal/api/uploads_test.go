package api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

// unread is a body that says whether anybody began to read it, and ends when it is let.
type unread struct {
	began chan struct{}
	let   chan struct{}
}

func (u *unread) Read([]byte) (int, error) {
	close(u.began)
	<-u.let
	return 0, errors.New("gone")
}

// A long body is not read of who may not send it, and one of each partner at a time.
func TestLongBodiesAreReadInTurn(t *testing.T) {
	s := newSite(t, nil)
	_, contributor := s.partner("Hospital", "contributor")
	_, other := s.partner("Bank", "contributor")
	_, viewer := s.partner("Reader", "viewer")
	for _, c := range []struct{ path, token string }{
		{"/exposure", viewer}, {"/exposure", adminToken}, {"/exposure/kev", contributor}, {"/protections/bulk", contributor},
	} {
		body := &unread{make(chan struct{}), make(chan struct{})}
		close(body.let)
		got := s.call("POST", c.path, c.token, "application/json", body)
		select {
		case <-body.began:
			t.Errorf("%s: it was read", c.path)
		default:
		}
		if got.Code != http.StatusForbidden {
			t.Errorf("%s: %d %s", c.path, got.Code, got.Body)
		}
	}
	long := &unread{make(chan struct{}), make(chan struct{})}
	ended := make(chan int)
	go func() { ended <- s.call("POST", "/exposure", contributor, "application/json", long).Code }()
	<-long.began
	got := s.call("POST", "/exposure", contributor, "application/json", strings.NewReader(rowsOf(1, 1)))
	if got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") == "" {
		t.Errorf("a second one: %d %s", got.Code, got.Body)
	}
	if got := s.call("POST", "/exposure", other, "application/json", strings.NewReader(rowsOf(1, 1))); got.Code != http.StatusCreated {
		t.Errorf("another partner's: %d %s", got.Code, got.Body)
	}
	if got := s.call("GET", "/exposure", contributor, "", http.NoBody); got.Code != http.StatusOK {
		t.Errorf("reading meanwhile: %d %s", got.Code, got.Body)
	}
	close(long.let)
	if code := <-ended; code != http.StatusBadRequest {
		t.Errorf("one that ends too early: %d", code)
	}
	if got := s.call("POST", "/exposure", contributor, "application/json", strings.NewReader(rowsOf(1, 1))); got.Code != http.StatusCreated {
		t.Errorf("the next: %d %s", got.Code, got.Body)
	}
}
