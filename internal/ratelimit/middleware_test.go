package ratelimit_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/ratelimit"
)

func refuse(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/taxii+json;version=2.1")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = io.WriteString(w, `{"title":"too many requests"}`)
}

// ask gives the status and Retry-After of a request.
func ask(h http.Handler, method, token string) (status int, retryAfter string) {
	r := httptest.NewRequest(method, "/", nil)
	r.Header.Set("Authorization", token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Retry-After")
}

func TestByCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(ratelimit.Config{Reads: ratelimit.Rate{PerSecond: 0.4, Burst: 2}, Writes: ratelimit.Rate{PerSecond: 10, Burst: 1}})
		key := func(r *http.Request) string { return r.Header.Get("Authorization") }
		h := l.ByCaller(key, refuse, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
		for i, c := range []struct {
			method, token string
			status        int
			retryAfter    string
		}{
			{"GET", "a", 204, ""}, {"HEAD", "a", 204, ""},
			{"OPTIONS", "a", 429, "3"}, // 2.5 seconds
			{"POST", "a", 204, ""}, {"DELETE", "a", 429, "1"},
			{"GET", "b", 204, ""},
			{"GET", "", 204, ""}, {"GET", "", 204, ""}, {"GET", "", 204, ""},
		} {
			if status, after := ask(h, c.method, c.token); status != c.status || after != c.retryAfter {
				t.Errorf("request %d: %d after %q, want %d after %q", i, status, after, c.status, c.retryAfter)
			}
		}
		time.Sleep(3 * time.Second) // as Retry-After said
		if status, _ := ask(h, "GET", "a"); status != 204 {
			t.Errorf("after the wait: %d", status)
		}
	})
}

func TestByFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(ratelimit.Config{Failures: ratelimit.Rate{PerSecond: 0.1, Burst: 2}})
		asked := 0
		h := l.ByFailures(refuse, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			if r.Header.Get("Authorization") == "right" {
				_, _ = io.WriteString(w, "hello")
				return
			}
			w.WriteHeader(http.StatusUnauthorized)
		}))
		for range 100 {
			if status, _ := ask(h, "GET", "right"); status != 200 {
				t.Fatalf("a right token: %d", status)
			}
		}
		asked = 0
		for i, want := range []int{401, 401, 429, 429} {
			if status, after := ask(h, "GET", "wrong"); status != want || (after == "10") != (want == 429) {
				t.Errorf("failure %d: %d after %q, want %d", i, status, after, want)
			}
		}
		if asked != 2 {
			t.Errorf("%d tries were looked at, want 2", asked)
		}
		time.Sleep(10 * time.Second)
		if status, _ := ask(h, "GET", "right"); status != 200 {
			t.Errorf("after the wait: %d", status)
		}
	})
}

// What is said before the answer is not the answer.
func TestByFailuresBehindEarlyHints(t *testing.T) {
	l := ratelimit.New(ratelimit.Config{Failures: ratelimit.Rate{PerSecond: 0.001, Burst: 1}})
	s := httptest.NewServer(l.ByFailures(refuse, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusUnauthorized)
	})))
	defer s.Close()
	for i, want := range []int{401, 429} {
		resp, err := http.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("request %d: %d, want %d", i, resp.StatusCode, want)
		}
	}
}

// A stream flushes through the middleware.
func TestStreamsFlush(t *testing.T) {
	l := ratelimit.New(ratelimit.Config{})
	var err error
	h := l.ByFailures(refuse, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		err = http.NewResponseController(w).Flush()
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if err != nil || !w.Flushed {
		t.Errorf("flushed %v, %v", w.Flushed, err)
	}
}

func TestRetryAfter(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		0: "1", time.Nanosecond: "1", time.Second: "1", time.Second + 1: "2", 90 * time.Minute: "5400",
	} {
		if got := ratelimit.RetryAfter(wait); got != want {
			t.Errorf("%v: %s, want %s", wait, got, want)
		}
	}
}
