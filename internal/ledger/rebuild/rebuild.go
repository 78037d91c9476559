// Package rebuild makes a node's damaged copies of the ledger anew from the other
// nodes: the server's copy of the stream, and the node's own file.
//
// # Steps
//
//  1. both are read whole while the node does not run; if both are sound, nothing
//     is changed
//  2. a mark in the node's directory keeps the node from running until step 8
//  3. what is damaged is renamed, never deleted; the anchors stay where they are
//  4. the node runs, without serving anybody, until its copy has what the leader had;
//     a copy that is sound but ends early is tried first, and set aside if that fails
//  5. the copy is read whole as its files have it: every hash, every link
//  6. it has to hold the leader's last entry, and those of both anchors
//  7. a file that was damaged is written anew from the copy, and read whole; one
//     that was not has to be a beginning of the copy
//  8. the mark is removed
//
// Cut short anywhere it can be run again.
package rebuild

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/lock"
)

// Plan says which node is to be rebuilt.
type Plan struct {
	Node     jetstream.NodeConfig
	File     string                                 // the node's own; empty: it has none, since no hub serves there
	Progress func(what string, done, of ledger.Seq) // nil: nobody is told
	Now      func() time.Time                       // for the names of what is set aside; nil: time.Now
}

// Outcome is what was done.
type Outcome struct {
	Copy   string      `json:"copy,omitempty"`   // what was wrong with the server's copy
	File   string      `json:"file,omitempty"`   // and with the node's own file
	Behind ledger.Seq  `json:"behind,omitempty"` // entries that the copy did not have yet, and got
	Aside  []Aside     `json:"aside,omitempty"`
	Head   ledger.Head `json:"head"` // of the node's copy
}

// Nothing says that both were sound: nothing was set aside.
func (o Outcome) Nothing() bool { return o.Copy == "" && o.File == "" }

// Aside is something damaged, by its new name.
type Aside struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// Run rebuilds what is damaged. It fails with [lock.InUse] while the node runs.
// After another error the node does not start until Run was run again.
func Run(ctx context.Context, p Plan) (Outcome, error) {
	out, err := p.run(ctx)
	if err != nil {
		return out, fmt.Errorf("rebuild the node's copies of the ledger: %w", err)
	}
	return out, nil
}

func (p Plan) run(ctx context.Context) (out Outcome, err error) {
	if len(p.Node.Nodes) == 0 {
		return out, errors.New("a node without others has nobody to copy from: restore it from a backup")
	}
	if p.File != "" {
		held, err := lock.Acquire(p.File + ".lock")
		if err != nil {
			return out, fmt.Errorf("%s: %w", p.File, err)
		}
		defer held.Close() //nolint:errcheck // it is only a lock
	}
	found, err := p.prepare(ctx, &out)
	if err != nil || found.whole() {
		return out, err
	}
	for {
		err := p.fill(ctx, &out, found)
		switch {
		case !errors.Is(err, ledger.ErrCorrupt):
			return out, err
		case found.copy != "":
			return out, fmt.Errorf("what came from the other nodes is not what this node knew; run it again when all of them are up: %w", err)
		}
		// What seemed to be sound, and behind at most, is not: the second time it
		// begins with nothing.
		found.copy, found.file, found.behind = "it does not catch up: "+err.Error(), "", 0
		if err := p.change(&out, found); err != nil {
			return out, err
		}
	}
}

// prepare looks what there is to do, and sets aside what is damaged.
func (p Plan) prepare(ctx context.Context, out *Outcome) (found findings, err error) {
	stored, err := p.Node.Stored("")
	if err != nil {
		return found, err
	}
	found, err = p.examine(ctx, stored)
	if err := errors.Join(err, stored.Close()); err != nil || found.whole() {
		out.Head = found.head
		return found, err
	}
	return found, p.change(out, found)
}

// change sets aside what was found damaged, once the node cannot start.
func (p Plan) change(out *Outcome, found findings) (err error) {
	stored, err := p.Node.Stored("")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stored.Close()) }()
	out.Copy, out.File, out.Behind = found.copy, cmp.Or(found.file, out.File), found.behind
	if err := stored.Begin(); err != nil {
		return err
	}
	return p.setAside(stored, found, out)
}

// fill fills the copy from the other nodes, proves that it is whole, and lets the
// node run.
func (p Plan) fill(ctx context.Context, out *Outcome, found findings) (err error) {
	leader, err := jetstream.Refill(ctx, p.Node, func(have, of ledger.Seq) { p.tell("copying from the other nodes", have, of) })
	if err != nil {
		return err
	}
	stored, err := p.Node.Stored("")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stored.Close()) }()
	due := append(found.ofFile, found.beside, leader)
	read, err := p.readCopy(ctx, stored, due)
	if err == nil {
		err = read.holds(due...)
	}
	if err != nil {
		return err
	}
	if out.File != "" {
		if err := p.renewFile(ctx, stored, read.head); err != nil {
			return err
		}
	}
	out.Head = read.head
	return stored.Finish()
}

func (p Plan) tell(what string, done, of ledger.Seq) {
	if p.Progress != nil {
		p.Progress(what, done, of)
	}
}

// ending is what the names of damaged things get.
func (p Plan) ending() string {
	now := p.Now
	if now == nil {
		now = time.Now
	}
	return "-damaged-" + now().UTC().Format("20060102T150405.000Z")
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
