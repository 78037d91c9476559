package hub_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/hub"
)

// begin sends the head of a request with a body, and as much of it as is given.
func begin(t *testing.T, url, path, headers, body string, announced int) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // for ever would be the fault
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: hub\r\n%sContent-Length: %d\r\n\r\n%s", path, headers, announced, body)
	return c, bufio.NewReader(c)
}

// A body that stops arriving ends its connection, whether a handler waits for
// it, has answered without it, or none has looked.
func TestABodyHasToArrive(t *testing.T) {
	saw := make(chan error, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("/read", func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		saw <- err
		http.Error(w, "too late", http.StatusRequestTimeout)
	})
	mux.HandleFunc("/refuse", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) })
	mux.HandleFunc("/ignore", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fine") })
	server := httptest.NewServer(hub.Impatient(mux, 20*time.Millisecond))
	defer server.Close()
	for path, status := range map[string]int{"/read": http.StatusRequestTimeout, "/refuse": http.StatusUnauthorized, "/ignore": http.StatusOK} {
		_, in := begin(t, server.URL, path, "", "a", 1000)
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if answer.StatusCode != status {
			t.Errorf("%s: status %d", path, answer.StatusCode)
		}
		if _, err := io.ReadAll(answer.Body); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		answer.Body.Close()
		if _, err := in.ReadByte(); err == nil || isTimeout(err) {
			t.Errorf("%s: the connection is still open: %v", path, err)
		}
	}
	if err := <-saw; !isTimeout(err) {
		t.Errorf("the handler reads %v", err)
	}
}

func isTimeout(err error) bool {
	late, ok := err.(net.Error) //nolint:errorlint // as it is given
	return ok && late.Timeout()
}

// What comes steadily is taken however long it takes, and a handler that works
// on what is there, or has a deadline of its own, is left alone.
func TestPatienceIsForWaitingAlone(t *testing.T) {
	const patience = 30 * time.Second
	mux := http.NewServeMux()
	mux.HandleFunc("/read", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, " ", isTimeout(err))
	})
	mux.HandleFunc("/work", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadFull(r.Body, make([]byte, 1))
		time.Sleep(10 * patience)
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n+1, " ", isTimeout(err))
	})
	mux.HandleFunc("/manage", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, " ", isTimeout(err))
	})
	mux.HandleFunc("/outlast", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience))
		select {
		case <-r.Context().Done():
			fmt.Fprint(w, "the work was ended")
		case <-time.After(10 * patience):
			fmt.Fprint(w, n, " ", isTimeout(err))
		}
	})
	for name, tt := range map[string]struct {
		path  string
		part  int           // bytes that come at a time, 8 times
		every time.Duration // after what was before
		want  string
	}{
		"steady":       {"/read", 4096, 20 * time.Second, "32768 false"},
		"by drops":     {"/read", 1, 8 * time.Second, "3 true"},
		"work between": {"/work", 1, time.Second, "8 false"},
		"managed":      {"/manage", 1, time.Minute, "8 false"},
		"work after":   {"/outlast", 1, time.Second, "8 false"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, served := net.Pipe()
				server := &http.Server{Handler: hub.Impatient(mux, patience)}
				var both sync.WaitGroup
				both.Go(func() { _ = server.Serve(&queue{conns: []net.Conn{&named{Conn: served, from: "192.0.2.1:1"}}}) })
				both.Go(func() {
					fmt.Fprintf(client, "POST %s HTTP/1.1\r\nHost: hub\r\nContent-Length: %d\r\n\r\n", tt.path, 8*tt.part)
					for range 8 {
						time.Sleep(tt.every)
						fmt.Fprint(client, strings.Repeat("a", tt.part))
					}
				})
				answer, err := http.ReadResponse(bufio.NewReader(client), nil)
				if err != nil {
					t.Fatal(err)
				}
				if text, err := io.ReadAll(answer.Body); err != nil || string(text) != tt.want {
					t.Errorf("%q, %v, want %q", text, err, tt.want)
				}
				answer.Body.Close()
				_ = client.Close()
				_ = server.Close()
				both.Wait()
			})
		})
	}
}

