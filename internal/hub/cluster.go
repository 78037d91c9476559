package hub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/cluster"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/mirror"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// nodes is this hub as one node of several: nil for a hub by itself, which leads
// always. See package cluster.
type nodes struct {
	cfg    jetstream.NodeConfig
	node   *jetstream.Node
	engine *jetstream.Ledger
	mirror *mirror.Ledger // of the engine; closes it
	member *cluster.Member
	door   net.Listener // of the other nodes
	erased ledger.Seq   // up to here, what the ledger says is erased was erased here at the start
}

// NodeFile says, in a data directory, which node of a cluster it is of.
const NodeFile = "node"

// joinCluster starts the node and finds the others. It waits for a majority of them.
func (h *Hub) joinCluster(ctx context.Context) (err error) {
	n := &nodes{}
	if n.cfg, err = jetstream.ReadConfig(h.cfg.Cluster); err != nil {
		return err
	}
	n.cfg.Logger = h.cfg.Logger
	h.nodes = n
	if n.door, err = net.Listen("tcp", n.cfg.Hub); err != nil {
		return fmt.Errorf("listen for the other nodes on %s: %w", n.cfg.Hub, err)
	}
	if n.node, err = jetstream.Start(n.cfg); err != nil {
		return err
	}
	h.cfg.Logger.Info("this node waits for a majority of the nodes", "node", n.node.Name())
	if n.engine, err = jetstream.Open(ctx, n.node, jetstream.Options{Clock: h.cfg.Clock}); err != nil {
		return err
	}
	if err := n.shareFiles(ctx, h.cfg.Data); err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(h.cfg.Data, NodeFile), []byte(n.node.Name()+"\n"), 0o600)
}

// open makes the hub's part in the cluster and opens its ledger: the node's copy, of
// which the bodies open with the nodes' keys.
func (n *nodes) open(ctx context.Context, h *Hub) (*sealed.Ledger, error) {
	data := h.cfg.Data
	var err error
	if n.mirror, err = mirror.Open(ctx, cluster.Led{Ledger: n.engine, Under: n.engine.AppendUnder}, filepath.Join(data, LedgerFile), sqlite.Options{Clock: h.cfg.Clock}); err != nil {
		return nil, err
	}
	n.member = cluster.New(cluster.Config{
		Name: n.node.Name(), Nodes: n.cfg.Nodes, Listen: n.cfg.Hub, TLS: n.cfg.TLS,
		Engine: n.engine, Local: n.mirror,
		Folded: func(ctx context.Context, seq ledger.Seq) error { return h.Views.WaitMemory(ctx, seq) },
		Settled: func(ctx context.Context, seq ledger.Seq) error {
			if err := h.Views.WaitMemory(ctx, seq); err != nil {
				return err
			}
			return h.Views.WaitCatalog(ctx, seq)
		},
		Key: h.secrets.derive("tocsin positions"), Logger: h.cfg.Logger,
	})
	h.numbering = numbers{n.member, h}
	err = n.catchUp(ctx)
	var l *sealed.Ledger
	if err == nil {
		l, err = n.seal(ctx, filepath.Join(data, KeysFile))
	}
	if err != nil {
		return nil, errors.Join(err, n.mirror.Close())
	}
	return l, nil
}

// catchUp has the node's file hold what there is, so that the views begin with it, and
// the member know who led last.
func (n *nodes) catchUp(ctx context.Context) error {
	if err := n.mirror.CatchUp(ctx); err != nil {
		return err
	}
	head, err := n.mirror.Head(ctx)
	if err != nil {
		return err
	}
	n.erased = head.Seq
	for e, err := range n.mirror.Read(ctx, 0, cluster.KindLeads) {
		if err != nil {
			return err
		}
		n.member.Entry(e)
	}
	return nil
}

// seal puts what opens and seals bodies with the nodes' keys before the ledger.
func (n *nodes) seal(ctx context.Context, path string) (*sealed.Ledger, error) {
	supply, err := n.engine.Keys(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := sealed.OpenKeys(path)
	if err != nil {
		return nil, err
	}
	keys.Share(supply)
	l, err := sealed.Open(ctx, n.member.Ledger(), keys, erasable)
	if err != nil {
		return nil, errors.Join(err, keys.Close())
	}
	return l, nil
}

// close ends the node, once nothing of the hub uses it any more.
func (n *nodes) close() error {
	var errs []error
	if n.mirror == nil && n.engine != nil { // otherwise the ledger has closed it
		errs = append(errs, n.engine.Close())
	}
	if n.node != nil {
		n.node.Close()
	}
	if n.door != nil {
		_ = n.door.Close() // who served it may have
	}
	return errors.Join(errs...)
}

// Leads says whether this hub decides: one of several does, and one by itself always.
func (h *Hub) Leads() bool { return h.nodes == nil || h.nodes.member.Leads() }
