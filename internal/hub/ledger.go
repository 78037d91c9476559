package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/metrics"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// erasable says which entries are kept under keys of their own: what partners
// contribute, what is about a person, and what nobody may read in a copy of the ledger.
func erasable(kind ledger.Kind) bool {
	return kind == contribution.KindAccepted || kind == contribution.KindReported || access.KindPersonal(kind) || notice.Sealed(kind)
}

// OpenLedger opens the ledger in a hub's data directory, and the keys of what
// is sealed in it. Closing it closes both.
func OpenLedger(ctx context.Context, data string, options sqlite.Options) (*sealed.Ledger, error) {
	engine, err := sqlite.Open(filepath.Join(data, LedgerFile), options)
	if err != nil {
		return nil, err
	}
	keys, err := sealed.OpenKeys(filepath.Join(data, KeysFile))
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	l, err := sealed.Open(ctx, engine, keys, erasable)
	if err != nil {
		return nil, errors.Join(err, keys.Close(), engine.Close())
	}
	return l, nil
}

func (h *Hub) openSealed(ctx context.Context) (*sealed.Ledger, error) {
	if h.nodes != nil {
		return h.nodes.open(ctx, h)
	}
	if err := Alone(h.cfg.Data); err != nil {
		return nil, err
	}
	return OpenLedger(ctx, h.cfg.Data, sqlite.Options{Clock: h.cfg.Clock})
}

// Alone refuses a data directory that belongs to a node of several: what is appended
// to its ledger, the other nodes would not have.
func Alone(data string) error {
	name, err := os.ReadFile(filepath.Join(data, NodeFile))
	switch {
	case err == nil:
		return fmt.Errorf("%s belongs to the node %s of a cluster: serve it with --cluster, or copy the ledger out of the cluster first (tocsin ledger copy --back)", data, bytes.TrimSpace(name))
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return nil
}

// openLedger opens the ledger and its keys, and finishes the erasures that a
// crash may have cut short.
func (h *Hub) openLedger(ctx context.Context) error {
	l, err := h.openSealed(ctx)
	if err != nil {
		return err
	}
	h.sealed = l
	h.guard = headroom.New(headroom.Config{Path: h.cfg.Data, Reserve: uint64(h.cfg.DiskReserve), Measure: h.cfg.Space, Logger: h.cfg.Logger}) // Validate lets none below zero pass
	h.metrics = metrics.New(h.state)
	h.ledger = accepting{l, h.guard, h.metrics, &h.failing}
	var due []ledger.Seq
	for e, err := range l.Read(ctx, 0, contribution.KindErased, access.KindPersonErased) {
		if err != nil {
			return fmt.Errorf("read what was erased: %w", err)
		}
		due = append(due, erasedBy(e)...)
	}
	if err := l.Erase(ctx, due...); err != nil {
		return fmt.Errorf("finish erasures: %w", err)
	}
	return nil
}

// erasedBy are the entries that an erasure names.
func erasedBy(e ledger.Entry) (named []ledger.Seq) {
	_ = ledger.Fold(e, func(_ ledger.Entry, erased struct { // the views read it as well, and say what is wrong with it
		Entries []ledger.Seq `json:"entries"`
	}) {
		named = erased.Entries
	})
	return named
}
