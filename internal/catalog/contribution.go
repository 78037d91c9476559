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

// HasContribution says whether every part of a contribution is folded in, and
// none was erased.
func (c *Catalog) HasContribution(ctx context.Context, id string) (has bool, err error) {
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		return one(conn, "parts", "SELECT count(*) > 0 AND count(DISTINCT part) >= max(parts) FROM part WHERE contribution = ?",
			func(s *sqlite.Stmt) { s.BindText(1, id) },
			func(s *sqlite.Stmt) { has = s.ColumnBool(0) })
	})
	if err != nil {
		return false, fmt.Errorf("contribution %s: %w", id, err)
	}
	return has, nil
}

// OwnerOf is the partner that made a contribution; ErrNotFound if there is
// none, or it was erased.
func (c *Catalog) OwnerOf(ctx context.Context, id string) (owner access.PartnerID, err error) {
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		return each(conn, "SELECT owner FROM part WHERE contribution = ? LIMIT 1",
			func(s *sqlite.Stmt) { s.BindText(1, id) },
			func(s *sqlite.Stmt) (bool, error) {
				owner = access.PartnerID(s.ColumnText(0))
				return false, nil
			})
	})
	if err == nil && owner == "" {
		err = ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("owner of contribution %s: %w", id, err)
	}
	return owner, nil
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
