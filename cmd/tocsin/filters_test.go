package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestProxyEndToEnd is a partner's first hour with a real proxy, HAProxy and nginx,
// connected and started by exactly what `tocsin feed connect` says: it denies and
// lets pass with the hub, lets the kill switch through, and goes on while the hub
// is away.
func TestProxyEndToEnd(t *testing.T) {
	for engine, program := range map[string]string{"haproxy": "/usr/sbin/haproxy", "nginx": "/usr/sbin/nginx"} {
		t.Run(engine, func(t *testing.T) {
			needEngine(t, engine, program)
			s, restart := firstHour(t)
			p := connectProxy(t, s, engine)
			startGroup(t, p.start)
			story(t, s, restart, "200 OK", "403 Forbidden", map[string]string{"evil": "evil.example", "beneath": "www.evil.example", "other": "good.example", "later": "later.example"}, p.status)
			s.tocsin("coordinator", "protection", "add", "--polarity", "must-resolve", "killswitch.later.example", "--reason", "it stops the worm")
			eventually(t, "the kill switch below a block", "200 OK", func() string { return p.status("killswitch.later.example") })
		})
	}
}

// connectedProxy is a proxy with a server behind it, as `tocsin feed connect` wants it.
type connectedProxy struct {
	t       *testing.T
	dir, at string
	start   string // the command that starts it and its edge
}

func connectProxy(t *testing.T, s session, engine string) connectedProxy {
	t.Helper()
	behind := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(behind.Close)
	at, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), engine)
	printed := s.tocsin("contributor", "feed", "connect", engine, "--standalone", "--listen", at,
		"--forward", strings.TrimPrefix(behind.URL, "http://"), "--dir", dir, "--hub", s.hub, "--token-file", filepath.Join(s.dir, "contributor"))
	return connectedProxy{t, dir, at, printed[strings.LastIndex(printed, "\n")+1:]}
}

// status is what a request to a host is answered with.
func (p connectedProxy) status(host string) string {
	request, err := http.NewRequest(http.MethodGet, "http://"+p.at+"/", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Host = host
	answer, err := (&http.Client{Timeout: patience / 10}).Do(request)
	if err != nil {
		return "no answer"
	}
	answer.Body.Close()
	return answer.Status
}

// TestPacketFilterEndToEnd is the same with nftables in a network namespace that
// the test makes, in which the hub, the edge and the packets are.
func TestPacketFilterEndToEnd(t *testing.T) {
	needEngine(t, "nftables", "/usr/sbin/nft")
	space := namespace(t)
	for _, address := range []string{"198.51.100.7", "198.51.100.8", "203.0.113.9"} {
		space.has(address)
	}
	s, restart := firstHour(t)
	_, start := space.connect(s)
	startGroup(t, start)
	story(t, s, restart, "reached", "dropped", map[string]string{"evil": "198.51.100.7", "beneath": "198.51.100.7", "other": "198.51.100.8", "later": "203.0.113.9"}, space.reached)
}

// story is what every engine that an edge feeds has to go through. look says how a
// thing is met: free or stopped.
func story(t *testing.T, s session, restart func(away func()), free, stopped string, thing map[string]string, look func(string) string) {
	t.Helper()
	want := func(what, name, how string) {
		t.Helper()
		eventually(t, what+" ("+thing[name]+")", how, func() string { return look(thing[name]) })
	}
	want("the engine answers", "other", free)
	want("nothing is blocked yet", "evil", free)
	s.tocsin("coordinator", "protection", "add", "--polarity", "block", thing["evil"], "--reason", "seen on the first day")
	want("a push takes effect", "evil", stopped)
	want("on what is beneath it, too", "beneath", stopped)
	want("on nothing else", "other", free)
	s.refused("coordinator", "protection", "add", "--polarity", "block", "co.uk", "--reason", "a poisoned protection")
	restart(func() {
		want("it holds while the hub is away", "evil", stopped)
		want("and what was free stays so", "other", free)
	})
	s.tocsin("coordinator", "protection", "add", "--polarity", "block", thing["later"], "--reason", "after the hub came back")
	want("a push after the hub came back", "later", stopped)
	want("what was before holds", "evil", stopped)
	s.tocsin("coordinator", "protection", "recall", thing["evil"], "--reason", "over")
	want("a recall takes effect", "evil", free)
	eventually(t, "the receipt says so", "gone", func() string {
		if said := s.tocsin("coordinator", "protection", "list", "--receipts"); strings.Contains(said, "gone") {
			return "gone"
		}
		return "nothing"
	})
}

func eventually(t *testing.T, what, want string, look func() string) {
	t.Helper()
	began := time.Now()
	for {
		got := look()
		if got == want {
			t.Logf("%s: %s after %d ms", what, want, time.Since(began).Milliseconds())
			return
		}
		if time.Since(began) > patience/2 {
			t.Fatalf("%s: %s, want %s", what, got, want)
		}
		time.Sleep(pause)
	}
}

// firstHour is a hub with a partner, who has a contributor's and a coordinator's
// token, and what kills the hub, does something, and starts it again. args are more
// of the hub's.
func firstHour(t *testing.T, args ...string) (s session, restart func(away func())) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	at, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	start := func() *process {
		p, err := startHub(data, append(args, "--listen", at)...)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := start()
	t.Cleanup(func() { p.kill() })
	s = session{t, p.url, t.TempDir()}
	s.keep("admin", administrator)
	partner := s.tocsin("admin", "partner", "add", "Hospital One", "--sector", "healthcare", "--country", "GB", "--kind", "operator")
	for _, role := range []string{"contributor", "coordinator"} {
		s.keep(role, s.tocsin("admin", "token", "issue", partner, "--role", role))
	}
	return s, func(away func()) {
		p.kill()
		away()
		p = start()
	}
}
