package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

type ledgerCopyCommand struct {
	clusterFlag
	Data string `help:"The hub's data directory; the hub must not run." default:"tocsin-data" placeholder:"DIR" env:"TOCSIN_DATA"`
	Back bool   `help:"From the nodes to the data directory, which must have no ledger and no keys."`
	JSON bool   `name:"json" help:"Print the outcome as JSON."`
}

func (c *ledgerCopyCommand) Run(env *environment) error {
	node, err := c.start(env)
	if err != nil {
		return err
	}
	defer node.Close()
	file := filepath.Join(c.Data, hub.LedgerFile)
	var done copied
	if c.Back {
		done, err = c.fromNodes(env, node, file)
	} else {
		done, err = c.toNodes(env, node, file)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return env.printJSON(done)
	}
	_, err = fmt.Fprintf(env.Stdout, "copied %s to %s, and read both: all %d entries are equal, the head of both is %s\n"+
		"all %d keys of sealed entries are equal%s\n",
		done.From, done.To, done.Head.Seq, done.Head.Hash, done.Keys, andSo(done.Documents))
	return err
}

// andSo says which documents are equal, too.
func andSo(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ", and so are what all nodes share: " + strings.Join(names, ", ")
}

// toNodes copies the file to the nodes. It has the file open for writing, so
// that no hub appends to it meanwhile.
func (c *ledgerCopyCommand) toNodes(env *environment, node *jetstream.Node, file string) (done copied, err error) {
	from, err := openStopped(file)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if _, err := jetstream.Import(env.Context, node, jetstream.Options{}, from); err != nil {
		return done, err
	}
	to, err := jetstream.Open(env.Context, node, jetstream.Options{})
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	done = copied{From: file, To: "the nodes"}
	if done.Keys, err = c.keysToNodes(env, to); err != nil {
		return done, err
	}
	if done.Documents, err = c.documentsToNodes(env, to); err != nil {
		return done, err
	}
	return done.prove(env.Context, from, to)
}

// fromNodes copies what the nodes have to a file.
func (c *ledgerCopyCommand) fromNodes(env *environment, node *jetstream.Node, file string) (done copied, err error) {
	from, err := jetstream.Open(env.Context, node, jetstream.Options{})
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if err := c.nothingInTheWay(env, from); err != nil {
		return done, err
	}
	if _, err := sqlite.Import(env.Context, file, from.Read(env.Context, 0)); err != nil {
		return done, err
	}
	to, err := openStopped(file)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	done = copied{From: "the nodes", To: file}
	if done.Keys, err = c.keysFromNodes(env, from); err != nil {
		return done, err
	}
	if done.Documents, err = c.documentsFromNodes(env, from); err != nil {
		return done, err
	}
	return done.prove(env.Context, from, to)
}

// openStopped opens the ledger of a hub that does not run.
func openStopped(file string) (*sqlite.Ledger, error) {
	if _, err := os.Stat(file); err != nil { // opening would make it
		return nil, err
	}
	return sqlite.Open(file, sqlite.Options{})
}
