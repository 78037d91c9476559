package hub

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/cluster"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog"
)

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
		head, err := h.ledger.Head(ctx) // before reading: what comes meanwhile is read next time
		if err != nil {
			return fmt.Errorf("read what was erased: %w", err)
		}
		for e, err := range h.sealed.Read(ctx, at, contribution.KindErased, access.KindPersonErased) {
			if err != nil {
				return fmt.Errorf("read what was erased: %w", err)
			}
			if err := h.sealed.Erase(ctx, erasedBy(e)...); err != nil {
				h.cfg.Logger.Error("what was erased is not erased here yet: the next start does it", "entry", uint64(e.Seq), "error", err)
			}
		}
		at = head.Seq
	}
	return ctx.Err()
}
