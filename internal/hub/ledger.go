package hub

import (
	"context"
	"errors"
	"fmt"
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

// openLedger opens the ledger and its keys, and finishes the erasures that a
// crash may have cut short.
func (h *Hub) openLedger(ctx context.Context) error {
	l, err := OpenLedger(ctx, h.cfg.Data, sqlite.Options{Clock: h.cfg.Clock})
	if err != nil {
		return err
	}
	h.sealed = l
	h.guard = headroom.New(headroom.Config{Path: h.cfg.Data, Reserve: uint64(h.cfg.DiskReserve), Measure: h.cfg.Space, Logger: h.cfg.Logger}) //nolint:gosec // Validate lets none below zero pass
	h.metrics = metrics.New(h.state)
	h.ledger = accepting{l, h.guard, h.metrics, &h.failing}
	var due []ledger.Seq
	for e, err := range l.Read(ctx, 0, contribution.KindErased, access.KindPersonErased) {
		if err == nil {
			err = ledger.Fold(e, func(_ ledger.Entry, erased struct {
				Entries []ledger.Seq `json:"entries"`
			}) {
				due = append(due, erased.Entries...)
			})
		}
		if err != nil {
			return fmt.Errorf("read what was erased: %w", err)
		}
	}
	if err := l.Erase(ctx, due...); err != nil {
		return fmt.Errorf("finish erasures: %w", err)
	}
	return nil
}
