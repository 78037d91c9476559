package catalog

import (
	"fmt"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// erase takes out everything that a contribution brought, for everybody. What
// its owner also shared in another one stays: that one has to be erased as
// well. Afterwards the catalog is as if the contribution had been empty, which
// is how its entries are read from then on; only the added times of what came
// within the same moment may differ from those of a catalog that is rebuilt.
func (f *fold) erase(e ledger.Entry) error {
	var x contribution.Erasure
	if taken, err := f.decode(e, &x); err != nil || !taken {
		return err
	}
	f.erasures++
	gone, err := f.broughtBy(access.PartnerID(x.Owner), x.Contribution)
	if err != nil {
		return err
	}
	if err := f.eraseRows(x); err != nil {
		return err
	}
	if len(gone) == 0 {
		return nil
	}
	f.change, f.erased = f.c.shelf.Change(nil, gone), true
	if err := f.beginErasing(len(gone)); err != nil {
		return err
	}
	if err := f.reindex(); err != nil {
		return err
	}
	if err := f.endErasing(); err != nil {
		return err
	}
	counted := map[string]bool{}
	view := f.c.shelf.View()
	defer view.Close()
	for _, n := range gone {
		_, id, err := f.wordsAgain(n, view.Raw)
		if err != nil {
			return err
		}
		if !counted[id] && !f.change.Left(n) {
			f.count(id, -1)
		}
		counted[id] = true
		if err := f.eraseVersion(n, id); err != nil {
			return err
		}
	}
	return nil
}

// eraseRows takes out what is known of a contribution as a whole.
func (f *fold) eraseRows(x contribution.Erasure) error {
	for _, query := range []string{
		"DELETE FROM note WHERE seq IN (SELECT seq FROM part WHERE contribution = ?1 AND owner = ?2)",
		"DELETE FROM part WHERE contribution = ?1 AND owner = ?2",
	} {
		err := f.exec(query, func(s *sqlite.Stmt) {
			s.BindText(1, x.Contribution)
			s.BindText(2, x.Owner)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eraseVersion takes out what the file holds of a version beside its words.
func (f *fold) eraseVersion(n shelf.Number, id string) error {
	for _, query := range []string{
		"DELETE FROM moved WHERE number = ?", "DELETE FROM granular WHERE number = ?", "INSERT INTO erasing VALUES (?)",
	} {
		if err := f.exec(query, func(s *sqlite.Stmt) { s.BindInt64(1, int64(n)) }); err != nil {
			return err
		}
	}
	return f.exec("DELETE FROM note WHERE id = ?", func(s *sqlite.Stmt) { s.BindText(1, id) })
}

// blank overwrites what a change erased, on the shelf and in the write-ahead
// log.
func (c *Catalog) blank(change *shelf.Change) error {
	if err := change.Blank(); err != nil {
		return err
	}
	for _, query := range []string{"DELETE FROM erasing", looseDeletes, "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if err := sqlitex.ExecuteTransient(c.writer, query, nil); err != nil {
			return fmt.Errorf("erase: %w", err)
		}
	}
	return nil
}

// finishErasing does what a crash left undone.
func (c *Catalog) finishErasing() error {
	var left []shelf.Number
	err := each(c.writer, "SELECT number FROM erasing ORDER BY number", nothing, func(s *sqlite.Stmt) (bool, error) {
		left = append(left, shelf.Number(s.ColumnInt64(0)))
		return true, nil
	})
	if err != nil || len(left) == 0 {
		return err
	}
	change := c.shelf.Change(nil, left)
	change.Publish()
	return c.blank(change)
}
