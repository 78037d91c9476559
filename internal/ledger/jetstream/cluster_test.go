package jetstream_test

import (
	"net"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// threeNodes makes the files of three nodes on loopback.
func threeNodes(t testing.TB, dir string) []string {
	t.Helper()
	files, err := jetstream.MakeNodes(dir, freeAddresses(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// startThree runs three nodes in this process until the test ends.
func startThree(t testing.TB) []*jetstream.Node {
	t.Helper()
	return startAll(t, threeNodes(t, t.TempDir()))
}

// startNode starts the node of a file.
func startNode(file string) (*jetstream.Node, error) {
	cfg, err := jetstream.ReadConfig(file)
	if err != nil {
		return nil, err
	}
	return jetstream.Start(cfg)
}

// startAll starts the nodes at once: none of them is whole without another.
func startAll(t testing.TB, files []string) []*jetstream.Node {
	t.Helper()
	nodes := make([]*jetstream.Node, len(files))
	var wg sync.WaitGroup
	for i, file := range files {
		wg.Go(func() {
			node, err := startNode(file)
			if err != nil {
				t.Error(err)
				return
			}
			nodes[i] = node
		})
	}
	wg.Wait()
	t.Cleanup(func() {
		for _, node := range nodes {
			if node != nil {
				node.Close()
			}
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	return nodes
}

// freeAddresses finds ports that nobody listens on now.
func freeAddresses(t testing.TB, n int) []string {
	t.Helper()
	var addresses []string
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
