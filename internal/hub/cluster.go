package hub

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/atomicfile"
	"github.com/tocsin-project/tocsin/internal/cluster"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/mirror"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/sealed"
	"github.com/tocsin-project/tocsin/internal/translog"
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

// shareFiles has all nodes have the same secrets.
func (n *nodes) shareFiles(ctx context.Context, data string) error {
	if err := n.share(ctx, data, "secrets.json", func() error { _, err := loadSecrets(data); return err }); err != nil {
		return err
	}
	s, err := loadSecrets(data)
	if err != nil {
		return err
	}
	for file, makeFile := range map[string]func(path string) error{
		logKeyFile:                   func(path string) error { return translog.MakeKeys(path, logOrigin+s.Collection) },
		BulletinKeyFile:              func(path string) error { _, err := deliver.LoadKey(path); return err },
		"dns/" + rpz.CertificateFile: func(path string) error { return rpz.KeepCertificate(filepath.Dir(path)) },
	} {
		if err := n.share(ctx, data, file, func() error { return makeFile(filepath.Join(data, file)) }); err != nil {
			return err
		}
	}
	return nil
}

// share has all nodes have a file alike, as the first of them made it.
func (n *nodes) share(ctx context.Context, data, file string, makeFile func() error) error {
	path, document := filepath.Join(data, file), strings.ReplaceAll(file, "/", "-")
	agreed, err := n.engine.Agree(ctx, document, nil)
	if errors.Is(err, ledger.ErrNoEntry) {
		agreed, err = n.bring(ctx, path, document, makeFile)
	}
	if err != nil {
		return err
	}
	switch mine, err := os.ReadFile(path); {
	case err == nil && bytes.Equal(mine, agreed):
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return atomicfile.Write(path, agreed, 0o600)
}

// bring brings this node's file for all nodes; another's may come before it.
func (n *nodes) bring(ctx context.Context, path, document string, makeFile func() error) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := makeFile(); err != nil {
		return nil, err
	}
	mine, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return n.engine.Agree(ctx, document, mine)
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
		Engine: n.engine, Fenced: jetstream.ErrFenced, Local: n.mirror,
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
	head, err := n.engine.Head(ctx)
	if err == nil && head.Seq > 0 {
		err = n.mirror.Wait(ctx, head.Seq-1) // the views begin with what there is
	}
	n.erased = head.Seq
	for e, reading := range n.mirror.Read(ctx, 0, cluster.KindLeads) {
		err = errors.Join(err, reading)
		n.member.Entry(e)
	}
	if err != nil {
		return nil, errors.Join(err, n.mirror.Close())
	}
	supply, err := n.engine.Keys(ctx)
	if err != nil {
		return nil, errors.Join(err, n.mirror.Close())
	}
	keys, err := sealed.OpenKeys(filepath.Join(data, KeysFile))
	if err != nil {
		return nil, errors.Join(err, n.mirror.Close())
	}
	keys.Share(supply)
	l, err := sealed.Open(ctx, n.member.Ledger(), keys, erasable)
	if err != nil {
		return nil, errors.Join(err, keys.Close(), n.mirror.Close())
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

// numbers is the numbering of a node.
type numbers struct {
	*cluster.Member
	hub *Hub
}

// Append appends while this node leads.
func (n numbers) Append(ctx context.Context, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	ctx, leads := n.Under(ctx)
	if !leads {
		return nil, fmt.Errorf("%w: this node does not lead", ledger.ErrUnavailable)
	}
	return n.hub.Views.Append(ctx, drafts...)
}

// sharedLog is how the nodes keep one public log; nil for a hub by itself.
func (h *Hub) sharedLog() *publiclog.Shared {
	if h.nodes == nil {
		return nil
	}
	return &publiclog.Shared{
		Lead: h.nodes.member.Lead, Began: cluster.KindLeads,
		Append: func(ctx context.Context, d ledger.Draft) (ledger.Entry, error) {
			entries, err := h.Views.Append(ctx, d)
			if err != nil {
				return ledger.Entry{}, err
			}
			return entries[0], nil
		},
	}
}

// reach waits until this node has folded an entry that another node has told of. It
// fails with [ledger.ErrUnavailable] if it is not here in time and may exist; of one
// that no node has, as after a restore, it says nothing.
func (h *Hub) reach(ctx context.Context, seq ledger.Seq) error {
	if h.nodes == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	switch {
	case h.nodes.engine.Wait(ctx, seq-1) == nil:
	case h.nodes.member.Status().Leader == "":
		return fmt.Errorf("%w: this node hears of no leader, who would know", ledger.ErrUnavailable)
	default:
		return nil
	}
	if err := h.Views.WaitMemory(ctx, seq); err != nil {
		return fmt.Errorf("%w: this node has not yet what another one has told: %w", ledger.ErrUnavailable, err)
	}
	return nil
}

// reachTime is how long who comes from another node is kept waiting.
const reachTime = 3 * time.Second

// besides is what of the cluster whoever watches this node should know.
func (n *nodes) besides() (lines []string) {
	s := n.member.Status()
	if s.Leader == "" {
		lines = append(lines, "no node leads: what there is can be read, changes wait")
	}
	for _, name := range s.Away {
		lines = append(lines, "the node "+name+" is not heard of")
	}
	return lines
}

// runLeading has work done whenever this hub leads, which by itself it always does.
func (h *Hub) runLeading(what string, work func(context.Context) error) {
	if h.nodes == nil {
		h.run(what, work)
		return
	}
	h.run(what, func(ctx context.Context) error { return h.nodes.member.While(ctx, work) })
}

// takePart has the node take its part in the cluster; handler is the hub.
func (h *Hub) takePart(handler http.Handler) {
	n := h.nodes
	h.run("serve the other nodes", func(ctx context.Context) error { return n.member.Serve(ctx, n.door, handler) })
	h.run("take part in the cluster", n.member.Run)
	h.run("erase what other nodes erased", h.eraseHere)
	h.run("keep a copy of the ledger", func(ctx context.Context) error {
		select {
		case <-n.mirror.Failed():
			return n.mirror.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// eraseHere destroys this node's copies of keys as soon as the ledger says that what
// they open is erased, at whatever node that was asked for.
func (h *Hub) eraseHere(ctx context.Context) error {
	for at := h.nodes.erased; ctx.Err() == nil; _ = h.ledger.Wait(ctx, at) {
		for e, err := range h.sealed.Read(ctx, at, contribution.KindErased, access.KindPersonErased) {
			if err != nil {
				return fmt.Errorf("read what was erased: %w", err)
			}
			if err := h.sealed.Erase(ctx, erasedBy(e)...); err != nil {
				h.cfg.Logger.Error("what was erased is not erased here yet: the next start does it", "entry", uint64(e.Seq), "error", err)
			}
			at = e.Seq
		}
		if head, err := h.ledger.Head(ctx); err == nil {
			at = max(at, head.Seq)
		}
	}
	return ctx.Err()
}

// derive derives one of the hub's keys from its secrets.
func (s secrets) derive(purpose string) [32]byte {
	key, err := hkdf.Expand(sha256.New, s.Stream, purpose, 32)
	if err != nil {
		panic("derive a key: " + err.Error()) // only for longer keys than HKDF can give
	}
	return [32]byte(key)
}
