package publiclog

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// publish makes a checkpoint that satisfies the quorum the newest one: here, or on
// all nodes by way of the ledger.
func (l *Logger) publish(ctx context.Context, c cosigned) error {
	if l.cfg.Shared == nil || len(l.known) == 0 {
		return l.keep(c)
	}
	l.mu.Lock()
	known := c.tree.Size < l.cosigned.tree.Size || bytes.Equal(c.signed, l.cosigned.signed)
	l.mu.Unlock()
	if known {
		return nil
	}
	d, err := ledger.NewDraft(KindCosigned, "hub", "", cosignatures{string(c.signed)})
	if err != nil {
		return err
	}
	e, err := l.cfg.Shared.Append(ctx, d)
	if err != nil {
		return fmt.Errorf("write on the ledger what the witnesses say: %w", err)
	}
	return l.carriedOut.Wait(ctx, e.Seq)
}

// takeCosigned takes in what the leading node had cosigned. What this node's own
// configuration does not make out to be cosigned by enough counts for nothing.
func (l *Logger) takeCosigned(e ledger.Entry) error {
	var c cosignatures
	if err := json.Unmarshal(e.Body, &c, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("entry %d of the ledger: %w: %w", e.Seq, errUnread, err)
	}
	signed, known, err := proof.Known([]byte(c.Checkpoint), l.cfg.Log.Keys(), l.keys())
	if err != nil {
		return fmt.Errorf("entry %d of the ledger: %w: %w", e.Seq, errUnread, err)
	}
	if err := l.sameTree(known.Checkpoint); err != nil {
		return fmt.Errorf("entry %d of the ledger: %w", e.Seq, err)
	}
	has := make(map[string]bool)
	for _, w := range known.Witnesses {
		has[w.Key] = true
	}
	l.heard(known)
	if len(known.Witnesses) > 0 {
		_, lines, _ := bytes.Cut(signed, []byte("\n\n"))
		for range known.Logs {
			_, lines, _ = bytes.Cut(lines, []byte("\n"))
		}
		if _, err := l.cfg.Log.Cosign(known.Checkpoint, lines, l.keys()); err != nil && !errors.Is(err, translog.ErrStale) {
			return err
		}
	}
	if !l.satisfied(has) {
		l.cfg.Logger.Warn("a checkpoint on the ledger is not cosigned by the witnesses that this node asks for: all nodes need the same log.quorum", "size", known.Checkpoint.Size)
		return nil
	}
	return l.keep(cosigned{signed, known.Checkpoint})
}

// sameTree holds a tree that another node has signed against this node's.
func (l *Logger) sameTree(of translog.Checkpoint) error {
	own := l.cfg.Log.Tree()
	if of.Size > own.Size {
		return fmt.Errorf("%w: a checkpoint of %d entries was signed, of which the ledger's instructions give %d", ErrDiverged, of.Size, own.Size)
	}
	var proof tlog.TreeProof
	var err error
	if of.Size > 0 {
		proof, err = l.cfg.Log.ProveConsistency(of.Size, own.Size)
	}
	if err == nil {
		err = translog.VerifyConsistency(of, own, proof)
	}
	if err != nil {
		return fmt.Errorf("%w: another node has signed a tree of %d entries that is not this node's: %w", ErrDiverged, of.Size, err)
	}
	return nil
}

// heard notes how the witnesses have answered the leading node.
func (l *Logger) heard(c translog.Cosigned) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, cosignature := range c.Witnesses {
		for _, w := range l.known {
			if w.Key == cosignature.Key && w.state.Size <= c.Checkpoint.Size {
				w.state.Size, w.state.At, w.state.Error = c.Checkpoint.Size, cosignature.At, ""
			}
		}
	}
}

// keepOwn makes this node's newest checkpoint the newest cosigned one, if it is
// cosigned by enough.
func (l *Logger) keepOwn() error {
	signed, now, err := proof.Known(l.cfg.Log.Checkpoint(), l.cfg.Log.Keys(), l.keys())
	if err != nil {
		return err
	}
	has := make(map[string]bool)
	for _, w := range now.Witnesses {
		has[w.Key] = true
	}
	if !l.satisfied(has) {
		return nil
	}
	return l.keep(cosigned{signed, now.Checkpoint})
}
