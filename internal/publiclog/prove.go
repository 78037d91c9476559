package publiclog

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/sealed"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// Prove makes the proof of a contribution from the entries that hold it, in the
// ledger's order; disclose gives each as it is stored, with its key. The error
// is proof.ErrPending as long as the log does not commit to all of them, or too
// few witnesses have seen that.
func (l *Logger) Prove(ctx context.Context, id string, entries []ledger.Seq, disclose func(context.Context, ledger.Seq) (sealed.Disclosure, error)) (proof.Contribution, error) {
	c, err := l.prove(ctx, entries, disclose)
	if err != nil {
		return proof.Contribution{}, fmt.Errorf("prove %s: %w", id, err)
	}
	c.Format, c.ID = proof.Format, id
	return c, nil
}

func (l *Logger) prove(ctx context.Context, entries []ledger.Seq, disclose func(context.Context, ledger.Seq) (sealed.Disclosure, error)) (c proof.Contribution, err error) {
	signed, tree, err := l.newest()
	if err != nil {
		return c, err
	}
	c.Checkpoint = string(signed)
	var of covering
	for _, seq := range entries {
		if of.seq < seq {
			if of, err = l.covering(ctx, seq, tree); err != nil {
				return c, err
			}
		}
		d, err := disclose(ctx, seq)
		if err != nil {
			return c, err
		}
		e, err := proof.NewEntry(d, &of.tree, int64(seq-of.after)-1, of.leaf, of.index, of.path)
		if err != nil {
			return c, err
		}
		c.Entries = append(c.Entries, e)
	}
	return c, nil
}

// ProveRecord makes the proof of a record of a case. The error is
// proof.ErrPending until it is under a checkpoint that enough witnesses have
// cosigned.
func (l *Logger) ProveRecord(k attribution.Kept) (proof.Record, error) {
	r, err := l.proveRecord(k)
	if err != nil {
		return proof.Record{}, fmt.Errorf("prove record %d of %s: %w", k.Record.N, k.Record.Case, err)
	}
	return r, nil
}

func (l *Logger) proveRecord(k attribution.Kept) (proof.Record, error) {
	signed, tree, err := l.newest()
	if err != nil {
		return proof.Record{}, err
	}
	index, logged := l.Index(k.Seq)
	if !logged || index >= tree.Size {
		return proof.Record{}, fmt.Errorf("%w: too few witnesses have cosigned the log with it so far", proof.ErrPending)
	}
	path, err := l.cfg.Log.ProveInclusion(index, tree.Size)
	return proof.NewRecord(attribution.Opened{Record: k.Record, Salt: k.Salt}, index, path, signed), err
}

// newest is the newest checkpoint that satisfies the quorum.
func (l *Logger) newest() ([]byte, translog.Checkpoint, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cosigned.signed == nil {
		return nil, translog.Checkpoint{}, fmt.Errorf("%w: too few witnesses have cosigned the log so far", proof.ErrPending)
	}
	return l.cosigned.signed, l.cosigned.tree, nil
}

// covering is a commitment: to the entries of the ledger in (after, seq].
type covering struct {
	after, seq ledger.Seq
	tree       proof.Tree
	leaf       []byte
	index      int64
	path       tlog.RecordProof
}

// covering reads again what the commitment to an entry is over.
func (l *Logger) covering(ctx context.Context, seq ledger.Seq, in translog.Checkpoint) (of covering, err error) {
	l.mu.Lock()
	found := false
	var n noted
	if l.index != nil {
		n, of.after, found = l.index.commitmentOf(seq)
	}
	l.mu.Unlock()
	if !found || n.index >= in.Size {
		return of, fmt.Errorf("%w: the log does not commit to it yet", proof.ErrPending)
	}
	of.seq, of.index = n.seq, n.index
	for e, err := range l.cfg.Source.Read(ctx, of.after) {
		if err != nil {
			return of, err
		}
		if e.Seq > of.seq {
			break
		}
		if err := of.tree.Add(e.Hash); err != nil {
			return of, err
		}
	}
	if of.leaf, err = l.cfg.Log.Entry(n.index); err != nil {
		return of, err
	}
	made, err := proof.ParseCommitment(of.leaf)
	if err != nil {
		return of, err
	}
	if root, err := of.tree.Root(); err != nil || root != made.Root {
		return of, fmt.Errorf("%w: entries %d to %d of the ledger are not those that the log commits to", ErrDiverged, of.after+1, of.seq)
	}
	of.path, err = l.cfg.Log.ProveInclusion(n.index, in.Size)
	return of, err
}
