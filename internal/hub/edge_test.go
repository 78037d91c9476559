package hub_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sensors"
)

// running edge of one partner.
type runningEdge struct {
	*edge.Edge
	t      testing.TB
	dir    string // of the files outlet
	sensor *io.PipeWriter
	lines  uint64
	stop   func()
}

func (r *running) edge(name, sector, country string) *runningEdge {
	r.t.Helper()
	_, token := r.partner(name, sector, country, "contributor")
	return r.edgeOf(token, r.t.TempDir())
}

func (r *running) edgeOf(token, dir string) *runningEdge {
	r.t.Helper()
	c, err := client.New(r.URL(), token)
	if err != nil {
		r.t.Fatal(err)
	}
	in, out := io.Pipe()
	e := &runningEdge{t: r.t, dir: filepath.Join(dir, "protections"), sensor: out}
	e.Edge, err = edge.New(r.t.Context(), edge.Config{
		Client: c, Sensors: []sensors.Place{{Kind: sensors.EVE, From: "-"}}, Stdin: in, Outlets: []edge.Placed{{Outlet: edge.Files{Dir: e.dir}}}, StateDir: dir, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	stopped := false
	e.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			r.t.Errorf("edge: %v", err)
		}
	}
	r.t.Cleanup(e.stop)
	return e
}

