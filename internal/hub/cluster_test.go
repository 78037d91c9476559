package hub_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/cluster"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// threeHubs starts one hub on three nodes, each in a directory of its own, all in
// this process.
func threeHubs(t *testing.T) []*running {
	t.Helper()
	dir := t.TempDir()
	files, err := jetstream.MakeNodes(filepath.Join(dir, "nodes"), freeAddresses(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	hubs := make([]*running, len(files))
	var wg sync.WaitGroup
	for i, file := range files {
		wg.Go(func() { hubs[i] = startNode(t, file, filepath.Join(dir, fmt.Sprint("data-", i+1))) })
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return hubs
}

func startNode(t *testing.T, file, data string) *running {
	return startHub(t, data, func(c *hub.Config) { c.Cluster = file })
}

// freeAddresses finds ports that nobody listens on now, nor a hundred above.
func freeAddresses(t *testing.T, n int) []string {
	t.Helper()
	var list []string
	for len(list) < n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		list = append(list, l.Addr().String())
	}
	return list
}

// eventually asks until the answer is the status that is wanted.
func (r *running) eventually(method, path, token, mediaType, body string, want int) answer {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	for {
		a := r.call(method, path, token, mediaType, strings.NewReader(body))
		if a.status == want {
			return a
		}
		if ctx.Err() != nil || a.status != http.StatusServiceUnavailable {
			r.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, want, a.body)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// at asks for what a position shows.
func (r *running) at(position, path, token string) answer {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.URL()+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set(cluster.PositionHeader, position)
	return r.do(request)
}

// TestThreeNodesAreOneHub adds partners and protections at each node and reads them
// at all of them; then it does so without the node that led.
func TestThreeNodesAreOneHub(t *testing.T) {
	hubs := threeHubs(t)
	n := 0
	round := func(hubs []*running) {
		t.Helper()
		for range 2 {
			for _, h := range hubs {
				n++
				name := fmt.Sprintf("Partner %d", n)
				a := h.eventually(http.MethodPost, "/api/v1/partners", adminToken, "application/json",
					fmt.Sprintf(`{"name":%q,"sector":"health","country":"GB","kind":"operator"}`, name), http.StatusCreated)
				position := a.header.Get(cluster.PositionHeader)
				if position == "" {
					t.Fatal("the answer names no position")
				}
				for i, other := range hubs {
					got := other.at(position, "/api/v1/partners", adminToken)
					if got.status != http.StatusOK || !strings.Contains(got.body, name) {
						t.Fatalf("node %d does not show %s, which it was told of: %d %s", i+1, name, got.status, got.body)
					}
					// Who has only read goes on from there as well.
					if read := got.header.Get(cluster.PositionHeader); read == "" || read == position {
						t.Fatalf("the answer to a reader names the position %q", read)
					}
				}
			}
		}
	}
	round(hubs)
	led := -1
	for i, h := range hubs {
		if h.Leads() {
			led = i
		}
	}
	if led < 0 {
		t.Fatal("no node leads")
	}
	if err := hubs[led].Close(); err != nil {
		t.Fatal(err)
	}
	round(append(hubs[:led:led], hubs[led+1:]...))
}
