// Package catalog is the view of what is known: STIX objects and their
// versions, the relations between them, sightings, and a search over all of
// it. It is a fold over the ledger, kept in an SQLite file of its own, which
// can be deleted at any time: the same entries give the same catalog.
//
// Every question carries the principal that asks, and is answered as if
// nothing existed but what is released to it. An id that is hidden and an id
// that is unknown give the same answer.
package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

var (
	// ErrNotFound says that there is no such object, or none that the
	// principal may see.
	ErrNotFound = errors.New("not found")
	// ErrGap says that entries between the catalog's position and the ones
	// given are missing; nothing was applied.
	ErrGap = errors.New("entries are missing")
	// ErrOtherLedger says that the catalog was folded from another ledger than
	// the entries given. Delete the catalog's file; it is rebuilt.
	ErrOtherLedger = errors.New("the catalog belongs to another ledger: delete its file to have it rebuilt")
)

// Catalog is the view. All methods may be called from many goroutines at once;
// readers do not wait for the writer, nor the writer for them.
type Catalog struct {
	readers *sqlitex.Pool

	writing sync.Mutex // guards writer; taken before numbers' own lock
	writer  *sqlite.Conn

	numbers numbers
}

// readerConns is how many questions are answered at the same time. Each
// connection holds a page cache of its own, about 2 MB.
const readerConns = 4

// Open opens the catalog in a file, and creates it if there is none. A catalog
// that another version of this package made is emptied: its Position is then
// zero, and the ledger has to be applied anew. A file that is no catalog is
// left as it is and refused.
func Open(path string) (*Catalog, error) {
	writer, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("open catalog %s: %w", path, err)
	}
	c := &Catalog{writer: writer, numbers: newNumbers()}
	if err := c.numbers.load(writer); err != nil {
		return nil, errors.Join(fmt.Errorf("open catalog %s: %w", path, err), writer.Close())
	}
	c.readers, err = sqlitex.NewPool(path, sqlitex.PoolOptions{
		Flags:    sqlite.OpenReadOnly | sqlite.OpenWAL,
		PoolSize: readerConns,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open catalog %s: %w", path, err), writer.Close())
	}
	return c, nil
}

// Close waits for running questions to end and closes the file.
func (c *Catalog) Close() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := errors.Join(c.readers.Close(), c.writer.Close()); err != nil {
		return fmt.Errorf("close catalog: %w", err)
	}
	return nil
}

// Position is the last entry that is folded in; zero for an empty catalog.
func (c *Catalog) Position(ctx context.Context) (head ledger.Head, err error) {
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		head, err = position(conn)
		return err
	})
	if err != nil {
		return ledger.Head{}, fmt.Errorf("catalog position: %w", err)
	}
	return head, nil
}

// read answers a question from one snapshot of the file.
func (c *Catalog) read(ctx context.Context, ask func(*sqlite.Conn) error) (err error) {
	conn, err := c.readers.Take(ctx)
	if err != nil {
		return err
	}
	defer c.readers.Put(conn)
	end := sqlitex.Transaction(conn)
	defer end(&err)
	return ask(conn)
}
