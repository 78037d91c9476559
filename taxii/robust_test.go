package taxii_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/taxii"
)

// large is a backend with pages that fill every buffer on the way.
func large() *memory {
	m := filled(0)
	for i := range 64 {
		id, version, _ := indicator(i, 0)
		m.put(id, version, jsontext.Value(`{"x":"`+strings.Repeat("a", 1<<18)+`"}`))
	}
	return m
}

// raw opens a connection, and sends a request as it is.
func raw(t *testing.T, server *httptest.Server, text string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

// settle waits until no more goroutines are there than before.
func settle(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("there are %d goroutines, and were %d", runtime.NumGoroutine(), before)
		}
	}
}

// Clients that stop reading, or vanish, in the middle of a page are let go:
// what they held is closed, and others are answered all the while.
func TestClientsThatStopReading(t *testing.T) {
	for name, vanish := range map[string]bool{"slow": false, "vanished": true} {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			s := inFile(t, large())
			h := handler(s)
			h.Patience = 300 * time.Millisecond
			if vanish {
				h.Patience = time.Hour
			}
			server := httptest.NewServer(h)
			ask := "GET " + sharedURL + "/objects/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n\r\n"
			for range 5 {
				conn := raw(t, server, ask)
				defer conn.Close()
				if line, err := bufio.NewReaderSize(conn, 64).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
					t.Fatalf("answered %q, %v", line, err)
				}
				if vanish {
					conn.Close()
				}
			}
			c := &taxii.Client{URL: server.URL + "/taxii2/", Token: "good", PageSize: 1, Attempts: 1}
			if _, err := c.Object(t.Context(), server.URL+sharedURL, s.items[0].ID, taxii.Versions{}); err != nil {
				t.Errorf("another client: %v", err)
			}
			http.DefaultClient.CloseIdleConnections()
			for deadline := time.Now().Add(20 * time.Second); s.opened.Load() != s.shut.Load(); time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%d pages are opened and %d closed", s.opened.Load(), s.shut.Load())
				}
			}
			server.Close()
			settle(t, before)
		})
	}
}

// A body that does not arrive in time is refused, and its connection ended.
func TestBodyThatDoesNotArrive(t *testing.T) {
	before := runtime.NumGoroutine()
	h := handler(maxBytes{filled(0)})
	h.Patience = 100 * time.Millisecond
	server := httptest.NewServer(h)
	conn := raw(t, server, "POST "+sharedURL+"/objects/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nContent-Type: "+taxii.MediaType+
		"\r\nContent-Length: 100\r\n\r\n{\"objects\":[")
	defer conn.Close()
	text, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(text), "HTTP/1.1 408 ") || !strings.Contains(string(text), "several requests") {
		t.Errorf("answered %q, %v", text, err)
	}
	server.Close()
	settle(t, before)
}

// deadlined is a connection that remembers its deadlines.
type deadlined struct {
	*httptest.ResponseRecorder
	write, read []time.Time
}

func (d *deadlined) SetWriteDeadline(t time.Time) error {
	d.write = append(d.write, t)
	return nil
}

func (d *deadlined) SetReadDeadline(t time.Time) error {
	d.read = append(d.read, t)
	return nil
}

// Each answer and each body has a deadline, which is lifted after it: the next
// request on the connection, and the work on a body that is there, have none.
func TestDeadlinesAreLifted(t *testing.T) {
	h := handler(filled(3))
	h.Patience = time.Hour
	lifted := func(deadlines []time.Time) bool {
		return len(deadlines) == 2 && time.Until(deadlines[0]) > 59*time.Minute && deadlines[1].IsZero()
	}
	for _, test := range []struct{ method, path, body string }{
		{"GET", "/taxii2/", ""}, {"GET", sharedURL + "/objects/", ""}, {"GET", sharedURL + "/manifest/", ""}, {"GET", "/taxii2/none/", ""},
		{"POST", inboxURL + "/objects/", `{"objects":[]}`},
	} {
		r := httptest.NewRequest(test.method, test.path, strings.NewReader(test.body))
		r.Header.Set("Authorization", "Bearer good")
		r.Header.Set("Content-Type", taxii.MediaType)
		d := &deadlined{ResponseRecorder: httptest.NewRecorder()}
		h.ServeHTTP(d, r)
		if !lifted(d.write) {
			t.Errorf("%s %s: deadlines to write are %v", test.method, test.path, d.write)
		}
		if post := test.method == "POST"; post && !lifted(d.read) || !post && len(d.read) > 0 {
			t.Errorf("%s %s: deadlines to read are %v", test.method, test.path, d.read)
		}
	}
}
