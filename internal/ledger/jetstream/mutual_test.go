package jetstream_test

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// TestStrangers connects to a node's port for other nodes without a
// certificate, with one of another authority, and with a right one.
func TestStrangers(t *testing.T) {
	files, foreign := threeNodes(t, t.TempDir()), threeNodes(t, t.TempDir())
	node, err := startNode(files[0]) // alone, it still answers at its door
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close()
	certificate := func(file string) []tls.Certificate { return mustReadConfig(t, file).TLS.Certificates }
	for name, c := range map[string]struct {
		own  []tls.Certificate
		lets bool
	}{
		"no certificate":    {nil, false},
		"another authority": {certificate(foreign[0]), false},
		"another node":      {certificate(files[1]), true},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", mustReadConfig(t, files[0]).Listen)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			own := tls.Client(conn, &tls.Config{RootCAs: mustReadConfig(t, files[0]).TLS.RootCAs, ServerName: "127.0.0.1", GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if len(c.own) == 0 {
					return new(tls.Certificate), nil
				}
				return &c.own[0], nil
			}})
			// In TLS 1.3 the client learns with its first read whether it was
			// let in. The node speaks first.
			said := make([]byte, 5)
			_, err = io.ReadFull(own, said)
			if err == nil && string(said) != "INFO " {
				t.Fatalf("the node says %q", said)
			}
			if lets := err == nil; lets != c.lets {
				t.Fatalf("let in: %t, %v", lets, err)
			}
		})
	}
}

func mustReadConfig(t *testing.T, file string) jetstream.NodeConfig {
	t.Helper()
	cfg, err := jetstream.ReadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestClusterConfig(t *testing.T) {
	three := []string{"10.0.0.1:8470", "10.0.0.2:8470", "10.0.0.3:8470"}
	mutual := &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert}
	for name, c := range map[string]struct {
		cfg  jetstream.NodeConfig
		want string
	}{
		"two nodes":        {jetstream.NodeConfig{Nodes: three[:2], Listen: three[0], TLS: mutual}, "three nodes, or five"},
		"another address":  {jetstream.NodeConfig{Nodes: three, Listen: "10.0.0.4:8470", TLS: mutual}, "not among"},
		"one named twice":  {jetstream.NodeConfig{Nodes: []string{three[0], three[0], three[1]}, Listen: three[0], TLS: mutual}, "twice"},
		"no port":          {jetstream.NodeConfig{Nodes: []string{"a", "b", "c"}, Listen: "a", TLS: mutual}, "HOST:PORT"},
		"no TLS":           {jetstream.NodeConfig{Nodes: three, Listen: three[0]}, "certificate"},
		"TLS of one side":  {jetstream.NodeConfig{Nodes: three, Listen: three[0], TLS: &tls.Config{}}, "certificate"},
		"asked, not asked": {jetstream.NodeConfig{Nodes: three, Listen: three[0], TLS: &tls.Config{ClientAuth: tls.RequestClientCert}}, "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			c.cfg.Dir = t.TempDir()
			node, err := jetstream.Start(c.cfg)
			if err == nil {
				node.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("want %q, got %v", c.want, err)
			}
		})
	}
}
