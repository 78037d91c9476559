package sqlite

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
	"github.com/tocsin-project/tocsin/internal/ledger/paged"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// A page ends with the first of these reached, so that a slow consumer keeps
// neither a transaction open (the write-ahead log could not be emptied) nor
// much in memory.
const (
	pageEntries = 512
	pageBytes   = 1 << 20
)

// maxKinds is below SQLite's limit of 500 parts of a compound query.
const maxKinds = 400

// Read yields the entries after the cursor: see [ledger.Ledger]. It is a
// series of short transactions, each of one page.
func (l *Ledger) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		r := reading{l: l, at: after, kinds: distinct(kinds)}
		var page []ledger.Entry
		paged.Yield(yield, func() (paged.Page, error) {
			var err error
			page, err = r.next(ctx)
			return paged.Page{Entries: page, After: r.at}, err
		}, func() bool { return r.full || len(page) > 0 && r.grown() })
	}
}

func distinct(kinds []ledger.Kind) []ledger.Kind {
	kinds = slices.Clone(kinds)
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// least is a seq that the ledger has reached at least: its head, or for a
// ledger that another process may write to, what that process acknowledged.
func (l *Ledger) least() (ledger.Seq, error) {
	if l.readOnly {
		h, _, err := anchor.Read(l.path)
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", anchor.Path(l.path), err)
		}
		return h.Seq, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head.Seq, nil
}

// storedHead reads the head from disk.
func (l *Ledger) storedHead(ctx context.Context) (h ledger.Head, err error) {
	err = l.readers.with(ctx, l.life, func(conn *sqlite.Conn) error {
		err := sqlitex.Execute(conn, "SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1", &sqlitex.ExecOptions{
			ResultFunc: func(stmt *sqlite.Stmt) error {
				h.Seq = ledger.Seq(stmt.ColumnInt64(0))
				stmt.ColumnBytes(1, h.Hash[:])
				return nil
			},
		})
		return damaged(err)
	})
	return h, err
}
