package sqlite

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

const (
	// applicationID is "TocL": what file(1) and other programs can know a ledger by.
	applicationID = 0x546f634c
	// formatVersion is the file's format, kept as SQLite's user_version.
	formatVersion = 1
	// blobLimit is far above the largest record (a body of a little under
	// 1 MiB, an audience of 64 KiB); a length beyond it comes from damage.
	blobLimit = 4 << 20
)

// schema has the hash before the record, so that reading a hash does not walk
// over the record's overflow pages. The insert trigger is there because
// INSERT OR REPLACE deletes without asking a delete trigger; it holds the
// sequence gapless as well. It says FAIL and not ABORT, as does the writer's
// statement: for ABORT SQLite would keep a journal of each statement, which
// takes half the time of a large batch.
var schema = []object{
	{"table", "entry", `CREATE TABLE entry (
	seq INTEGER PRIMARY KEY,
	kind TEXT NOT NULL,
	hash BLOB NOT NULL,
	record BLOB NOT NULL
) STRICT`},
	{"index", "entry_by_kind", `CREATE INDEX entry_by_kind ON entry (kind, seq)`},
	{"trigger", "entry_is_next", `CREATE TRIGGER entry_is_next BEFORE INSERT ON entry
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entry)
BEGIN SELECT raise(FAIL, 'the ledger takes only the next entry'); END`},
	{"trigger", "entry_stays", `CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END`},
	{"trigger", "entry_remains", `CREATE TRIGGER entry_remains BEFORE DELETE ON entry
BEGIN SELECT raise(ABORT, 'the ledger is append-only'); END`},
}

type object struct{ kind, name, sql string }

// openWriter gives the one connection that writes.
func openWriter(path string, fresh bool) (_ *sqlite.Conn, err error) {
	if fresh {
		// SQLite gives its other files the permissions of this one.
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, conn.Close())
		}
	}()
	conn.SetBusyTimeout(10 * time.Second)
	for _, p := range []struct{ set, get, want string }{
		{"journal_mode=WAL", "journal_mode", "wal"},
		{"synchronous=FULL", "synchronous", "2"},
		// Checkpoints are started by the writer after it has acknowledged,
		// and there their errors show; SQLite's automatic ones hide theirs.
		{"wal_autocheckpoint=0", "wal_autocheckpoint", "0"},
		{"journal_size_limit=67108864", "journal_size_limit", "67108864"},
		{"trusted_schema=OFF", "trusted_schema", "0"},
	} {
		if err := setPragma(conn, p.set, p.get, p.want); err != nil {
			return nil, err
		}
	}
	if fresh {
		if err := createSchema(conn); err != nil {
			return nil, fmt.Errorf("create the ledger's tables: %w", err)
		}
	}
	// SQLite opens read-only, without a word, what it cannot write; only a
	// change shows it.
	for _, try := range []string{"BEGIN", fmt.Sprintf("PRAGMA user_version=%d", formatVersion), "ROLLBACK"} {
		if err := sqlitex.ExecuteTransient(conn, try, nil); err != nil {
			return nil, fmt.Errorf("%w: the file cannot be written to; its permissions forbid it, or its header (byte 18) is damaged: %w",
				ledger.ErrUnavailable, err)
		}
	}
	return conn, nil
}

func createSchema(conn *sqlite.Conn) (err error) {
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		return err
	}
	defer end(&err)
	for _, o := range schema {
		if err := sqlitex.ExecuteTransient(conn, o.sql, nil); err != nil {
			return err
		}
	}
	for _, p := range []string{
		fmt.Sprintf("PRAGMA application_id=%d", applicationID),
		fmt.Sprintf("PRAGMA user_version=%d", formatVersion),
	} {
		if err := sqlitex.ExecuteTransient(conn, p, nil); err != nil {
			return err
		}
	}
	return nil
}

// openReader gives a read-only connection; it neither writes nor checkpoints,
// so a damaged write-ahead log stays as it is.
func openReader(path string) (*sqlite.Conn, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return nil, err
	}
	conn.SetBusyTimeout(10 * time.Second)
	conn.Limit(sqlite.LimitLength, blobLimit)
	return conn, nil
}

// setPragma sets and reads back: SQLite ignores what it does not know.
func setPragma(conn *sqlite.Conn, set, get, want string) error {
	if err := sqlitex.ExecuteTransient(conn, "PRAGMA "+set, nil); err != nil {
		return fmt.Errorf("set %s: %w", set, err)
	}
	got, err := pragma(conn, get)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("set %s: SQLite answers %s=%s; without it the ledger is not safe on this file system", set, get, got)
	}
	return nil
}

func pragma(conn *sqlite.Conn, name string) (value string, err error) {
	err = sqlitex.ExecuteTransient(conn, "PRAGMA "+name, &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			value = stmt.ColumnText(0)
			return nil
		},
	})
	if err != nil {
		return "", fmt.Errorf("read pragma %s: %w", name, err)
	}
	return value, nil
}

var errForeign = errors.New("the file is not a Tocsin ledger")
