package edge_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sensors"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/stream"
)

var day = time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)

// board is what a test waits at: until something that was told to it holds.
type board struct {
	mu      sync.Mutex
	changed chan struct{}
}

// tell changes something that others wait for.
func (b *board) tell(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// until waits until the condition holds.
func (b *board) until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		b.mu.Lock()
		if condition() {
			b.mu.Unlock()
			return
		}
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed := b.changed
		b.mu.Unlock()
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// fakeHub stands in for a hub whose failures a test decides. It speaks the
// change stream as the real one does, and counts a report's id once.
type fakeHub struct {
	board
	t      *testing.T
	server *httptest.Server
	codec  *stream.Codec

	entries  []ledger.Entry
	reports  []sighting.Report // acknowledged or not, once for each time that it came
	receipts []protect.Receipt
	after    []string // the cursors that streams were asked for
	away     bool     // every call fails
	// before is something in front of the hub that may answer for it.
	before func(http.ResponseWriter, *http.Request) bool
	// answer decides the status of a call; 0 takes it in and then breaks the connection.
	answer func(path string) int
	// line may change a line on its way.
	line func(n uint64, text []byte) []byte
}

func startFakeHub(t *testing.T) *fakeHub {
	h := &fakeHub{t: t, codec: stream.NewCodec([32]byte{7})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/me", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.MarshalWrite(w, access.Partner{ID: "identity--11111111-1111-4111-8111-111111111111", Name: "Bank 01", Sector: "financial-services", Country: "DE"})
	})
	mux.HandleFunc("POST /api/v1/sightings", func(w http.ResponseWriter, r *http.Request) {
		var report sighting.Report
		h.take(w, r, &report, func() { h.reports = append(h.reports, report) })
	})
	mux.HandleFunc("POST /api/v1/receipts", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Receipts []protect.Receipt `json:"receipts"`
		}
		h.take(w, r, &in, func() { h.receipts = append(h.receipts, in.Receipts...) })
	})
	mux.HandleFunc("GET /api/v1/stream", h.stream)
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		away := h.away
		h.mu.Unlock()
		if away {
			panic(http.ErrAbortHandler)
		}
		if h.before != nil && h.before(w, r) {
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(h.server.Close)
	return h
}

