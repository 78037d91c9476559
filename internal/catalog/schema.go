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
	schemaVersion = 5
)

// The versions themselves are on a shelf beside the file (package shelf), whose
// lengths are committed here. A number is a version's there.
//
// The search index keeps no text and no sizes, which only a ranking by
// frequency would need: that would tell how often a word occurs in what is
// hidden. "exact" holds the whole name as one word. Each transaction adds a
// segment, of up to hashsize bytes. Merging them, automerge at a time, is much of
// the work where transactions are small; each that is left costs a question a few
// microseconds.
const schema = `
CREATE TABLE position (
	one  INTEGER PRIMARY KEY CHECK (one = 1),
	seq  INTEGER NOT NULL,           -- the last entry folded in
	hash BLOB NOT NULL,
	versions INTEGER NOT NULL,       -- on the shelf
	bytes INTEGER NOT NULL,          -- on the shelf
	added INTEGER NOT NULL,          -- the last added time, microseconds since 1970
	objects INTEGER NOT NULL,        -- distinct ids
	relations INTEGER NOT NULL,      -- distinct ids of relationships
	sightings INTEGER NOT NULL,
	erasures INTEGER NOT NULL,
	loose INTEGER NOT NULL           -- the search index may still hold words that were taken out
);
INSERT INTO position VALUES (1, 0, zeroblob(32), 0, 0, 0, 0, 0, 0, 0, 0);

CREATE TABLE audience (
	number INTEGER PRIMARY KEY,      -- from 1, without a gap
	owner TEXT NOT NULL,
	audience TEXT NOT NULL
);
CREATE TABLE kind (
	number INTEGER PRIMARY KEY,      -- from 1, without a gap
	type TEXT NOT NULL,
	labels TEXT NOT NULL             -- JSON
);
CREATE TABLE moved (
	number INTEGER PRIMARY KEY,
	audience INTEGER NOT NULL        -- that the version was given after it had been added
);
CREATE TABLE granular (
	number INTEGER PRIMARY KEY,
	audience INTEGER NOT NULL        -- of the parts marked TLP:RED
);
CREATE TABLE erasing (number INTEGER PRIMARY KEY); -- erased here, and to be erased on the shelf

CREATE VIRTUAL TABLE words USING fts5(
	exact, name, aliases, ids, value, description,
	content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO words (words, rank) VALUES ('automerge', 64);
INSERT INTO words (words, rank) VALUES ('crisismerge', 128);
INSERT INTO words (words, rank) VALUES ('hashsize', 16777216);
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
CREATE INDEX sighting_value ON sighting (value, type, audience); -- and by number, which every index ends with

CREATE TABLE part (
	contribution TEXT NOT NULL,
	seq INTEGER NOT NULL,            -- the entry
	part INTEGER NOT NULL,
	parts INTEGER NOT NULL,
	owner TEXT NOT NULL,
	withdrawn INTEGER NOT NULL,      -- versions that it brought and that are nobody's now
	PRIMARY KEY (contribution, seq)
) WITHOUT ROWID;
CREATE INDEX part_owner ON part (owner, seq);

CREATE TABLE note (
	number INTEGER PRIMARY KEY,
	seq INTEGER NOT NULL,
	object INTEGER NOT NULL,         -- index within the entry's body, -1 for the whole entry
	id TEXT NOT NULL,
	reason TEXT NOT NULL
);
CREATE INDEX note_id ON note (id);
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
	if err := remove(path); err != nil {
		return nil, fmt.Errorf("remove the catalog of another version: %w", err)
	}
	if conn, err = openConn(path); err != nil {
		return nil, err
	}
	if _, err := prepareSchema(conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// remove removes the catalog's SQLite file, and with it what counts on the shelf.
func remove(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// openConn opens the writing connection. In WAL mode, synchronous=NORMAL never
// loses the file's consistency, only its last transactions, and those are
// folded again from the ledger. Pages that fall free are overwritten: they may
// hold what was erased. The log is written back at 16 MB: between two batches
// the search index writes many of its pages anew.
func openConn(path string) (*sqlite.Conn, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // SQLite would let others read it
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, err
	}
	conn.SetBlockOnBusy()
	for _, pragma := range []string{
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = NORMAL",
		"PRAGMA cache_size = -16384",
		"PRAGMA secure_delete = ON",
		"PRAGMA wal_autocheckpoint = 4000",
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
