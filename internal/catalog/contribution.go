package catalog

import (
	"context"
	"fmt"
	"strings"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func isContribution(id string) bool { return strings.HasPrefix(id, "contribution--") }

// HasContribution says whether every part of a contribution is folded in, none
// was erased, and nothing was taken back of it since it came last: its owner
// may then share it again by sending it again.
func (c *Catalog) HasContribution(ctx context.Context, id string) (has bool, err error) {
	var parts []ledger.Seq
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		whole := 0
		err := each(conn, "SELECT max(seq), parts FROM part WHERE contribution = ? GROUP BY part",
			func(s *sqlite.Stmt) { s.BindText(1, id) },
			func(s *sqlite.Stmt) (bool, error) {
				parts, whole = append(parts, ledger.Seq(s.ColumnInt64(0))), max(whole, s.ColumnInt(1))
				return true, nil
			})
		has = err == nil && len(parts) > 0 && len(parts) >= whole
		for i := 0; has && err == nil && i < len(parts); i++ {
			var back bool
			back, err = c.takenBack(conn, parts[i])
			has = !back
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("contribution %s: %w", id, err)
	}
	return has, nil
}

// takenBack says whether the audience of something that an entry brought was
// narrowed since.
func (c *Catalog) takenBack(conn *sqlite.Conn, entry ledger.Seq) (back bool, err error) {
	view := c.shelf.View()
	first, last := view.Entry(uint64(entry))
	view.Close()
	err = one(conn, "moved audiences", "SELECT EXISTS (SELECT 1 FROM moved WHERE number BETWEEN ? AND ?)",
		func(s *sqlite.Stmt) {
			s.BindInt64(1, int64(first))
			s.BindInt64(2, int64(last))
		},
		func(s *sqlite.Stmt) { back = s.ColumnBool(0) })
	return back, err
}

// entriesOf is the entries of an owner's contribution.
func (c *Catalog) entriesOf(ctx context.Context, owner access.PartnerID, id string) (entries []ledger.Seq, err error) {
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		entries, err = entriesIn(conn, owner, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("entries of contribution %s: %w", id, err)
	}
	return entries, nil
}

func entriesIn(conn *sqlite.Conn, owner access.PartnerID, id string) (entries []ledger.Seq, err error) {
	err = each(conn, "SELECT seq FROM part WHERE contribution = ? AND owner = ? ORDER BY seq",
		func(s *sqlite.Stmt) {
			s.BindText(1, id)
			s.BindText(2, string(owner))
		},
		func(s *sqlite.Stmt) (bool, error) {
			entries = append(entries, ledger.Seq(s.ColumnInt64(0)))
			return true, nil
		})
	return entries, err
}