func (h *fakeHub) take(w http.ResponseWriter, r *http.Request, in any, note func()) {
	if err := json.UnmarshalRead(r.Body, in); err != nil {
		h.t.Error(err)
	}
	h.mu.Lock()
	answer := h.answer
	h.mu.Unlock()
	status := http.StatusNoContent
	if answer != nil {
		status = answer(strings.TrimPrefix(r.URL.Path, "/api/v1"))
	}
	if status < 300 {
		h.tell(note)
	}
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	report, isReport := in.(*sighting.Report)
	if status < 300 && isReport {
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"id":%q}`, report.ID)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
}

func (h *fakeHub) stream(w http.ResponseWriter, r *http.Request) {
	h.tell(func() { h.after = append(h.after, r.URL.Query().Get("after")) })
	at, err := h.codec.Parse("edge", r.URL.Query().Get("after"))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	stale := at.Seq > 0 && (int(at.Seq) > len(h.entries) || !at.Matches(h.entries[at.Seq-1]))
	h.mu.Unlock()
	if stale {
		w.WriteHeader(http.StatusGone)
		return
	}
	out := h.codec.Writer("edge", at)
	control := http.NewResponseController(w)
	_ = control.Flush()
	for next := at.Seq; ; next++ {
		h.mu.Lock()
		if int(next) == len(h.entries) && !h.away && r.URL.Query().Get("follow") != "false" {
			if h.changed == nil {
				h.changed = make(chan struct{})
			}
			changed := h.changed
			h.mu.Unlock()
			select {
			case <-changed:
				next--
				continue
			case <-r.Context().Done():
				return
			}
		}
		if h.away {
			h.mu.Unlock()
			panic(http.ErrAbortHandler)
		}
		if int(next) >= len(h.entries) {
			h.mu.Unlock()
			return
		}
		e, change := h.entries[next], h.line
		h.mu.Unlock()
		text, err := out.Next(e)
		if err != nil {
			h.t.Error(err)
			return
		}
		if change != nil {
			text = change(out.Position().N, slices.Clone(text))
		}
		_, _ = w.Write(text)
		_ = control.Flush()
	}
}

// decide puts decisions on the fake hub's ledger.
func (h *fakeHub) decide(decisions ...protect.Protection) {
	h.t.Helper()
	h.tell(func() { h.entries = seal(h.t, h.entries, decisions...) })
}

// stops puts a stop of automation, or its end, on the fake hub's ledger.
func (h *fakeHub) stops(s protect.Stop) {
	h.t.Helper()
	h.tell(func() { h.entries = sealAs(h.t, h.entries, protect.KindStopped, s) })
}

func seal(t *testing.T, entries []ledger.Entry, decisions ...protect.Protection) []ledger.Entry {
	t.Helper()
	return sealAs(t, entries, protect.KindDecided, decisions...)
}

func sealAs[T any](t *testing.T, entries []ledger.Entry, kind ledger.Kind, bodies ...T) []ledger.Entry {
	t.Helper()
	entries = slices.Clone(entries)
	for _, one := range bodies {
		body, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		var head ledger.Head
		if n := len(entries); n > 0 {
			head = ledger.Head{Seq: entries[n-1].Seq, Hash: entries[n-1].Hash}
		}
		e, _, err := ledger.Seal(ledger.Draft{Kind: kind, Actor: access.Hub, Body: body}, head, day)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

// saw gives how often each value was reported, each report counted once.
func (h *fakeHub) saw() map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	counts, known := map[string]int{}, map[string]bool{}
	for _, r := range h.reports {
		if known[r.ID] {
			continue
		}
		known[r.ID] = true
		for _, s := range r.Sightings {
			counts[s.Text] += s.Count
		}
	}
	return counts
}

// has says whether the last receipt about a protection says so. The caller is
// a condition of until.
func (h *fakeHub) has(id string, inForce bool) bool {
	for _, r := range slices.Backward(h.receipts) {
		if r.Protection == id {
			return r.InForce == inForce
		}
	}
	return false
}

func (h *fakeHub) setAway(away bool) {
	h.tell(func() { h.away = away })
}

// decision is one about a domain; its id is the domain's name.
func decision(name string, polarity protect.Polarity, status protect.Status) protect.Protection {
	p := protect.Protection{
		ID: "protection--" + name, Value: observable.Value{Type: observable.Domain, Text: name}, Polarity: polarity, Status: status,
		Guards: []string{}, Decided: day, Expires: day.AddDate(100, 0, 0),
	}
	if polarity == protect.MustResolve {
		p.ID, p.Answer = p.ID+"-must", "192.0.2.80"
	}
	return p
}

func block(name string) protect.Protection { return decision(name, protect.Block, protect.Active) }

// watched is the files outlet, which can be told to fail and tells the board
// what has been applied.
type watched struct {
	edge.Files
	board   *board
	failing error
	applied int
	sets    []feed.Set
}

func (o *watched) Apply(ctx context.Context, u feed.Update) error {
	o.board.mu.Lock()
	err := o.failing
	o.board.mu.Unlock()
	if err == nil {
		err = o.Files.Apply(ctx, u)
	}
	o.board.tell(func() {
		o.applied++
		if err == nil {
			o.sets = append(o.sets, u.Set())
		}
	})
	return err
}

// blocks are the lines of the block list on disk.
func (o *watched) blocks() []string {
	text, err := os.ReadFile(filepath.Join(o.Dir, "block.txt"))
	if err != nil {
		return nil
	}
	list := strings.Fields(string(text))
	slices.Sort(list)
	return list
}

// rig is an edge at a fake hub.
type rig struct {
	t      *testing.T
	hub    *fakeHub
	outlet *watched
	cfg    edge.Config
	edge   *edge.Edge
	stop   func()
}

// newRig prepares an edge that start starts.
func newRig(t *testing.T, h *fakeHub) *rig {
	c, err := client.New(h.server.URL, "token")
	if err != nil {
		t.Fatal(err)
	}
	o := &watched{Files: edge.Files{Dir: t.TempDir()}, board: &h.board}
	return &rig{t: t, hub: h, outlet: o, cfg: edge.Config{
		Client: c, Outlets: []edge.Placed{{Outlet: o}}, StateDir: t.TempDir(), Batch: 20 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	}}
}

// reads has the edge read EVE records from in.
func (r *rig) reads(in io.Reader) {
	r.cfg.Sensors, r.cfg.Stdin = []sensors.Place{{Kind: sensors.EVE, From: "-"}}, in
}

func (r *rig) start() {
	r.t.Helper()
	e, err := edge.New(r.t.Context(), r.cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	r.edge = e
	r.stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil && !strings.Contains(err.Error(), "reports wait in") {
				r.t.Errorf("the edge ended with %v", err)
			}
		case <-time.After(30 * time.Second):
			r.t.Error("the edge does not end")
		}
	})
	r.t.Cleanup(func() { r.stop() })
}

// enforced waits until the edge has confirmed so many decisions.
func (r *rig) enforced(lines uint64) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer cancel()
	if err := r.edge.Enforced(ctx, lines); err != nil {
		r.t.Fatalf("decision %d is not confirmed: %v", lines, err)
	}
}

// asks is an EVE record of a host that asks for a name.
func asks(host int, name string) string {
	return fmt.Sprintf(`{"timestamp":"2017-05-12T08:%02d:00.000000+0000","event_type":"dns","src_ip":"10.0.%d.%d","src_port":50000,"dest_ip":"192.0.2.53","dest_port":53,"proto":"UDP",`+
		`"dns":{"version":2,"type":"answer","id":1,"flags":"8180","qr":true,"rrname":"%s","rrtype":"A","rcode":"NOERROR","answers":[{"rrname":"%s","rrtype":"A","ttl":300,"rdata":"198.51.100.7"}]}}`+"\n",
		host%60, host/250, host%250+1, name, name)
}
