package sealed_test

import (
	"context"
	"iter"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/ledgertest"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// One kind of those that the suite uses is not sealed, the others are.
func TestConformance(t *testing.T) {
	clock := ledgertest.JumpyClock()
	ledgertest.Run(t, func(t *testing.T, dir string) ledger.Ledger {
		inner, err := sqlite.Open(filepath.Join(dir, "ledger"), sqlite.Options{Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		keys, err := sealed.OpenKeys(keysPath(dir))
		if err != nil {
			t.Fatal(err)
		}
		l, err := sealed.Open(t.Context(), inner, keys, func(k ledger.Kind) bool { return k != "object.added" })
		if err != nil {
			t.Fatal(err)
		}
		return &inTheClear{Ledger: l}
	})
}

// inTheClear gives entries the hashes that a chain over the bodies in the
// clear would have: the suite computes an entry's hash from the body that it
// is given, and a sealed ledger's chain is over other bytes.
// TestTheChainIsOverSealedBytes looks at that one.
type inTheClear struct {
	ledger.Ledger
	mu     sync.Mutex
	hashes []ledger.Hash // of the entries from 1
}

// rehash gives the entry its place in the chain over clear bodies.
func (c *inTheClear) rehash(e *ledger.Entry) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.upTo(e.Seq); err != nil {
		return err
	}
	e.Prev = ledger.Hash{}
	if e.Seq > 1 {
		e.Prev = c.hashes[e.Seq-2]
	}
	e.Hash = c.hashes[e.Seq-1]
	return nil
}

func (c *inTheClear) upTo(seq ledger.Seq) error {
	if ledger.Seq(len(c.hashes)) >= seq {
		return nil
	}
	for e, err := range c.Ledger.Read(context.Background(), ledger.Seq(len(c.hashes))) {
		if err != nil {
			return err
		}
		head := ledger.Head{Seq: e.Seq - 1}
		if e.Seq > 1 {
			head.Hash = c.hashes[e.Seq-2]
		}
		e, _, err = ledger.Seal(ledger.Draft{Kind: e.Kind, Actor: e.Actor, Audience: e.Audience, Body: e.Body}, head, e.Time)
		if err != nil {
			return err
		}
		c.hashes = append(c.hashes, e.Hash)
	}
	return nil
}

func (c *inTheClear) Append(ctx context.Context, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	es, err := c.Ledger.Append(ctx, expected, drafts...)
	for i := range es {
		if err := c.rehash(&es[i]); err != nil {
			return nil, err
		}
	}
	return es, err
}

func (c *inTheClear) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range c.Ledger.Read(ctx, after, kinds...) {
			if err == nil {
				err = c.rehash(&e)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (c *inTheClear) Head(ctx context.Context) (ledger.Head, error) {
	h, err := c.Ledger.Head(ctx)
	if err != nil || h.Seq == 0 {
		return h, err
	}
	e := ledger.Entry{Seq: h.Seq}
	err = c.rehash(&e)
	return ledger.Head{Seq: e.Seq, Hash: e.Hash}, err
}

func (c *inTheClear) Check(ctx context.Context) (ledger.Report, error) {
	r, err := c.Ledger.Check(ctx)
	if err == nil && r.Head.Seq > 0 {
		r.Head, err = c.Head(ctx)
	}
	return r, err
}