// patience bounds what a test waits for.
func patience(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// sees writes records and waits until the hub has what follows from them.
func (e *runningEdge) sees(records ...string) {
	e.t.Helper()
	for _, record := range records {
		if _, err := io.WriteString(e.sensor, record+"\n"); err != nil {
			e.t.Fatal(err)
		}
		e.lines++
	}
	if err := e.Settle(patience(e.t), e.lines); err != nil {
		e.t.Fatal(err)
	}
}

func (e *runningEdge) wantBlocked(name string, want bool) {
	e.t.Helper()
	text, err := os.ReadFile(filepath.Join(e.dir, "block.txt"))
	if err != nil || slices.Contains(strings.Fields(string(text)), name) != want {
		e.t.Errorf("%s: blocking of %s is to be %t, on disk is %q (%v)", e.Partner().Name, name, want, text, err)
	}
}

func ends(host, target int, at string) string {
	return fmt.Sprintf(`"timestamp":"2017-05-12T08:%s.000000+0000","src_ip":"10.0.0.%d","src_port":50000,"dest_ip":"203.0.113.%d"`, at, host, target)
}

// outbreakAt is what a sensor records when hosts ask for a name and then scan.
func outbreakAt(name string) []string {
	var records []string
	for host := 1; host <= 4; host++ {
		records = append(records, fmt.Sprintf(`{"event_type":"dns",%s,"dest_port":53,"proto":"UDP","dns":{"version":2,"type":"answer","id":1,"flags":"8180","qr":true,"rrname":"%s","rrtype":"A","rcode":"NOERROR","answers":[{"rrname":"%s","rrtype":"A","ttl":300,"rdata":"198.51.100.7"}]}}`,
			ends(host, 53, fmt.Sprintf("10:%02d", host)), name, name))
		for target := 1; target <= 6; target++ {
			records = append(records, fmt.Sprintf(`{"event_type":"flow",%s,"dest_port":445,"proto":"TCP","flow":{"pkts_toserver":2,"pkts_toclient":0,"bytes_toserver":132,"bytes_toclient":0,"start":"2017-05-12T08:11:00.000000+0000","end":"2017-05-12T08:11:03.000000+0000","age":3,"state":"new","reason":"timeout"},"tcp":{"tcp_flags":"02","tcp_flags_ts":"02","tcp_flags_tc":"00","syn":true,"state":"syn_sent"}}`,
				ends(host, 100+target, fmt.Sprintf("11:%02d", 10+target))))
		}
	}
	return records
}

// What two partners see becomes the protection of all three, and the hub's
// ledger has each one's word that it is in force. A recall takes it out.
func TestWhatOneSeesProtectsTheOthers(t *testing.T) {
	h := startHub(t, "")
	edges := []*runningEdge{
		h.edge("Hospital 01", "healthcare", "GB"), h.edge("Telco 01", "communications", "ES"), h.edge("Bank 01", "financial-services", "DE"),
	}
	edges[0].sees(outbreakAt("evil.example")...)
	if _, err := h.Views.WaitSettled(patience(t)); err != nil {
		t.Fatal(err)
	}
	if p := h.Views.Protect.Effective(time.Now()); len(p) != 0 {
		t.Fatalf("on one partner's word alone there are protections: %v", p)
	}
	edges[1].sees(outbreakAt("evil.example")...)
	h.everywhere(edges, 1)
	for _, e := range edges {
		e.wantBlocked("evil.example", true)
	}
	var protections struct {
		Protections []protect.Protection `json:"protections"`
	}
	h.get("/api/v1/protections", adminToken, &protections)
	if len(protections.Protections) != 1 || protections.Protections[0].Reports != 2 {
		t.Fatalf("protections: %+v", protections)
	}
	h.wantReceipts(protections.Protections[0].ID, 3, true)
	var outbreaks struct {
		Outbreaks []struct{} `json:"outbreaks"`
	}
	h.get("/api/v1/outbreaks", adminToken, &outbreaks)
	if len(outbreaks.Outbreaks) != 1 {
		t.Errorf("outbreaks: %+v", outbreaks)
	}
	// The third meets what the others saw: its sighting tells them.
	edges[2].sees(outbreakAt("evil.example")[:1]...)
	if _, err := h.Views.WaitSettled(patience(t)); err != nil {
		t.Fatal(err)
	}
	var seen struct {
		Sightings []struct {
			Basis string `json:"basis"`
		} `json:"sightings"`
	}
	h.get("/api/v1/sightings?value=evil.example", adminToken, &seen)
	bases := map[string]int{}
	for _, s := range seen.Sightings {
		bases[s.Basis]++
	}
	if bases["suspect"] < 2 || bases["indicator"] != 1 {
		t.Errorf("sightings by basis: %v, want 2 suspects and 1 of the indicator", bases)
	}
	h.post("/api/v1/protections/recall", adminToken, map[string]string{"value": "evil.example", "reason": "a mistake"}, http.StatusOK)
	h.everywhere(edges, 2)
	for _, e := range edges {
		e.wantBlocked("evil.example", false)
	}
	h.wantReceipts(protections.Protections[0].ID, 3, false)
}

// everywhere waits until so many decisions are confirmed by every edge.
func (r *running) everywhere(edges []*runningEdge, decisions uint64) {
	r.t.Helper()
	for _, e := range edges {
		if err := e.Enforced(patience(r.t), decisions); err != nil {
			r.t.Fatalf("%s: decision %d is not confirmed: %v", e.Partner().Name, decisions, err)
		}
	}
}

// confirmed waits until an edge's receipt says that the block is in force.
func (r *running) confirmed(name string) {
	r.t.Helper()
	ctx := patience(r.t)
	for {
		if err := r.Views.WaitDecided(ctx); err != nil {
			r.t.Fatalf("%s is not confirmed: %v", name, err)
		}
		at := r.entries()
		p, _ := r.Views.Protect.Get(observable.Value{Type: observable.Domain, Text: name})
		if r.Views.Protect.InForce(p.ID) > 0 {
			return
		}
		if err := r.Views.Ledger.Wait(ctx, ledger.Seq(at)); err != nil {
			r.t.Fatalf("%s is not confirmed: %v", name, err)
		}
	}
}

func (r *running) wantReceipts(protection string, n int, inForce bool) {
	r.t.Helper()
	var list struct {
		Receipts []protect.PartnerReceipt `json:"receipts"`
	}
	r.get("/api/v1/protections/"+protection+"/receipts", adminToken, &list)
	say := 0
	for _, receipt := range list.Receipts {
		if receipt.InForce == inForce {
			say++
		}
	}
	if say != n || len(list.Receipts) != n {
		r.t.Errorf("receipts %+v, want %d with in force %t", list.Receipts, n, inForce)
	}
}

// The hub restarts at the same address: edges go on where they were, and what
// is decided then arrives.
func TestEdgesOutliveTheHub(t *testing.T) {
	dir := t.TempDir()
	h := startHub(t, dir)
	e := h.edge("Hospital 01", "healthcare", "GB")
	block := func(h *running, name string) {
		h.post("/api/v1/protections", adminToken, map[string]string{"value": name, "polarity": "block", "reason": "seen"}, http.StatusCreated)
	}
	block(h, "one.example")
	h.everywhere([]*runningEdge{e}, 1)
	address := strings.TrimPrefix(h.URL(), "http://")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	e.wantBlocked("one.example", true)
	again := startHub(t, dir, func(c *hub.Config) { c.Listen = address })
	block(again, "two.example")
	again.everywhere([]*runningEdge{e}, 2)
	e.wantBlocked("one.example", true)
	e.wantBlocked("two.example", true)
}

// A hub restored from a backup no longer has its last decisions: they go out
// of force at the edges, and what it decides anew comes into force.
func TestEdgesFollowARestoredHub(t *testing.T) {
	dir, backup := t.TempDir(), t.TempDir()
	h := startHub(t, dir)
	_, token := h.partner("Hospital 01", "healthcare", "GB", "contributor")
	state := t.TempDir()
	block := func(h *running, name string) {
		h.post("/api/v1/protections", adminToken, map[string]string{"value": name, "polarity": "block", "reason": "seen"}, http.StatusCreated)
	}
	block(h, "kept.example")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(backup, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	h = startHub(t, dir)
	e := h.edgeOf(token, state)
	block(h, "lost.example")
	block(h, "lost-too.example")
	h.everywhere([]*runningEdge{e}, 3)
	e.wantBlocked("lost.example", true)
	e.stop()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = startHub(t, backup)
	block(h, "fresh.example")
	e = h.edgeOf(token, state)
	h.confirmed("fresh.example")
	e.wantBlocked("kept.example", true)
	e.wantBlocked("fresh.example", true)
	e.wantBlocked("lost.example", false)
	e.wantBlocked("lost-too.example", false)
}
