package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// fakeHub answers every call with a function of the test's.
func fakeHub(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c, err := New(server.URL+"/", "secret")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// lines writes so many lines of a reader's stream.
func lines(t *testing.T, n int) []byte {
	t.Helper()
	w := stream.NewCodec([32]byte{1}).Writer("reader", stream.Position{})
	var text bytes.Buffer
	var head ledger.Head
	for i := range n {
		e, _, err := ledger.Seal(ledger.Draft{Kind: "test.note", Body: fmt.Appendf(nil, `{"n":%d}`, i)}, head, time.Unix(int64(i), 0))
		if err != nil {
			t.Fatal(err)
		}
		line, err := w.Next(e)
		if err != nil {
			t.Fatal(err)
		}
		head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
		text.Write(line)
	}
	return text.Bytes()
}

func readAll(s *Stream) (n int, err error) {
	for {
		if _, err := s.Next(); err != nil {
			return n, err
		}
		n++
	}
}

// A hub that says nothing for longer than its beat is given up.
func TestASilentHubIsGivenUp(t *testing.T) {
	text := lines(t, 2)
	c := fakeHub(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(text)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	c.patience = 20 * time.Millisecond
	s, err := c.Follow(t.Context(), stream.Mark{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, err := readAll(s); n != 2 || !errors.Is(err, errSilent) {
		t.Errorf("%d lines and %v, want 2 and %v", n, err, errSilent)
	}
}

// A backlog is over only when the answer is whole; a stream that is followed
// never is.
func TestHowStreamsEnd(t *testing.T) {
	text := lines(t, 3)
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		n       int
		backlog error // how it ends; nil: with any error but io.EOF
	}{
		"whole":         {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) }, 3, io.EOF},
		"nothing":       {func(http.ResponseWriter, *http.Request) {}, 0, io.EOF},
		"kept alive":    {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "\n%s\n\n", text) }, 3, io.EOF},
		"inside a line": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text[:len(text)-10]) }, 2, nil},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(text)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, 3, nil},
		"endless line": {func(w http.ResponseWriter, _ *http.Request) {
			for range 3 * maxLine / 1000 {
				if _, err := w.Write(bytes.Repeat([]byte("x"), 1000)); err != nil {
					return
				}
			}
		}, 0, stream.ErrLine},
		"without a length": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprintf(conn, "HTTP/1.0 200 OK\r\n\r\n%s", text)
			conn.Close()
		}, -1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			hub := fakeHub(t, c.answer)
			s, err := hub.Backlog(t.Context(), stream.Mark{})
			switch {
			case c.n < 0 && err == nil:
				s.Close()
				t.Error("an answer of which nobody knows where it ends is taken for a backlog")
			case c.n >= 0 && err != nil:
				t.Fatal(err)
			case c.n >= 0:
				n, err := readAll(s)
				s.Close()
				if n != c.n || errors.Is(err, io.EOF) != (c.backlog == io.EOF) || c.backlog != nil && !errors.Is(err, c.backlog) {
					t.Errorf("backlog: %d lines and %v", n, err)
				}
			}
			if s, err = hub.Follow(t.Context(), stream.Mark{}); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if n, err := readAll(s); c.n >= 0 && n != c.n || errors.Is(err, io.EOF) {
				t.Errorf("followed: %d lines and %v", n, err)
			}
		})
	}
}

// What the hub says no with reaches the person, and what may be tried again is
// told from what may not.
func TestProblems(t *testing.T) {
	for body, want := range map[string]string{
		`{"title":"Conflict","detail":"the name is taken","errors":[{"message":"choose another","location":"body.name"}]}`: "the name is taken\n  body.name: choose another",
		`<html>`: "Conflict",
		``:       "Conflict",
	} {
		c := fakeHub(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer secret" || r.URL.Path != "/api/v1/partners" {
				t.Errorf("%s with %q", r.URL.Path, r.Header.Get("Authorization"))
			}
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, body)
		})
		var problem *Problem
		if err := c.Post(t.Context(), "/partners", struct{}{}, nil); !errors.As(err, &problem) || problem.Status != 409 || !strings.Contains(err.Error(), want) {
			t.Errorf("%q became %v", body, err)
		}
	}
	for status, final := range map[int]bool{400: true, 401: false, 403: false, 404: true, 408: false, 413: true, 425: false, 429: false, 500: false, 503: false} {
		if p := (&Problem{Status: status, ofHub: true}); p.Final() != final {
			t.Errorf("%d is final: %t", status, p.Final())
		}
		if (&Problem{Status: status}).Final() {
			t.Errorf("a proxy's %d is final", status)
		}
	}
}

func TestNewAndReadToken(t *testing.T) {
	for _, hub := range []string{"", "hub.example:8440", "ftp://hub.example", "http://", "://"} {
		if _, err := New(hub, "token"); err == nil || !strings.Contains(err.Error(), "https://hub.example:8440") {
			t.Errorf("hub %q: %v", hub, err)
		}
	}
	if _, err := New("http://hub.example", ""); err == nil {
		t.Error("a client without a token")
	}
	path := filepath.Join(t.TempDir(), "token")
	for text, want := range map[string]string{"secret\n": "secret", " secret": "secret", "": "", "two words": "", "two\nlines": ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadToken(path)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	if _, err := ReadToken(path + ".none"); err == nil {
		t.Error("a token is read from no file")
	}
}

// What is sent to the hub is for the hub alone, also when something before it
// sends elsewhere.
func TestNobodyIsFollowedElsewhere(t *testing.T) {
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 307, 308} {
		c := fakeHub(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/login", status) })
		var problem *Problem
		if err := c.Post(t.Context(), "/sightings", struct{}{}, nil); !errors.As(err, &problem) || problem.Final() || !strings.Contains(err.Error(), "sends elsewhere") {
			t.Errorf("%d became %v", status, err)
		}
	}
	if n := elsewhere.Load(); n > 0 {
		t.Errorf("%d calls went elsewhere", n)
	}
}
