package sealed_test

import (
	"flag"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

var _ sealed.Supply = (*jetstream.Keys)(nil)

// keysOfThree starts three nodes on loopback and gives the keys as each has them.
func keysOfThree(t *testing.T) []*jetstream.Keys {
	t.Helper()
	files, err := jetstream.MakeNodes(t.TempDir(), freeAddresses(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	all := make([]*jetstream.Keys, len(files))
	var wg sync.WaitGroup
	for i, file := range files {
		wg.Go(func() {
			keys, err := keysOf(t, file)
			if err != nil {
				t.Error(err)
			}
			all[i] = keys
		})
	}
	if wg.Wait(); t.Failed() {
		t.FailNow()
	}
	return all
}

// freeAddresses finds ports that nobody listens on now.
func freeAddresses(t *testing.T, n int) (addresses []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses
}

func keysOf(t *testing.T, file string) (*jetstream.Keys, error) {
	cfg, err := jetstream.ReadConfig(file)
	if err != nil {
		return nil, err
	}
	n, err := jetstream.Start(cfg)
	if err != nil {
		return nil, err
	}
	t.Cleanup(n.Close)
	l, err := jetstream.Open(t.Context(), n, jetstream.Options{})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { l.Close() })
	return l.Keys(t.Context())
}

// TestConformanceOverThreeNodes runs the suite with keys that three nodes
// share; each time a ledger is opened, it is at another node.
func TestConformanceOverThreeNodes(t *testing.T) {
	defer sealed.SetShareKeys(64)() // each ledger of the suite copies all that there are
	// Nearly all of the time is the random part; the memory supply has more of it.
	checks := flag.Lookup("rapid.checks").Value
	before := checks.String()
	defer checks.Set(before) // it was its value
	if err := checks.Set("2"); err != nil {
		t.Fatal(err)
	}
	nodes := keysOfThree(t)
	var mu sync.Mutex
	opened := 0
	suiteWith(t, func(*testing.T) sealed.Supply {
		mu.Lock()
		defer mu.Unlock()
		opened++
		return nodes[opened%len(nodes)]
	})
}

// TestThreeNodesShareKeys has three nodes seal entries at once, erase at one of
// them, and read at all.
func TestThreeNodesShareKeys(t *testing.T) {
	inner := engine(t, t.TempDir(), sqlite.Options{})
	defer closed(t, inner)
	var nodes []*sealed.Ledger
	for _, k := range keysOfThree(t) {
		nodes = append(nodes, node(t, t.TempDir(), inner, k))
	}
	var wg sync.WaitGroup
	for _, l := range nodes {
		wg.Go(func() {
			for i := range 20 {
				d := ledger.Draft{Kind: "secret.told", Body: []byte(`{"text":"` + secret + `"}`)}
				if _, err := l.Append(t.Context(), ledger.Any, slices.Repeat([]ledger.Draft{d}, 1+10*i)...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	want := bodies(t, nodes[0])
	if slices.Contains(want, ledger.Erased) {
		t.Fatal("something reads as erased")
	}
	for _, l := range nodes {
		if err := l.Erase(t.Context(), 3, 900); err != nil {
			t.Fatal(err)
		}
	}
	want[2], want[899] = ledger.Erased, ledger.Erased
	for i, l := range nodes {
		if diff := cmp.Diff(want, bodies(t, l)); diff != "" {
			t.Errorf("node %d (-want +got):\n%s", i+1, diff)
		}
	}
}
