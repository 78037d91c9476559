package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/cluster"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// node is a node with a hub that knows how to append and to read, and nothing else.
type node struct {
	name   string
	server *jetstream.Node
	engine *jetstream.Ledger
	member *cluster.Member
	http   *httptest.Server
	stop   context.CancelFunc
	ended  sync.WaitGroup
}

// ServeHTTP appends what is posted, in three entries at most; a GET gives how many
// entries this node has.
func (n *node) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		count := 0
		for _, err := range n.engine.Read(r.Context(), 0, "test.posted") {
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			count++
		}
		fmt.Fprint(w, count)
		return
	}
	text, err := io.ReadAll(r.Body)
	if err == nil {
		_, err = n.member.Ledger().Append(r.Context(), ledger.Any, ledger.Draft{Kind: "test.posted", Actor: "from " + r.RemoteAddr, Body: text})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

func start(t *testing.T) []*node {
	t.Helper()
	files, err := jetstream.MakeNodes(t.TempDir(), addresses(t))
	if err != nil {
		t.Fatal(err)
	}
	nodes := make([]*node, len(files))
	var wg sync.WaitGroup
	for i, file := range files {
		wg.Go(func() { nodes[i] = startNode(t, file) })
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return nodes
}

func startNode(t *testing.T, file string) *node {
	cfg, err := jetstream.ReadConfig(file)
	if err != nil {
		t.Error(err)
		return nil
	}
	n := &node{name: cfg.Listen}
	if n.server, err = jetstream.Start(cfg); err != nil {
		t.Error(err)
		return nil
	}
	if n.engine, err = jetstream.Open(soon(t), n.server, jetstream.Options{}); err != nil {
		t.Error(err)
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Error(err)
		return nil
	}
	folded := func(ctx context.Context, seq ledger.Seq) error { return n.engine.Wait(ctx, seq-1) }
	n.member = cluster.New(cluster.Config{
		Name: cfg.Listen, Nodes: cfg.Nodes, Listen: l.Addr().String(), TLS: cfg.TLS, Engine: n.engine, Local: cluster.Led{Ledger: n.engine, Under: n.engine.AppendUnder},
		Folded: folded, Settled: folded, Key: [32]byte{7}, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(context.Background())
	n.stop = stop
	n.ended.Go(func() { _ = n.member.Run(ctx) })
	n.ended.Go(func() { _ = n.member.Serve(ctx, l, n) })
	n.ended.Go(func() { n.fold(ctx) })
	n.http = httptest.NewServer(n.member.Handler(n))
	t.Cleanup(n.end)
	return n
}

// fold hands the ledger's entries to the member, as a hub's views do.
func (n *node) fold(ctx context.Context) {
	for at := ledger.Seq(0); ctx.Err() == nil; _ = n.engine.Wait(ctx, at) {
		for e, err := range n.engine.Read(ctx, at) {
			if err != nil {
				break
			}
			n.member.Entry(e)
			at = e.Seq
		}
	}
}

// end ends the node; twice is harmless.
func (n *node) end() {
	n.stop()
	n.http.CloseClientConnections()
	n.http.Close()
	n.ended.Wait()
	_ = n.engine.Close()
	n.server.Close()
}

func addresses(t *testing.T) []string {
	t.Helper()
	var list []string
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		list = append(list, l.Addr().String())
	}
	return list
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// leader waits until one of the nodes leads.
func leader(t *testing.T, nodes []*node) *node {
	t.Helper()
	for ctx := soon(t); ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		for _, n := range nodes {
			if n.member.Leads() {
				return n
			}
		}
	}
	t.Fatal("no node leads")
	return nil
}

// post posts at a node until it is taken, and gives the position of the answer.
func post(t *testing.T, n *node, text string) (position string) {
	t.Helper()
	for ctx := soon(t); ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		answer, err := http.Post(n.http.URL, "text/plain", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusCreated {
			return answer.Header.Get(cluster.PositionHeader)
		}
	}
	t.Fatalf("%s does not take %q", n.name, text)
	return ""
}

// count asks a node for its count at a position.
func count(t *testing.T, n *node, position string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(soon(t), http.MethodGet, n.http.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(cluster.PositionHeader, position)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s: %s, %v", n.name, answer.Status, text, err)
	}
	return string(text)
}

// TestAnyNodeTakesAndShows writes at each node in turn, and reads at all of them what
// was written last; then it does so without the node that led.
func TestAnyNodeTakesAndShows(t *testing.T) {
	nodes := start(t)
	led := leader(t, nodes)
	posted := 0
	round := func(nodes []*node) {
		t.Helper()
		for i := range 12 {
			n := nodes[i%len(nodes)]
			position := post(t, n, fmt.Sprint("text ", posted))
			posted++
			for _, other := range nodes {
				if got := count(t, other, position); got != fmt.Sprint(posted) {
					t.Fatalf("after %d were taken, the last at %s, %s shows %s", posted, n.name, other.name, got)
				}
			}
		}
	}
	round(nodes)
	for e, err := range led.engine.Read(soon(t), 0, "test.posted") {
		if err != nil || !strings.HasPrefix(e.Actor, "from 127.0.0.1:") {
			t.Fatalf("entry %d is %q: the client's address is lost, %v", e.Seq, e.Actor, err)
		}
	}
	led.end()
	var left []*node
	for _, n := range nodes {
		if n != led {
			left = append(left, n)
		}
	}
	if now := leader(t, left); now == led {
		t.Fatal("who ended leads")
	}
	round(left)
}

// TestOneLeads counts, over hand-overs, the nodes that can append under a lead.
func TestOneLeads(t *testing.T) {
	nodes := start(t)
	first := leader(t, nodes)
	ctx := soon(t)
	var ends []error
	terms := make(chan ledger.Seq, 10)
	var wg sync.WaitGroup
	work, stop := context.WithCancel(ctx)
	for _, n := range nodes {
		wg.Go(func() {
			_ = n.member.While(work, func(ctx context.Context) error {
				es, err := n.member.Ledger().Append(ctx, ledger.Any, ledger.Draft{Kind: "test.decided", Body: []byte(n.name)})
				if err == nil {
					terms <- es[0].Seq
				}
				<-ctx.Done()
				if work.Err() != nil {
					return nil
				}
				// What was begun under a lead that is over is never appended.
				_, err = n.member.Ledger().Append(context.WithoutCancel(ctx), ledger.Any, ledger.Draft{Kind: "test.late"})
				if !errors.Is(err, ledger.ErrUnavailable) {
					ends = append(ends, fmt.Errorf("%s appended after its lead: %w", n.name, err))
				}
				return nil
			})
		})
	}
	<-terms
	// Another takes the lead behind the back of the one that has it.
	var second *node
	for _, n := range nodes {
		if n != first {
			second = n
			break
		}
	}
	for {
		if _, err := second.engine.Lead(ctx, ledger.Draft{Kind: cluster.KindLeads, Body: []byte(`{"node":"` + second.name + `"}`)}); err == nil {
			break
		}
	}
	<-terms // of whoever leads then
	stop()
	wg.Wait()
	if err := errors.Join(ends...); err != nil {
		t.Fatal(err)
	}
	for _, err := range first.engine.Read(ctx, 0, "test.late") {
		t.Fatalf("something was appended after the lead under which it began: %v", err)
	}
}
