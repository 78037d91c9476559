package catalog

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// Apply folds entries into the catalog, in one transaction. Entries that are
// already folded in are skipped; ErrGap says that the first new one does not
// follow on the catalog's position, ErrOtherLedger that it does not continue
// the chain. Entries of kinds that the catalog does not know only move the
// position.
//
// The ledger is the truth: what an entry says and the catalog cannot take is
// noted (see Notes) and does not stop the fold.
func (c *Catalog) Apply(ctx context.Context, entries []ledger.Entry) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	defer c.writer.SetInterrupt(c.writer.SetInterrupt(ctx.Done()))

	f := &fold{conn: c.writer, numbers: &c.numbers}
	if err := f.apply(entries); err != nil {
		c.numbers.withdraw(f.newNumbers)
		return fmt.Errorf("apply %d entries to the catalog: %w", len(entries), err)
	}
	return nil
}

// fold is one transaction of Apply.
type fold struct {
	conn       *sqlite.Conn
	numbers    *numbers
	newNumbers []audience

	head      ledger.Head
	place     int64 // the last one given
	added     int64 // the last one given, microseconds
	objects   int64
	relations int64
	sightings int64
}

func (f *fold) apply(entries []ledger.Entry) (err error) {
	end, err := sqlitex.ImmediateTransaction(f.conn)
	if err != nil {
		return err
	}
	defer end(&err)
	if err := f.load(); err != nil {
		return err
	}
	before := f.head
	for _, e := range entries {
		if e.Seq <= f.head.Seq {
			if e.Seq == f.head.Seq && e.Hash != f.head.Hash {
				return fmt.Errorf("entry %d: %w", e.Seq, ErrOtherLedger)
			}
			continue
		}
		if e.Seq != f.head.Seq+1 {
			return fmt.Errorf("%w: the catalog is at entry %d, the next one given is %d", ErrGap, f.head.Seq, e.Seq)
		}
		if e.Prev != f.head.Hash {
			return fmt.Errorf("entry %d: %w", e.Seq, ErrOtherLedger)
		}
		if err := f.entry(e); err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		f.head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
	}
	if f.head == before {
		return nil
	}
	return f.store()
}

func (f *fold) entry(e ledger.Entry) error {
	switch e.Kind {
	case contribution.KindAccepted:
		return f.contribution(e)
	case sighting.KindReported:
		return f.sighting(e)
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

// numberOf is the number of an entry's audience. An audience that cannot be
// read is noted and counts as nobody's.
func (f *fold) numberOf(e ledger.Entry) (int64, error) {
	a := audienceOf(e)
	if number, ok := f.numbers.find(a); ok {
		return number, nil
	}
	var number int64
	err := one(f.conn, "audiences", "SELECT coalesce(max(number), 0) + 1 FROM audience", nothing,
		func(s *sqlite.Stmt) { number = s.ColumnInt64(0) })
	if err != nil {
		return 0, err
	}
	if err := f.numbers.add(number, a); err != nil {
		if err := f.note(e.Seq, wholeEntry, "", err.Error()); err != nil {
			return 0, err
		}
		e.Audience = ""
		return f.numberOf(e)
	}
	f.newNumbers = append(f.newNumbers, a)
	return number, sqlitex.Execute(f.conn, "INSERT INTO audience VALUES (?, ?, ?)",
		&sqlitex.ExecOptions{Args: []any{number, string(a.owner), a.text}})
}

func (f *fold) load() error {
	return one(f.conn, "position", "SELECT seq, hash, place, added, objects, relations, sightings FROM position", nothing, func(s *sqlite.Stmt) {
		f.head.Seq = ledger.Seq(s.ColumnInt64(0))
		s.ColumnBytes(1, f.head.Hash[:])
		f.place, f.added = s.ColumnInt64(2), s.ColumnInt64(3)
		f.objects, f.relations, f.sightings = s.ColumnInt64(4), s.ColumnInt64(5), s.ColumnInt64(6)
	})
}

func (f *fold) store() error {
	return sqlitex.Execute(f.conn,
		"UPDATE position SET seq = ?, hash = ?, place = ?, added = ?, objects = ?, relations = ?, sightings = ?",
		&sqlitex.ExecOptions{Args: []any{
			int64(f.head.Seq), f.head.Hash[:], f.place, f.added, f.objects, f.relations, f.sightings,
		}})
}
