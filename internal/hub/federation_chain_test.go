package hub_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/stream"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// Over two hubs: where it began and the way are kept, and what is taken back at the
// first is taken back at the last.
func TestThroughTwoHubs(t *testing.T) {
	a, b, c := newPeer(t), newPeer(t), newPeer(t)
	bankID, bank := a.partner("Bank 01", "financial-services", "DE", "contributor")
	_, telco := c.partner("Telco 01", "communications", "ES", "contributor")
	b.follows(a, a.otherHub("Hub B"), b.otherHub("Hub A"))
	c.follows(b, b.otherHub("Hub C"), c.otherHub("Hub B"))
	a.contribute(bank, "", "far.example")
	reader := &reading{p: c, token: telco}
	reader.until("what came through two hubs", names("far.example"))
	part := c.partsWith("far.example")[0]
	there, between := a.partsWith("far.example")[0], b.partsWith("far.example")[0]
	o := part.Origin
	if o == nil || o.By != bankID || o.Contribution != there.ID || o.As != between.ID || len(o.Via) != 2 || o.Via[0] != o.Hub || o.Hub != between.Origin.Hub {
		t.Errorf("its origin is %+v, at the hub between %+v", o, between.Origin)
	}
	a.post("/api/v1/contributions/"+there.ID+"/withdrawal", bank, map[string]string{"reason": "wrong"}, http.StatusNoContent)
	reader.until("the withdrawal", func(l stream.Line) bool { return l.Kind == contribution.KindTightened })
	if c.shows(telco, idOf(t, part)) {
		t.Error("it is shown still")
	}
}

// The checkpoints of the other hub's public log are watched where a trust file is
// given, and kept with what is taken.
func TestTheOthersPublicLogIsKept(t *testing.T) {
	a, b := newPeer(t), newPeer(t)
	aOfB, bOfA := a.otherHub("Hub B"), b.otherHub("Hub A")
	_, bank := a.partner("Bank 01", "financial-services", "DE", "contributor")
	_, clinic := b.partner("Hospital 01", "healthcare", "GB", "contributor")
	keys := a.trustFile()
	b.follows(a, aOfB, bOfA, func(c *pull.Config) { c.Trust = keys })
	b.sawLog()
	a.contribute(bank, "", "evil.example")
	(&reading{p: b, token: clinic}).until("what the bank shared", names("evil.example"))
	kept := ""
	for e, err := range b.Views.Ledger.Read(t.Context(), 0, "hub.followed") {
		if err != nil {
			t.Fatal(err)
		}
		kept = string(e.Body)
	}
	if !names("checkpoint")(stream.Line{Body: []byte(kept)}) {
		t.Errorf("no checkpoint is on the ledger: %s", kept)
	}
}

// A hub whose public log becomes another is not followed any more, over a restart,
// until an administrator wants it so; both its checkpoints are kept.
func TestALogThatContradictsItself(t *testing.T) {
	a, b := newPeer(t), newPeer(t)
	aOfB, bOfA := a.otherHub("Hub B"), b.otherHub("Hub A")
	_, bank := a.partner("Bank 01", "financial-services", "DE", "contributor")
	_, clinic := b.partner("Hospital 01", "healthcare", "GB", "contributor")
	keys := a.trustFile()
	origin, _, _ := strings.Cut(a.call(http.MethodGet, "/log/checkpoint", "", "", nil).body, "\n")
	fork, err := translog.OpenFile(t.TempDir(), filepath.Join(a.dir, "log.key"), origin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fork.Close() })
	target, err := url.Parse(a.door.url())
	if err != nil {
		t.Fatal(err)
	}
	var forked atomic.Bool
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if forked.Load() && strings.HasPrefix(r.URL.Path, "/log/") {
			http.StripPrefix("/log", fork.Handler()).ServeHTTP(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		a.door.leadTo(nil)
		server.Close()
	})
	logged(t, a)
	b.follows(a, aOfB, bOfA, func(c *pull.Config) { c.URL, c.Trust = server.URL, keys })
	b.sawLog()
	a.contribute(bank, "", "first.example")
	reader := &reading{p: b, token: clinic}
	reader.until("the first", names("first.example"))

	forked.Store(true)
	b.restart()
	b.waitProblem("contradicts itself")
	b.restart()
	b.onlySource(func(s pull.Status) bool { return strings.Contains(s.Problem, "until an administrator sets anew") })
	if got := b.partsWith("first.example"); len(got) != 1 {
		t.Errorf("what was taken is there %d times", len(got))
	}
	forked.Store(false)
	b.source.Anew = "2026"
	b.restart()
	a.contribute(bank, "", "second.example")
	reader.until("the second", names("second.example"))
}

// logged waits until something is on a hub's public log.
func logged(t *testing.T, p *peer) {
	t.Helper()
	for ctx := patience(t); ; time.Sleep(10 * time.Millisecond) {
		if text := p.call(http.MethodGet, "/log/checkpoint", "", "", nil).body; !strings.Contains(text, "\n0\n") {
			return
		}
		if ctx.Err() != nil {
			t.Fatal("nothing was logged")
		}
	}
}

// sawLog waits until the other hub's public log was seen.
func (p *peer) sawLog() {
	p.t.Helper()
	p.onlySource(func(s pull.Status) bool { return !s.LogSeen.IsZero() })
}

// onlySource waits until the only source is as it should be.
func (p *peer) onlySource(enough func(pull.Status) bool) {
	p.t.Helper()
	for ctx := patience(p.t); ; time.Sleep(10 * time.Millisecond) {
		var list struct {
			Sources []pull.Status `json:"sources"`
		}
		if p.get("/api/v1/sources", adminToken, &list); len(list.Sources) == 1 && enough(list.Sources[0]) {
			return
		}
		if ctx.Err() != nil {
			p.t.Fatalf("the source is %+v", list.Sources)
		}
	}
}

// trustFile is a file with the keys of the hub's public log.
func (r *running) trustFile() string {
	r.t.Helper()
	path := filepath.Join(r.t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(r.call(http.MethodGet, "/api/v1/log/keys", "", "", nil).body), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return path
}
