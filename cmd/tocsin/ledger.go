package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// ledgerCommand is about where entries are kept: in one file, or by three nodes.
type ledgerCommand struct {
	Nodes ledgerNodesCommand `cmd:"" name:"make-nodes" help:"Make what three nodes need: addresses, certificates, files."`
	Node  ledgerNodeCommand  `cmd:"" help:"Run a node: one of three copies of a ledger."`
	Copy  ledgerCopyCommand  `cmd:"" help:"Copy a hub's ledger to three nodes or back, and prove that both are equal."`

	Rebuild ledgerRebuildCommand `cmd:"" help:"Make a node's damaged copies of the ledger anew from the other nodes."`
}

type ledgerNodesCommand struct {
	Dir       string   `required:"" help:"Directory to make." placeholder:"DIR"`
	Addresses []string `arg:"" help:"Addresses of the nodes, three or five." placeholder:"HOST:PORT"`
}

func (c *ledgerNodesCommand) Run(env *environment) error {
	files, err := jetstream.MakeNodes(c.Dir, c.Addresses)
	if err != nil {
		return fmt.Errorf("make nodes: %w", err)
	}
	for _, file := range files {
		fmt.Fprintln(env.Stdout, file)
	}
	fmt.Fprintf(env.Stderr, "Move each node's three files, and authority.pem, to its machine. Whoever has %s can join: keep it elsewhere.\n",
		filepath.Join(c.Dir, "authority.key"))
	return nil
}

// clusterFlag names a node's file.
type clusterFlag struct {
	Cluster string `required:"" help:"File of this machine's node, as 'tocsin ledger make-nodes' makes it." placeholder:"FILE" env:"TOCSIN_CLUSTER"`
}

// start starts the node. It is whole with others only.
func (c clusterFlag) start(env *environment) (*jetstream.Node, error) {
	cfg, err := jetstream.ReadConfig(c.Cluster)
	if err != nil {
		return nil, usageError{err}
	}
	cfg.Logger = env.logger()
	return jetstream.Start(cfg)
}

type ledgerNodeCommand struct {
	clusterFlag
}

func (c *ledgerNodeCommand) Run(env *environment) error {
	node, err := c.start(env)
	if err != nil {
		return err
	}
	defer node.Close()
	fmt.Fprintf(env.Stderr, "Node %s waits for a majority of the nodes.\n", node.Name())
	l, err := jetstream.Open(env.Context, node, jetstream.Options{})
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // it has appended nothing
	head, err := l.Head(env.Context)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stderr, "Node %s keeps a copy of the ledger; its head is %d (%s).\n", node.Name(), head.Seq, head.Hash)
	<-env.Context.Done()
	return nil
}

// copied is what a copy ends with.
type copied struct {
	From string      `json:"from"`
	To   string      `json:"to"`
	Head ledger.Head `json:"head"`

	Keys      uint64   `json:"keys"`                // of sealed entries
	Documents []string `json:"documents,omitempty"` // files that all nodes share
}

// prove reads both ledgers to their ends.
func (c copied) prove(ctx context.Context, one, other ledger.Reader) (copied, error) {
	head, err := ledger.Equal(ctx, one, other)
	if err != nil {
		return c, fmt.Errorf("compare %s with %s: %w", c.From, c.To, err)
	}
	c.Head = head
	return c, nil
}
