package jetstream

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
)

// The cluster's name, and the node's where there is only one.
const (
	clusterName = "tocsin"
	soleName    = "tocsin"
)

// storeDir is where the server keeps what it has, in the node's directory.
const storeDir = "nats"

const (
	// maxPayload holds the largest record, its hash and the headers.
	maxPayload = 2 << 20
	// maxWaiting is how many messages may wait for a stream's leader: batches
	// of several nodes at once.
	maxWaiting = 4 * MaxBatch
	// maxStore is no limit; the disk is. JetStream's default is a share of the
	// space that happens to be free when it starts.
	maxStore = 1 << 50
)

// options is the server's configuration.
func (n *Node) options(cfg NodeConfig) (*server.Options, error) {
	opts := &server.Options{
		ServerName: soleName, DontListen: true, NoSigs: true,
		JetStream: true, StoreDir: filepath.Join(cfg.Dir, storeDir), SyncAlways: true,
		JetStreamMaxStore: maxStore, JetStreamMaxMemory: 64 << 20,
		JetStreamLimits:       server.JSLimitOpts{MaxBatchSize: MaxBatch},
		StreamMaxBufferedMsgs: maxWaiting, StreamMaxBufferedSize: 512 << 20,
		MaxPayload: maxPayload, MaxPending: 256 << 20,
		Users: []*server.User{{
			Username: n.user, Password: n.password, Permissions: permissions(),
			AllowedConnectionTypes: map[string]struct{}{jwt.ConnectionTypeInProcess: {}},
		}},
	}
	if len(cfg.Nodes) == 0 {
		return opts, nil
	}
	if err := cfg.verifyCluster(); err != nil {
		return nil, err
	}
	host, port, err := splitAddress(cfg.Listen)
	if err != nil {
		return nil, err
	}
	// The server starts its routes only after a listener for clients; this
	// one lets nobody in.
	opts.DontListen, opts.Host, opts.Port = false, "127.0.0.1", server.RANDOM_PORT
	opts.ServerName = cfg.Listen
	opts.Cluster = server.ClusterOpts{
		Name: clusterName, Host: host, Port: port, NoAdvertise: true,
		TLSConfig: cfg.TLS, TLSTimeout: 5,
	}
	for _, address := range cfg.Nodes {
		opts.Routes = append(opts.Routes, &url.URL{Scheme: "nats-route", Host: address})
	}
	return opts, nil
}

// verifyCluster says what is wrong with the configuration of a cluster.
func (cfg NodeConfig) verifyCluster() error {
	if err := verifyNodes(cfg.Nodes); err != nil {
		return err
	}
	switch {
	case !slices.Contains(cfg.Nodes, cfg.Listen):
		return fmt.Errorf("this node's address %s is not among the cluster's: %v", cfg.Listen, cfg.Nodes)
	case cfg.TLS == nil || cfg.TLS.ClientAuth != tls.RequireAndVerifyClientCert:
		return errors.New("nodes have to identify each other by certificate: give each its own, and the authority that signs them")
	}
	return nil
}

// verifyNodes says what is wrong with the addresses of a cluster.
func verifyNodes(addresses []string) error {
	if n := len(addresses); n != 3 && n != 5 {
		return fmt.Errorf("a cluster has three nodes, or five, not %d", n)
	}
	for i, address := range addresses {
		if _, _, err := splitAddress(address); err != nil {
			return err
		}
		if slices.Contains(addresses[:i], address) {
			return fmt.Errorf("the node %s is named twice", address)
		}
	}
	return nil
}

func splitAddress(address string) (host string, port int, err error) {
	host, service, err := net.SplitHostPort(address)
	if err == nil {
		port, err = strconv.Atoi(service)
	}
	if err != nil || host == "" || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("%q is no address of a node: it has to be HOST:PORT", address)
	}
	return host, port, nil
}

// permissions allow what the ledger does. Above all, nobody can change a
// stream, purge it, or delete it; and messages can be deleted of one stream
// only, that of the hub's keys.
func permissions() *server.Permissions {
	return &server.Permissions{
		Publish: &server.SubjectPermission{
			Allow: []string{
				"tocsin.>", apiCreate + "*", apiInfo + "*", apiLeader + "*", apiCopy + "*",
				apiErase + DefaultName + keysSuffix,
			},
		},
		Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>", "tocsin.*.head", "tocsin.*.turn", "tocsin.*.node.*"}},
	}
}
