package hub

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// erasable says which entries are kept under keys of their own: what partners
// contribute, and what is about a person.
func erasable(kind ledger.Kind) bool {
	return kind == contribution.KindAccepted || kind == contribution.KindReported || access.KindPersonal(kind)
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
	h.ledger = l
	var due struct {
		Entries []ledger.Seq `json:"entries"`
	}
	for e, err := range l.Read(ctx, 0, contribution.KindErased, access.KindPersonErased) {
		if err == nil {
			err = json.Unmarshal(e.Body, &due)
		}
		if err == nil {
			err = l.Erase(ctx, due.Entries...)
		}
		if err != nil {
			return fmt.Errorf("finish the erasure of entry %d: %w", e.Seq, err)
		}
	}
	return nil
}
