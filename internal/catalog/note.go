package catalog

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// wholeEntry is the Object of a note about the entry as a whole.
const wholeEntry = -1

// Note is something that the ledger says and the catalog could not take as it
// stands. Notes are for the hub's administrators: they name what others may
// not see.
type Note struct {
	Seq    ledger.Seq
	Object int    // index within the contribution, -1 for the whole entry
	ID     string // the object's id, where it could be read
	Reason string
}

func (f *fold) note(seq ledger.Seq, object int, id, reason string) error {
	return f.exec("INSERT INTO note VALUES (NULL, ?, ?, ?, ?)", func(s *sqlite.Stmt) {
		s.BindInt64(1, int64(seq))
		s.BindInt64(2, int64(object))
		s.BindText(3, id)
		s.BindText(4, reason)
	})
}

// keptReason is the note of a version that came again and says something else.
const keptReason = "differs from the same version sent before, which is kept: a change needs a later modified time"

// Kept is the notes on entries from first to last, which are the newest or
// nearly so, about versions that their owner had sent before with another
// content: what is shown is still the first.
func (c *Catalog) Kept(ctx context.Context, first, last ledger.Seq) (kept []Note, err error) {
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT seq, object, id, reason FROM note ORDER BY number DESC", nothing,
			func(s *sqlite.Stmt) (bool, error) {
				n := Note{ledger.Seq(s.ColumnInt64(0)), s.ColumnInt(1), s.ColumnText(2), s.ColumnText(3)}
				if n.Seq >= first && n.Seq <= last && n.Reason == keptReason {
					kept = append(kept, n)
				}
				return n.Seq >= first, nil
			})
	})
	if err != nil {
		return nil, fmt.Errorf("catalog notes: %w", err)
	}
	return kept, nil
}

// Notes is the latest notes, the newest first, at most limit.
func (c *Catalog) Notes(ctx context.Context, limit int) ([]Note, error) {
	var notes []Note
	err := c.read(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT seq, object, id, reason FROM note ORDER BY number DESC LIMIT ?",
			func(s *sqlite.Stmt) { s.BindInt64(1, int64(limit)) },
			func(s *sqlite.Stmt) (bool, error) {
				notes = append(notes, Note{ledger.Seq(s.ColumnInt64(0)), s.ColumnInt(1), s.ColumnText(2), s.ColumnText(3)})
				return true, nil
			})
	})
	if err != nil {
		return nil, fmt.Errorf("catalog notes: %w", err)
	}
	return notes, nil
}
