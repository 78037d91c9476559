package jetstream

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/tocsin-project/tocsin/internal/ledger/lock"
)

// NodeConfig says where a node keeps its copy and who the others are.
type NodeConfig struct {
	Dir    string       // the node's own; created if it is not there
	Logger *slog.Logger // nil: what the server says is dropped

	// What follows is for a cluster; a node without others keeps the only copy.

	Nodes  []string    // addresses of all nodes, HOST:PORT, this one's included: three, or five
	Listen string      // this node's among them
	TLS    *tls.Config // of this node, with which both sides of a connection identify themselves: see [MutualTLS]
	Hub    string      // where this node's hub serves the other nodes' hubs; the node itself does not use it

	External *External // servers that are there already, instead of one in this process; nil: none

	unfinished bool // it may run with a copy that is not whole, which is being made anew
}

// Node is an embedded NATS server with one copy of the ledger. It is a room
// without a door: only this process can talk to it as a client, and only
// servers with a certificate of the cluster's authority as a peer.
type Node struct {
	server   *server.Server // nil: of an external cluster
	outside  func(credentials string) (*nats.Conn, error)
	name     string
	log      *serverLog
	dir      string
	copies   int
	user     string // of this process
	password string
	// credentials is the file of how to log in at external servers.
	credentials string
	lock        *os.File // held as long as the node lives
}

// Start starts a node. Whether it finds the others shows when the ledger is
// opened: see [Open].
func Start(cfg NodeConfig) (*Node, error) {
	n, err := start(cfg)
	if err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	return n, nil
}

func start(cfg NodeConfig) (*Node, error) {
	if cfg.External != nil {
		return startOutside(cfg)
	}
	n := &Node{dir: cfg.Dir, copies: max(1, len(cfg.Nodes)), user: "tocsin", password: rand.Text()}
	opts, err := n.options(cfg)
	if err != nil {
		return nil, err
	}
	if n.lock, err = lockDir(cfg.Dir); err != nil {
		return nil, err
	}
	if !cfg.unfinished {
		err = refuseUnfinished(cfg.Dir)
	}
	if err == nil {
		err = n.run(opts, cfg.Logger)
	}
	if err != nil {
		_ = n.lock.Close() // it may have been closed with the node
		return nil, fmt.Errorf("%s: %w", opts.ServerName, err)
	}
	return n, nil
}

// startOutside gives a node of an external cluster.
func startOutside(cfg NodeConfig) (*Node, error) {
	n := &Node{dir: cfg.Dir, name: cfg.Listen, copies: copiesOutside, log: &serverLog{to: cfg.Logger}}
	if err := cfg.verifyCluster(); err != nil {
		return nil, err
	}
	var err error
	if n.lock, err = lockDir(cfg.Dir); err != nil {
		return nil, err
	}
	if err = n.join(context.Background(), *cfg.External, cfg.TLS); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", n.name, err), n.lock.Close())
	}
	return n, nil
}

// lockDir makes the node's directory this process's.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := lock.Acquire(filepath.Join(dir, "node.lock"))
	if err != nil {
		return nil, fmt.Errorf("the node's directory %s: %w", dir, err)
	}
	return f, nil
}

// run starts the server and sees that it keeps its word.
func (n *Node) run(opts *server.Options, logger *slog.Logger) (err error) {
	if n.server, err = server.NewServer(opts); err != nil {
		return err
	}
	n.log = &serverLog{to: logger}
	n.server.SetLoggerV2(n.log, false, false, false)
	go n.server.Start()
	if err = n.started(); err == nil {
		err = synced(n.server.JetStreamConfig())
	}
	if err != nil {
		n.Close()
	}
	return err
}

// startTime is how long a server may take to read what it has.
const startTime = time.Minute

// started waits until the server takes connections or has given up.
func (n *Node) started() error {
	for deadline := time.Now().Add(startTime); ; {
		if err := n.log.fatal(); err != nil {
			return err
		}
		if n.server.ReadyForConnections(100 * time.Millisecond) {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("it is not ready after %s", startTime)
		}
	}
	return n.log.fatal()
}

// synced refuses a server that acknowledges what is not on disk.
func synced(cfg *server.JetStreamConfig) error {
	switch {
	case cfg == nil:
		return errors.New("JetStream is not enabled")
	case !cfg.SyncAlways:
		return errUnsynced
	}
	return nil
}

var errUnsynced = errors.New("JetStream would acknowledge entries before they are on disk, and a power loss could take the whole ledger: set sync_interval to always")

// Name is the node's name in its cluster.
func (n *Node) Name() string {
	if n.server == nil {
		return n.name
	}
	return n.server.Name()
}

// connect gives a connection for as long as the node lives.
func (n *Node) connect() (*nats.Conn, error) {
	if n.server == nil {
		return n.outside(n.credentials)
	}
	conn, err := nats.Connect("", nats.InProcessServer(n.server), nats.UserInfo(n.user, n.password), nats.NoReconnect(),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { n.log.Warnf("%v", err) }))
	if err != nil {
		return nil, fmt.Errorf("connect to the node: %w", err)
	}
	return conn, nil
}

// Close stops the node. What it leads, another one takes over first.
func (n *Node) Close() {
	if n.server != nil {
		n.server.Shutdown()
		n.server.WaitForShutdown()
	}
	_ = n.lock.Close() // it may have been closed before
}
