package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// applicationID marks the file as a catalog ("TCAT"); schemaVersion changes
// with the tables below, and with what is folded into them.
const (
	applicationID = 0x54434154
	schemaVersion = 1
)

// A version's row is narrow and its bytes lie elsewhere, so that a filter over
// many objects reads few pages. Both are kept in added order: a page of stored
// bytes is one range of each.
//
// Ids are found by a 64-bit hash of their text: an index over random UUIDs as
// text is what limits the import of large collections.
const schema = `
CREATE TABLE position (
	one  INTEGER PRIMARY KEY CHECK (one = 1),
	seq  INTEGER NOT NULL,           -- the last entry folded in
	hash BLOB NOT NULL,
	place INTEGER NOT NULL,          -- the last place given to a version
	added INTEGER NOT NULL,          -- the last added time, microseconds since 1970
	objects INTEGER NOT NULL,        -- distinct ids
	relations INTEGER NOT NULL,      -- distinct ids of relationships
	sightings INTEGER NOT NULL
);
INSERT INTO position VALUES (1, 0, zeroblob(32), 0, 0, 0, 0, 0);

CREATE TABLE audience (
	number INTEGER PRIMARY KEY,
	owner TEXT NOT NULL,
	audience TEXT NOT NULL,
	UNIQUE (owner, audience)
);

CREATE TABLE version (
	place INTEGER PRIMARY KEY,       -- the order in which versions were added
	idhash INTEGER NOT NULL,
	modified INTEGER NOT NULL,       -- microseconds since 1970; least for an object without versions
	added INTEGER NOT NULL,          -- strictly increasing with place
	audience INTEGER NOT NULL,
	revoked INTEGER NOT NULL,
	contested INTEGER NOT NULL,      -- another version of the id may be preferred to this one
	type TEXT NOT NULL,
	id TEXT NOT NULL,
	name TEXT NOT NULL
);
CREATE INDEX version_id ON version (idhash, modified);
CREATE TABLE body (place INTEGER PRIMARY KEY, raw BLOB NOT NULL);

CREATE TABLE relation (
	place INTEGER PRIMARY KEY,       -- of the relationship's version
	source INTEGER NOT NULL,         -- hash of the id
	target INTEGER NOT NULL,
	type TEXT NOT NULL,
	source_ref TEXT NOT NULL,
	target_ref TEXT NOT NULL
);
CREATE INDEX relation_source ON relation (source);
CREATE INDEX relation_target ON relation (target);

CREATE VIRTUAL TABLE words USING fts5(
	name, aliases, ids, value, description,
	content = '', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE wordlist USING fts5vocab(words, 'row');

CREATE TABLE report (
	partner TEXT NOT NULL,
	id TEXT NOT NULL,
	PRIMARY KEY (partner, id)
) WITHOUT ROWID;
CREATE TABLE sighting (
	number INTEGER PRIMARY KEY,
	type TEXT NOT NULL,
	value TEXT NOT NULL,
	audience INTEGER NOT NULL,
	reported INTEGER NOT NULL,       -- microseconds since 1970, as all times
	report TEXT NOT NULL,
	sector TEXT NOT NULL,
	country TEXT NOT NULL,
	basis TEXT NOT NULL,
	count INTEGER NOT NULL,
	hosts INTEGER NOT NULL,
	first_seen INTEGER NOT NULL,
	last_seen INTEGER NOT NULL,
	unresolved INTEGER NOT NULL
);
CREATE INDEX sighting_value ON sighting (value, type);

CREATE TABLE part (
	contribution TEXT NOT NULL,
	part INTEGER NOT NULL,
	parts INTEGER NOT NULL,
	PRIMARY KEY (contribution, part)
) WITHOUT ROWID;

CREATE TABLE note (
	number INTEGER PRIMARY KEY,
	seq INTEGER NOT NULL,
	object INTEGER NOT NULL,         -- index within the entry's body, -1 for the whole entry
	id TEXT NOT NULL,
	reason TEXT NOT NULL
);
`

// openFile opens the writing connection on a file with the present schema.
func openFile(path string) (*sqlite.Conn, error) {
	conn, err := openConn(path)
	if err != nil {
		return nil, err
	}
	current, err := prepareSchema(conn)
	if err == nil && current {
		return conn, nil
	}
	if err = errors.Join(err, conn.Close()); err != nil {
		return nil, err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("remove the catalog of another version: %w", err)
		}
	}
	if conn, err = openConn(path); err != nil {
		return nil, err
	}
	if _, err := prepareSchema(conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// openConn opens the writing connection. In WAL mode, synchronous=NORMAL never
// loses the file's consistency, only its last transactions, and those are
// folded again from the ledger.
func openConn(path string) (*sqlite.Conn, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, err
	}
	conn.SetBlockOnBusy()
	for _, pragma := range []string{
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = NORMAL",
		"PRAGMA cache_size = -16384",
	} {
		if err := sqlitex.ExecuteTransient(conn, pragma, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", pragma, err), conn.Close())
		}
	}
	return conn, nil
}

// prepareSchema creates the tables in an empty file. It reports false for a
// catalog with another schema and fails for a file that is no catalog.
func prepareSchema(conn *sqlite.Conn) (current bool, err error) {
	application, err := pragma(conn, "PRAGMA application_id")
	if err != nil {
		return false, err
	}
	if application == applicationID {
		version, err := pragma(conn, "PRAGMA user_version")
		return version == schemaVersion, err
	}
	tables, err := pragma(conn, "SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return false, err
	}
	if application != 0 || tables != 0 {
		return false, errors.New("this database is no catalog of Tocsin: name another file")
	}
	return true, sqlitex.ExecuteScript(conn, fmt.Sprintf("%s\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;",
		schema, applicationID, schemaVersion), nil)
}

func pragma(conn *sqlite.Conn, query string) (value int64, err error) {
	err = one(conn, query, query, nothing, func(s *sqlite.Stmt) { value = s.ColumnInt64(0) })
	return value, err
}
