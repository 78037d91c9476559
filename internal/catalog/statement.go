package catalog

import (
	"cmp"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// exec runs a statement that yields no rows, or has the queue do so: then its
// error comes at the end of that.
func (f *fold) exec(query string, bind func(*sqlite.Stmt)) error {
	return f.do(statement{query: query, bind: bind})
}

func (f *fold) do(s statement) error {
	if f.queue != nil {
		f.queue.add(s)
		return nil
	}
	return s.run(f.conn)
}

// run runs the statement. It is prepared once for each connection.
func (s statement) run(conn *sqlite.Conn) error {
	stmt, err := conn.Prepare(s.query)
	if err != nil {
		return err
	}
	s.bind(stmt)
	if _, err := stmt.Step(); err != nil {
		return err
	}
	if err := stmt.Reset(); err != nil || s.then == nil {
		return err
	}
	return s.then(conn)
}

// each runs a query and gives its rows to row until that returns false. One
// query may run within another, but not within itself.
func each(conn *sqlite.Conn, query string, bind func(*sqlite.Stmt), row func(*sqlite.Stmt) (more bool, err error)) (err error) {
	stmt, err := conn.Prepare(query)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, stmt.Reset()) }()
	bind(stmt)
	for {
		found, err := stmt.Step()
		if err != nil || !found {
			return err
		}
		if more, err := row(stmt); err != nil || !more {
			return err
		}
	}
}

// one runs a query that has to yield a row; what says what that row is.
func one(conn *sqlite.Conn, what, query string, bind, row func(*sqlite.Stmt)) error {
	found := false
	err := each(conn, query, bind, func(s *sqlite.Stmt) (bool, error) {
		found = true
		row(s)
		return false, nil
	})
	if err == nil && !found {
		err = fmt.Errorf("the catalog's file is damaged, it lacks the %s: delete it to have it rebuilt", what)
	}
	return err
}

func nothing(*sqlite.Stmt) {}

func position(conn *sqlite.Conn) (head ledger.Head, err error) {
	err = one(conn, "position", "SELECT seq, hash FROM position", nothing, func(s *sqlite.Stmt) {
		head.Seq = ledger.Seq(s.ColumnInt64(0))
		s.ColumnBytes(1, head.Hash[:])
	})
	return head, err
}

func columnBytes(stmt *sqlite.Stmt, column int) []byte {
	b := make([]byte, stmt.ColumnLen(column))
	stmt.ColumnBytes(column, b)
	return b
}
