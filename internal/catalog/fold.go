package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/go-json-experiment/json"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// fold is one transaction of Apply.
type fold struct {
	c          *Catalog
	conn       *sqlite.Conn
	newNumbers int
	newKinds   int
	queue      *queue // of statements, while entries are added

	stage    *shelf.Stage  // what is added
	change   *shelf.Change // or what is taken back
	erased   bool          // and erased
	granular map[shelf.Number]uint32

	head      ledger.Head
	lengths   shelf.Lengths
	added     int64 // the last one given, microseconds
	objects   int64
	relations int64
	sightings int64
	erasures  int64
	loose     bool
}

// transact folds entries in one transaction. The shelf is written before the
// commit and shown after it: a reader may find words whose versions it is not
// shown yet, and never a version that may go again.
func (c *Catalog) transact(ctx context.Context, entries []*parsedEntry) error {
	f := &fold{c: c, conn: c.writer, granular: map[shelf.Number]uint32{}}
	if err := f.commit(ctx, entries); err != nil {
		c.numbers.withdraw(f.newNumbers)
		c.kinds.withdraw(f.newKinds)
		return err
	}
	c.granular.add(f.granular)
	if f.stage != nil {
		f.stage.Publish()
	}
	if f.change != nil {
		f.change.Publish()
	}
	c.passed(f.head.Seq) // a reader asks how far it is before it looks at the shelf
	if f.erased {
		return c.blank(f.change)
	}
	return nil
}

func (f *fold) commit(ctx context.Context, entries []*parsedEntry) (err error) {
	end, err := sqlitex.ImmediateTransaction(f.conn)
	if err != nil {
		return err
	}
	defer end(&err)
	if err := f.load(); err != nil {
		return err
	}
	if takesBack(entries[0]) {
		err = f.takeBack(entries[0].Entry)
	} else {
		err = f.add(ctx, entries)
	}
	if err != nil {
		return err
	}
	last := entries[len(entries)-1]
	f.head = ledger.Head{Seq: last.Seq, Hash: last.Hash}
	if f.stage == nil {
		return f.store()
	}
	var writing sync.WaitGroup
	var failed error
	writing.Go(func() { failed = f.stage.Write() }) // while SQLite flushes the index
	err = f.store()
	writing.Wait()
	return errors.Join(err, failed)
}

// takeBack folds an entry of which takesBack is true.
func (f *fold) takeBack(e ledger.Entry) (err error) {
	if e.Kind == contribution.KindErased {
		err = f.erase(e)
	} else {
		err = f.tighten(e)
	}
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	return nil
}

// decode reads an entry's body. A body that cannot be read is noted, and taken
// is false.
func (f *fold) decode(e ledger.Entry, body any) (taken bool, err error) {
	if err := json.Unmarshal(e.Body, body); err != nil {
		return false, f.note(e.Seq, wholeEntry, "", "unreadable body: "+err.Error())
	}
	return true, nil
}

// numberOf is the number of an audience. One that cannot be read is noted and
// counts as nobody's.
func (f *fold) numberOf(seq ledger.Seq, owner, text string) (uint32, error) {
	a := audience{owner: access.PartnerID(owner), text: text}
	if number, ok := f.c.numbers.find(a); ok {
		return number, nil
	}
	number, err := f.c.numbers.add(a)
	if err != nil {
		if err := f.note(seq, wholeEntry, "", err.Error()); err != nil {
			return 0, err
		}
		return f.numberOf(seq, owner, "")
	}
	f.newNumbers++
	return number, f.exec("INSERT INTO audience VALUES (?, ?, ?)", func(s *sqlite.Stmt) {
		s.BindInt64(1, int64(number))
		s.BindText(2, owner)
		s.BindText(3, text)
	})
}

func (f *fold) load() error {
	return one(f.conn, "position", "SELECT versions, bytes, added, objects, relations, sightings, erasures, loose FROM position", nothing, func(s *sqlite.Stmt) {
		f.lengths = shelf.Lengths{Versions: shelf.Number(s.ColumnInt64(0)), Bytes: s.ColumnInt64(1)}
		f.added, f.objects, f.relations, f.sightings, f.erasures = s.ColumnInt64(2), s.ColumnInt64(3), s.ColumnInt64(4), s.ColumnInt64(5), s.ColumnInt64(6)
		f.loose = s.ColumnBool(7)
	})
}

func (f *fold) store() error {
	return sqlitex.Execute(f.conn,
		"UPDATE position SET seq = ?, hash = ?, versions = ?, bytes = ?, added = ?, objects = ?, relations = ?, sightings = ?, erasures = ?, loose = ?",
		&sqlitex.ExecOptions{Args: []any{
			int64(f.head.Seq), f.head.Hash[:], int64(f.lengths.Versions), f.lengths.Bytes, f.added, f.objects, f.relations, f.sightings, f.erasures, f.loose,
		}})
}
