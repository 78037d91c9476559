package main

import (
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger/rebuild"
)

var errNodeDamaged = errors.New("the node's copy of the ledger is damaged: run 'tocsin ledger rebuild', which makes it anew from the other nodes")

// node reads the copy that this machine's node keeps, and holds the hub's own file
// against it.
func (c *checkCommand) node(env *environment) (*rebuild.Finding, error) {
	plan, err := clusterFlag{Cluster: c.Cluster}.plan(env, c.Data)
	if err != nil {
		return nil, err
	}
	found, err := rebuild.Look(env.Context, plan)
	return &found, err
}

func printNode(env *environment, node *rebuild.Finding) {
	switch {
	case node == nil:
		return
	case node.Copy != "":
		fmt.Fprintf(env.Stdout, "damaged: the node's copy: %s\n", node.Copy)
		return
	}
	fmt.Fprintf(env.Stdout, "the node's copy is sound: its head is %d (%s)\n", node.Head.Seq, node.Head.Hash)
	switch {
	case node.Behind > 0:
		fmt.Fprintf(env.Stdout, "it ends %d entries before what this node knew, which it gets from the other nodes when it runs\n", node.Behind)
	case node.File == "":
		fmt.Fprintf(env.Stdout, "the hub's own file has the same entries, up to %d\n", node.FileHead.Seq)
	}
}
