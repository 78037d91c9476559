package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// Import makes a ledger at path, where there must be none, of entries that come
// from another: the same bytes, times and hashes. It fails with
// [ledger.ErrCorrupt] at the first entry that does not follow the one before it,
// and with the error that entries yield. When it returns without one, all of
// them are on disk; after an error what is at path is of no use to anybody.
func Import(ctx context.Context, path string, entries iter.Seq2[ledger.Entry, error]) (ledger.Head, error) {
	head, err := importAll(ctx, path, entries)
	if err != nil {
		return ledger.Head{}, fmt.Errorf("import into ledger %s: %w", path, err)
	}
	return head, nil
}

func importAll(ctx context.Context, path string, entries iter.Seq2[ledger.Entry, error]) (head ledger.Head, err error) {
	for _, file := range []string{path, path + "-wal", anchor.Path(path)} {
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			return head, errors.Join(fmt.Errorf("%s is there already", file), err)
		}
	}
	lock, err := acquireLock(path)
	if err != nil {
		return head, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	conn, err := openWriter(path, true)
	if err != nil {
		return head, err
	}
	in := importing{conn: conn}
	if err = setAll(conn, inPlace); err == nil {
		err = in.all(ctx, entries)
	}
	if err == nil {
		err = setAll(conn, asUsual)
	}
	if err = errors.Join(err, conn.Close()); err == nil {
		err = syncFile(path)
	}
	if err != nil {
		return head, err
	}
	a, err := anchor.Open(path, in.head)
	if err != nil {
		return head, err
	}
	return in.head, a.Close()
}

// setting is a pragma, and what it reads back as.
type setting struct{ set, get, want string }

// inPlace has pages written once, straight into the file: an import that is cut
// short has nothing to go back to, and is synced as a whole. asUsual is how a ledger
// is handed over.
var (
	inPlace = []setting{{"journal_mode=DELETE", "journal_mode", "delete"}, {"journal_mode=OFF", "journal_mode", "off"}, {"synchronous=OFF", "synchronous", "0"}}
	asUsual = []setting{{"synchronous=FULL", "synchronous", "2"}, {"journal_mode=WAL", "journal_mode", "wal"}}
)

func setAll(conn *sqlite.Conn, settings []setting) error {
	for _, s := range settings {
		if err := setPragma(conn, s.set, s.get, s.want); err != nil {
			return err
		}
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// importing is the state of an import between two entries.
type importing struct {
	conn    *sqlite.Conn
	head    ledger.Head
	last    time.Time // of the head
	entries int       // in the transaction under way
	bytes   int
}

func (in *importing) all(ctx context.Context, entries iter.Seq2[ledger.Entry, error]) error {
	if err := sqlitex.Execute(in.conn, "BEGIN IMMEDIATE", nil); err != nil {
		return err
	}
	for e, err := range entries {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = in.one(e)
		}
		if err != nil {
			return err
		}
	}
	return in.commit()
}

func (in *importing) one(e ledger.Entry) error {
	record, err := recordAfter(in.head, in.last, e)
	if err != nil {
		return err
	}
	if err := store(in.conn, e, record); err != nil {
		return fmt.Errorf("store entry %d: %w", e.Seq, err)
	}
	in.head, in.last = ledger.Head{Seq: e.Seq, Hash: e.Hash}, e.Time
	in.entries, in.bytes = in.entries+1, in.bytes+len(record)
	if in.entries < groupEntries && in.bytes < groupBytes {
		return nil
	}
	if err := in.commit(); err != nil {
		return err
	}
	return sqlitex.Execute(in.conn, "BEGIN IMMEDIATE", nil)
}

func (in *importing) commit() error {
	in.entries, in.bytes = 0, 0
	if err := sqlitex.Execute(in.conn, "COMMIT", nil); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
