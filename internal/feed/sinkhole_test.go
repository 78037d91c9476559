package feed_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/feed"
)

func openSinkhole(t *testing.T, onVisit func(string, time.Time)) *feed.Sinkhole {
	t.Helper()
	s, err := feed.NewSinkhole("127.0.0.1:0", onVisit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func visit(t *testing.T, s *feed.Sinkhole, method, path, host string) string {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+s.Addr().String()+path, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil || w.StatusCode != http.StatusOK {
		t.Fatalf("%s %s of %s: %s, %v", method, path, host, w.Status, err)
	}
	return string(body)
}

func TestSinkholeAnswersAndCounts(t *testing.T) {
	visits := make(chan string, 10)
	s := openSinkhole(t, func(host string, at time.Time) {
		if at.IsZero() {
			t.Error("a visit without a time")
		}
		visits <- host
	})
	if body := visit(t, s, "GET", "/", "Kill.Example:80"); !strings.Contains(body, "Tocsin") {
		t.Errorf("the page does not say what it is: %q", body)
	}
	visit(t, s, "POST", "/any/path?x", "kill.example.")
	visit(t, s, "GET", "/", "127.0.0.1:80")
	visit(t, s, "GET", "/", "not_a$name")
	var told []string
	for range 4 {
		told = append(told, <-visits)
	}
	if diff := cmp.Diff([]string{"kill.example", "kill.example", "127.0.0.1", feed.OtherHosts}, told); diff != "" {
		t.Errorf("told of (-want +got):\n%s", diff)
	}
	want := map[string]uint64{"kill.example": 2, "127.0.0.1": 1, feed.OtherHosts: 1}
	if diff := cmp.Diff(want, s.Visits()); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

func TestSinkholeMemoryIsBounded(t *testing.T) {
	s := openSinkhole(t, nil)
	const asked = 1500
	conn := make(chan error, 4)
	for part := range 4 {
		go func() {
			for i := part; i < asked; i += 4 {
				c, err := net.Dial("tcp", s.Addr().String())
				if err != nil {
					conn <- err
					return
				}
				fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: h%d.example\r\n\r\n", i)
				io.Copy(io.Discard, c)
				c.Close()
			}
			conn <- nil
		}()
	}
	for range 4 {
		if err := <-conn; err != nil {
			t.Fatal(err)
		}
	}
	visits := s.Visits()
	total := uint64(0)
	for _, n := range visits {
		total += n
	}
	if len(visits) > 1025 || total != asked || visits[feed.OtherHosts] == 0 {
		t.Errorf("%d hosts counted apart, %d visits in all, %d of other hosts", len(visits), total, visits[feed.OtherHosts])
	}
}

func TestSinkholeRefusesLongHeaders(t *testing.T) {
	s := openSinkhole(t, nil)
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: kill.example\r\nX: %s\r\n\r\n", strings.Repeat("x", 64<<10))
	answer, _ := io.ReadAll(c) // a reset after the answer is as good
	if !strings.HasPrefix(string(answer), "HTTP/1.1 431") && len(answer) > 0 {
		t.Errorf("answered %q", answer)
	}
	if len(s.Visits()) != 0 {
		t.Errorf("counted %v", s.Visits())
	}
}

func TestSinkholeSaysWhereItCannotListen(t *testing.T) {
	if _, err := feed.NewSinkhole("203.0.113.1:80", nil); err == nil || !strings.Contains(err.Error(), "203.0.113.1:80") {
		t.Errorf("got %v", err)
	}
}
