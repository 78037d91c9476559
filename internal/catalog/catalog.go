// Package catalog is the view of what is known: STIX objects and their
// versions, the relations between them, sightings, and a search over all of
// it. It is a fold over the ledger, kept in an SQLite file of its own and a
// shelf beside it, which can be deleted at any time: the same entries give the
// same catalog.
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
	"sync/atomic"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
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
// readers do not wait for the writer, but for the moment in which it shows what
// it has done.
type Catalog struct {
	readers   *sqlitex.Pool
	searchers *sqlitex.Pool // so that nothing else waits for searches
	searching searchLimits
	shelf     *shelf.Shelf
	holding   holdLimits

	writing sync.Mutex // guards writer; taken before any other lock
	writer  *sqlite.Conn

	numbers  numbers
	kinds    kinds
	granular granular

	ahead atomic.Pointer[takenBack] // nil: nothing
	shown atomic.Uint64             // the last entry of what readers are shown; it may be a later one
}

// How many questions to the file, and how many searches, are answered at the
// same time. Each connection holds a page cache of its own, about 2 MB.
const (
	readerConns = 4
	searchConns = 2
)

// Open opens the catalog in a file and in those that begin with its name, and
// creates them if they are not there. A catalog that another version of this
// package made, or that is damaged, is emptied: its Position is then zero, and
// the ledger has to be applied anew. A file that is no catalog is left as it is
// and refused.
func Open(path string) (*Catalog, error) {
	c, err := open(path)
	if errors.Is(err, shelf.ErrDamaged) {
		if err := remove(path); err != nil {
			return nil, fmt.Errorf("open catalog %s: remove the damaged one: %w", path, err)
		}
		c, err = open(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open catalog %s: %w", path, err)
	}
	return c, nil
}

func open(path string) (_ *Catalog, err error) {
	writer, err := openFile(path)
	if err != nil {
		return nil, err
	}
	c := &Catalog{writer: writer, numbers: newNumbers(), kinds: newKinds(), granular: newGranular(), searching: defaultSearchLimits, holding: defaultHoldLimits}
	defer func() {
		if err != nil {
			err = errors.Join(err, writer.Close())
		}
	}()
	for _, load := range []func(*sqlite.Conn) error{c.numbers.load, c.kinds.load, c.granular.load} {
		if err := load(writer); err != nil {
			return nil, err
		}
	}
	if err := c.openShelf(path); err != nil {
		return nil, err
	}
	if c.readers, err = readOnly(path, readerConns); err != nil {
		return nil, errors.Join(err, c.shelf.Close())
	}
	if c.searchers, err = readOnly(path, searchConns); err != nil {
		return nil, errors.Join(err, c.readers.Close(), c.shelf.Close())
	}
	return c, nil
}

func readOnly(path string, conns int) (*sqlitex.Pool, error) {
	return sqlitex.NewPool(path, sqlitex.PoolOptions{Flags: sqlite.OpenReadOnly | sqlite.OpenWAL, PoolSize: conns})
}

// openShelf opens the shelf as it was committed, and ends an erasure that was
// cut short.
func (c *Catalog) openShelf(path string) error {
	var committed shelf.Lengths
	err := one(c.writer, "position", "SELECT versions, bytes FROM position", nothing, func(s *sqlite.Stmt) {
		committed = shelf.Lengths{Versions: shelf.Number(s.ColumnInt64(0)), Bytes: s.ColumnInt64(1)}
	})
	if err != nil {
		return err
	}
	moved := map[shelf.Number]uint32{}
	err = each(c.writer, "SELECT number, audience FROM moved", nothing, func(s *sqlite.Stmt) (bool, error) {
		moved[shelf.Number(s.ColumnInt64(0))] = uint32(s.ColumnInt64(1))
		return true, nil
	})
	if err != nil {
		return err
	}
	if c.shelf, err = shelf.Open(path, committed, moved, c.numbers.ownerOf); err != nil {
		return err
	}
	if err := c.finishErasing(); err != nil {
		return errors.Join(err, c.shelf.Close())
	}
	return nil
}

// Close waits for running questions to end and closes the files.
func (c *Catalog) Close() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := errors.Join(c.readers.Close(), c.searchers.Close(), c.writer.Close(), c.shelf.Close()); err != nil {
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
func (c *Catalog) read(ctx context.Context, ask func(*sqlite.Conn) error) error {
	conn, err := c.readers.Take(ctx)
	if err != nil {
		return err
	}
	defer c.readers.Put(conn)
	return snapshot(conn, ask)
}

func snapshot(conn *sqlite.Conn, ask func(*sqlite.Conn) error) (err error) {
	end := sqlitex.Transaction(conn)
	defer end(&err)
	return ask(conn)
}
