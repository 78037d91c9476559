package sqlite

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// row is one line of the table as it is stored, true or not.
type row struct {
	seq    ledger.Seq
	kind   ledger.Kind
	hash   ledger.Hash
	record []byte
	hashed bool // hash has the length of one
}

// scanRow copies the columns seq, kind, hash, record out of SQLite's memory.
func scanRow(stmt *sqlite.Stmt) row { return scanRest(stmt, ledger.Kind(stmt.ColumnText(1))) }

// scanRest is scanRow where the kind has been copied.
func scanRest(stmt *sqlite.Stmt, kind ledger.Kind) row {
	r := row{seq: ledger.Seq(stmt.ColumnInt64(0)), kind: kind}
	r.hashed = stmt.ColumnLen(2) == len(r.hash)
	stmt.ColumnBytes(2, r.hash[:])
	r.record = make([]byte, stmt.ColumnLen(3))
	stmt.ColumnBytes(3, r.record)
	return r
}

// open verifies the row in itself and gives its entry; the error wraps
// [ledger.ErrCorrupt] and does not name the entry.
func (r row) open() (ledger.Entry, error) {
	if !r.hashed {
		return ledger.Entry{}, fmt.Errorf("%w: the stored hash does not have %d bytes", ledger.ErrCorrupt, len(r.hash))
	}
	e, err := ledger.Open(r.record, r.hash)
	switch {
	case err != nil:
		return ledger.Entry{}, err
	case e.Seq != r.seq:
		return e, fmt.Errorf("%w: it is stored as entry %d, its record says %d", ledger.ErrCorrupt, r.seq, e.Seq)
	case e.Kind != r.kind:
		return e, fmt.Errorf("%w: it is stored under kind %q, its record says %q", ledger.ErrCorrupt, r.kind, e.Kind)
	}
	return e, nil
}

// oneRow gives the first row of the query, nil if there is none.
func oneRow(conn *sqlite.Conn, query string, args ...any) (*row, error) {
	var found *row
	err := sqlitex.Execute(conn, query, &sqlitex.ExecOptions{Args: args, ResultFunc: func(stmt *sqlite.Stmt) error {
		r := scanRow(stmt)
		found = &r
		return nil
	}})
	if err != nil {
		return nil, damaged(err)
	}
	return found, nil
}

// damaged marks what SQLite says about unreadable bytes as damage of the
// ledger; other errors stay what they are.
func damaged(err error) error {
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultCorrupt, sqlite.ResultNotADB, sqlite.ResultTooBig, sqlite.ResultFormat:
		return fmt.Errorf("%w: %w; run `tocsin check`", ledger.ErrCorrupt, err)
	}
	return err
}
