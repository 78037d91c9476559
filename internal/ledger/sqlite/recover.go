package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/tally"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// verifyRecovered checks, after a process that did not close the ledger, what
// SQLite made of the write-ahead log. If part of the log had been copied to
// the ledger's file and then one of its frames is damaged, SQLite lays the old
// pages before the damage over newer ones and mixes two states, for example a
// table that ends early with an index that does not. The anchor finds that
// too, unless it lags, as it may after a power loss.
//
// It verifies the entries that the log can have held: those at the end whose
// records together are as long as the log. And the index must have as many
// lines as there are entries.
func verifyRecovered(conn *sqlite.Conn, path string, head ledger.Head) error {
	info, err := os.Stat(path + "-wal")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // closed in order
	case err != nil:
		return err
	case info.Size() == 0 || head.Seq == 0:
		return nil // nothing to verify
	}
	first, err := firstWithin(conn, info.Size())
	if err != nil {
		return err
	}
	w := walk{findings: &findings{Tally: tally.Tally{At: first - 1}}, conn: conn, most: head.Seq}
	if err := w.scan(); err != nil {
		return damaged(err)
	}
	if len(w.Damage) > 0 {
		d := w.Damage[0]
		return fmt.Errorf("%w: entry %d: %s; run `tocsin check`", ledger.ErrCorrupt, d.Seq, d.Reason)
	}
	if w.At != head.Seq || len(w.Around) > 0 {
		return fmt.Errorf("%w: the last entry should be %d, reading in order ends with %d; run `tocsin check`", ledger.ErrCorrupt, head.Seq, w.At)
	}
	var lines ledger.Seq
	err = sqlitex.ExecuteTransient(conn, "SELECT count(*) FROM entry INDEXED BY entry_by_kind", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			lines = ledger.Seq(stmt.ColumnInt64(0))
			return nil
		},
	})
	switch {
	case err != nil:
		return damaged(err)
	case lines != head.Seq || len(w.astray) > 0:
		return fmt.Errorf("%w: the index by kind has %d lines for %d entries, %d of the last ones are not in it; run `tocsin check`",
			ledger.ErrCorrupt, lines, head.Seq, len(w.astray))
	}
	return nil
}

// firstWithin is the first of the entries at the end whose records have, all
// together, at least so many bytes.
func firstWithin(conn *sqlite.Conn, bytes int64) (first ledger.Seq, err error) {
	stmt, err := conn.Prepare("SELECT seq, length(record) FROM entry ORDER BY seq DESC")
	if err != nil {
		return 0, damaged(err)
	}
	defer stmt.Reset() //nolint:errcheck // repeats the error of Step
	for bytes > 0 {
		some, err := stmt.Step()
		if err != nil {
			return 0, damaged(err)
		}
		if !some {
			return 1, nil
		}
		first = ledger.Seq(stmt.ColumnInt64(0))
		bytes -= stmt.ColumnInt64(1)
	}
	return first, nil
}
