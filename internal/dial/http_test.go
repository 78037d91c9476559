package dial_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/dial"
)

// at starts a server on an address of loopback.
func at(t *testing.T, addr string, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	listener, err := net.Listen("tcp", addr+":0")
	if err != nil {
		t.Skipf("this machine has no %s: %v", addr, err)
	}
	s := httptest.NewUnstartedServer(handle)
	s.Listener.Close()
	s.Listener = listener
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func allow(prefixes ...string) (p dial.Policy) {
	for _, text := range prefixes {
		p.Allow = append(p.Allow, netip.MustParsePrefix(text))
	}
	return p
}

func TestRedirectsAreCheckedAgain(t *testing.T) {
	port, reached := inner(t)
	outer := at(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+r.URL.Query().Get("to"), http.StatusFound)
	})
	client := dial.HTTPClient(allow("127.0.0.2/32"), dial.Options{})
	for _, to := range []string{"127.0.0.1:" + port, "localhost:" + port, "[::1]:" + port, "0.0.0.0:" + port, "169.254.169.254"} {
		resp, err := client.Get(outer.URL + "?to=" + to)
		if err == nil {
			resp.Body.Close()
		}
		wantRefused(t, err)
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the inner server was reached %d times", n)
	}
}

func TestCredentialsStayWithTheirOrigin(t *testing.T) {
	var got http.Header
	other := at(t, "127.0.0.3", func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
	first := at(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL+"/there", http.StatusTemporaryRedirect)
		case "/here":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/end":
			got = r.Header
		}
	})
	client := dial.HTTPClient(allow("127.0.0.0/8"), dial.Options{})
	request := func(method, path string) *http.Request {
		r, err := http.NewRequest(method, first.URL+path, strings.NewReader("a contribution"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Accept": {"*/*"}, "Authorization": {"Bearer s3cret"}, "X-Api-Key": {"s3cret"}, "Auth-Key": {"s3cret"}, "Cookie": {"s=s3cret"}, "User-Agent": {"tocsin"}}
		return r
	}
	resp, err := client.Do(request("GET", "/away"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	got.Del("Content-Length")
	got.Del("Accept-Encoding")
	if diff := cmp.Diff(http.Header{"Accept": {"*/*"}, "User-Agent": {"tocsin"}}, got); diff != "" {
		t.Errorf("what another origin is told (-want +got):\n%s", diff)
	}
	resp, err = client.Do(request("GET", "/here"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got.Get("Authorization") == "" || got.Get("X-Api-Key") == "" {
		t.Errorf("a redirect within the origin lost the credentials: %v", got)
	}
	got = nil
	resp, err = client.Do(request("POST", "/away"))
	if err == nil {
		resp.Body.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "redirect of a POST to another origin") || got != nil {
		t.Errorf("a body was taken to another origin: %v, %v", err, got)
	}
}

func TestRedirectsEnd(t *testing.T) {
	hops := 0
	s := at(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		hops++
		http.Redirect(w, r, fmt.Sprintf("/%d", hops), http.StatusFound)
	})
	for _, c := range []struct{ redirects, hops int }{{0, 6}, {2, 3}, {-1, 1}} {
		hops = 0
		resp, err := dial.HTTPClient(allow("127.0.0.2/32"), dial.Options{Redirects: c.redirects}).Get(s.URL)
		if err == nil {
			resp.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "redirects") || hops != c.hops {
			t.Errorf("Redirects %d: %d requests, want %d; %v", c.redirects, hops, c.hops, err)
		}
	}
	for _, to := range []string{"file:///etc/passwd", "gopher://127.0.0.2/"} {
		s := at(t, "127.0.0.2", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		})
		resp, err := dial.HTTPClient(allow("127.0.0.2/32"), dial.Options{}).Get(s.URL)
		if err == nil {
			resp.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "scheme") {
			t.Errorf("redirect to %s: %v", to, err)
		}
	}
}

func TestAnswersThatAreTooMuch(t *testing.T) {
	gate := make(chan struct{})
	s := at(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/header":
			w.Header().Set("X-Long", strings.Repeat("x", 100_000))
		case "/silent":
			<-gate
		case "/drip":
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-gate
		}
	})
	t.Cleanup(func() { close(gate) })
	client := dial.HTTPClient(allow("127.0.0.2/32"), dial.Options{HeaderTimeout: 20 * time.Millisecond})
	for path, part := range map[string]string{"/header": "exceeded", "/silent": "timeout awaiting response headers"} {
		resp, err := client.Get(s.URL + path)
		if err == nil {
			resp.Body.Close()
		}
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v", path, err)
		}
	}
	resp, err := dial.HTTPClient(allow("127.0.0.2/32"), dial.Options{Timeout: 50 * time.Millisecond}).Get(s.URL + "/drip")
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "Timeout") {
		t.Errorf("a body that never ends: %v", err)
	}
}