// Who is refused is told so without having sent everything.
func TestARefusalDoesNotWaitForTheBody(t *testing.T) {
	h := startHub(t, "")
	for _, path := range []string{"/api/v1/contributions", "/api/v1/partners", "/taxii2/", "/feeds/block.txt"} {
		_, in := begin(t, h.URL(), path, "Authorization: Bearer tocsin_guess\r\nContent-Type: text/plain\r\n", "a", 1000)
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		answer.Body.Close()
		if answer.StatusCode < http.StatusBadRequest || !answer.Close {
			t.Errorf("%s: %+v", path, answer)
		}
	}
}

// queue is a listener of connections that are there.
type queue struct {
	net.Listener
	conns []net.Conn
}

func (q *queue) Accept() (net.Conn, error) {
	if len(q.conns) == 0 {
		return nil, io.EOF
	}
	c := q.conns[0]
	q.conns = q.conns[1:]
	return c, nil
}

func (q *queue) Close() error { return nil }

// named is a connection from an address.
type named struct {
	net.Conn
	from   string
	closed atomic.Bool // the server and whoever closes it may do so at once
}

func (c *named) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.from))
}

func (c *named) Close() error {
	c.closed.Store(true)
	if c.Conn == nil {
		return nil
	}
	return c.Conn.Close()
}

func TestNoAddressHasAllConnections(t *testing.T) {
	q := &queue{}
	for _, from := range []string{
		"192.0.2.1:1", "192.0.2.1:2", "192.0.2.1:3", "192.0.2.2:1", "[::ffff:192.0.2.1]:4", "[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1",
		"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "[::1]:1", "[::1]:2", "[::1]:3",
	} {
		q.conns = append(q.conns, &named{from: from})
	}
	all := q.conns
	hungUp := 0
	l := hub.NewFairListener(q, 2, func() { hungUp++ })
	var open []net.Conn
	for c, err := l.Accept(); err == nil; c, err = l.Accept() {
		open = append(open, c)
	}
	var refused []string
	for _, c := range all {
		if c := c.(*named); c.closed.Load() {
			refused = append(refused, c.from)
		}
	}
	if got := strings.Join(refused, " "); got != "192.0.2.1:3 [::ffff:192.0.2.1]:4 [2001:db8::3]:1" {
		t.Errorf("refused are %s", got)
	}
	if hungUp != 3 {
		t.Errorf("%d are counted as refused", hungUp)
	}
	// Who has closed one may open another; to close it twice gives no more.
	_ = open[0].Close()
	_ = open[0].Close()
	q.conns = []net.Conn{&named{from: "192.0.2.1:5"}, &named{from: "192.0.2.1:6"}}
	if c, err := l.Accept(); err != nil || !strings.HasSuffix(c.RemoteAddr().String(), ":5") {
		t.Errorf("after one was closed: %v, %v", c, err)
	}
	if c, err := l.Accept(); err == nil {
		t.Errorf("there is one too many: %v", c.RemoteAddr())
	}
}

// A form's files are gone from the disk when it has been answered: the server
// knows only of its own request's, and the handler has a copy of that.
func TestFilesOfAFormAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	there := make(chan int, 1)
	files := func() int {
		list, err := os.ReadDir(os.Getenv("TMPDIR"))
		if err != nil {
			t.Error(err)
		}
		return len(list)
	}
	server := httptest.NewServer(hub.Impatient(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil {
			t.Error(err)
		}
		there <- files()
	}), time.Minute))
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("f", "list.txt")
	if err == nil {
		_, err = part.Write(make([]byte, 11<<20)) // Go keeps the first 10 MiB of all in memory
	}
	if err := errors.Join(err, form.Close()); err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(server.URL, form.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	server.Close() // waits until the handler has left
	if n := <-there; n == 0 {
		t.Fatal("no file was written: the test looks at nothing")
	}
	if n := files(); n != 0 {
		t.Errorf("%d files are left", n)
	}
}
