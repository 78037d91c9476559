package hub_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/stream"
	"github.com/tocsin-project/tocsin/stix"
)

// doorstep is an address that stays while the hub behind it stops and starts. Its
// connections can be cut.
type doorstep struct {
	listener net.Listener
	mu       sync.Mutex
	behind   string // host:port; empty: nobody
	open     map[net.Conn]struct{}
	carried  int64 // bytes from the hub since it was cut last
	cutAfter int64 // cuts all connections once so many were carried; 0: never
	cuts     int
}

func newDoorstep(t testing.TB) *doorstep {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &doorstep{listener: l, open: map[net.Conn]struct{}{}}
	t.Cleanup(func() {
		l.Close()
		d.leadTo(nil)
	})
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go d.carry(in)
		}
	}()
	return d
}

func (d *doorstep) url() string { return "http://" + d.listener.Addr().String() }

// leadTo puts a hub behind the address, or nobody, and ends what was open.
func (d *doorstep) leadTo(r *running) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.behind = ""
	if r != nil {
		d.behind = strings.TrimPrefix(r.URL(), "http://")
	}
	d.cut()
}

func (d *doorstep) cut() {
	for c := range d.open {
		c.Close()
	}
	clear(d.open)
	d.carried = 0
}

func (d *doorstep) carry(in net.Conn) {
	defer in.Close()
	d.mu.Lock()
	at := d.behind
	d.mu.Unlock()
	out, err := net.Dial("tcp", at)
	if err != nil {
		return
	}
	defer out.Close()
	d.mu.Lock()
	d.open[in], d.open[out] = struct{}{}, struct{}{}
	d.mu.Unlock()
	go func() {
		defer out.Close()
		_, _ = io.Copy(out, in)
	}()
	_, _ = io.Copy(&counted{in, d}, out)
	d.mu.Lock()
	delete(d.open, in)
	delete(d.open, out)
	d.mu.Unlock()
}

// counted cuts the doorstep's connections when enough has gone through.
type counted struct {
	net.Conn
	d *doorstep
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if c.d.carried += int64(n); c.d.cutAfter > 0 && c.d.carried >= c.d.cutAfter {
		c.d.cut()
		c.d.cuts++
	}
	return n, err
}

// peer is a hub that is followed or follows: what stays of it over restarts.
type peer struct {
	*running
	t      testing.TB
	door   *doorstep
	source *pull.Config // the hub that it follows
	change []func(*hub.Config)
}

func newPeer(t testing.TB, change ...func(*hub.Config)) *peer {
	t.Helper()
	p := &peer{t: t, door: newDoorstep(t), change: change}
	p.start(t.TempDir())
	return p
}

func (p *peer) start(dir string) {
	p.t.Helper()
	p.running = startHub(p.t, dir, append(p.change, func(c *hub.Config) {
		c.Dial = dial.Config{Allow: []string{"127.0.0.0/8"}}
		if p.source != nil {
			c.Sources = []pull.Config{*p.source}
		}
	})...)
	p.door.leadTo(p.running)
}

func (p *peer) stop() {
	p.t.Helper()
	p.door.leadTo(nil)
	if err := p.running.Close(); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) restart() {
	p.t.Helper()
	p.stop()
	p.start(p.dir)
}

// otherHub lets the partner in that stands for another hub.
func (p *peer) otherHub(name string) string {
	p.t.Helper()
	var one struct {
		ID string `json:"id"`
	}
	p.decode(p.post("/api/v1/partners", adminToken, map[string]string{"name": name, "sector": "technology", "country": "DE", "kind": "hub"}, http.StatusCreated), &one)
	return one.ID
}

// follows has a hub follow another one, from its next start on: each has a partner
// that stands for the other.
func (p *peer) follows(other *peer, asThere, asHere string, change ...func(*pull.Config)) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(other.token(asThere, "viewer")), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.source = &pull.Config{Name: "other", Kind: "hub", URL: other.door.url(), Partner: asHere, TokenFile: file}
	for _, c := range change {
		c(p.source)
	}
	p.restart()
}

// reading follows a reader's stream of a hub, over its restarts.
type reading struct {
	p     *peer
	token string
	mark  stream.Mark
}

// until reads on until a line is as it should be and gives all that came.
func (r *reading) until(what string, enough func(stream.Line) bool) (lines []stream.Line) {
	r.p.t.Helper()
	s, err := r.p.client(r.token).Follow(patience(r.p.t), r.mark, contribution.KindAccepted, "protection.decided")
	if err != nil {
		r.p.t.Fatal(err)
	}
	defer s.Close()
	for {
		line, err := s.Next()
		if err != nil {
			r.p.t.Fatalf("wait for %s: %v", what, err)
		}
		r.mark = markOf(line)
		if lines = append(lines, line); enough(line) {
			return lines
		}
	}
}

// names says whether a line's body holds a text.
func names(text string) func(stream.Line) bool {
	return func(l stream.Line) bool { return strings.Contains(string(l.Body), text) }
}

// parts are all contributions on the ledger, as they are stored.
func (p *peer) parts() (parts []contribution.Part) {
	p.t.Helper()
	for e, err := range p.Views.Ledger.Read(p.t.Context(), 0, contribution.KindAccepted) {
		if err != nil {
			p.t.Fatal(err)
		}
		if string(e.Body) == ledger.Erased {
			continue
		}
		var part contribution.Part
		if err := json.Unmarshal(e.Body, &part); err != nil {
			p.t.Fatal(err)
		}
		parts = append(parts, part)
	}
	return parts
}

// partsWith are those with an object that holds a text.
func (p *peer) partsWith(text string) (with []contribution.Part) {
	p.t.Helper()
	for _, part := range p.parts() {
		if strings.Contains(fmt.Sprintf("%s", part.Objects), text) {
			with = append(with, part)
		}
	}
	return with
}

// shows says whether a reader is shown an object, once every view has folded all.
func (p *peer) shows(token, id string) bool {
	p.t.Helper()
	if _, err := p.Views.WaitSettled(patience(p.t)); err != nil {
		p.t.Fatal(err)
	}
	switch got := p.call(http.MethodGet, "/api/v1/objects/"+id, token, "", nil); got.status {
	case http.StatusOK:
		return true
	case http.StatusNotFound:
		return false
	default:
		p.t.Fatalf("object %s: %d %s", id, got.status, got.body)
		return false
	}
}

// idOf is the id of a part's only object.
func idOf(t testing.TB, part contribution.Part) string {
	t.Helper()
	if len(part.Objects) != 1 {
		t.Fatalf("%d objects", len(part.Objects))
	}
	h, err := stix.ParseHeader(part.Objects[0])
	if err != nil {
		t.Fatal(err)
	}
	return h.ID
}
