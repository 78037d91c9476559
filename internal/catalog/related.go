package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Relation is one relationship of an object, seen from it.
type Relation struct {
	ID       string // the relationship's own id
	Type     string // relationship_type: "uses", "attributed-to"
	Outgoing bool   // the object is the relationship's source
	Owner    access.PartnerID
	Other    Object // the other end, without its bytes
}

// Related is an object's relations in both directions, in the order of type,
// direction, and the other end's type and name. A relation is there only if
// its relationship and its other end are released; one whose newest version
// is revoked is gone.
func (c *Catalog) Related(ctx context.Context, who access.Principal, id string) (relations []Relation, err error) {
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		r := c.releasedTo(who)
		if _, err := c.newest(conn, r, id); err != nil {
			return err
		}
		ids, err := relationshipsOf(conn, id)
		if err != nil {
			return err
		}
		for _, relationship := range ids {
			relation, err := c.relation(conn, r, relationship, id)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			relations = append(relations, relation)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("relations of %s: %w", id, err)
	}
	slices.SortFunc(relations, func(a, b Relation) int {
		return cmp.Or(
			cmp.Compare(a.Type, b.Type),
			outgoingFirst(a.Outgoing, b.Outgoing),
			cmp.Compare(a.Other.Type, b.Other.Type),
			cmp.Compare(a.Other.Name, b.Other.Name),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return relations, nil
}

func outgoingFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// relationshipsOf is the ids of all relationships with an end at id.
func relationshipsOf(conn *sqlite.Conn, id string) (ids []string, err error) {
	err = each(conn, `SELECT DISTINCT v.id FROM relation r JOIN version v USING (place)
			WHERE r.source = ?1 AND r.source_ref = ?2 OR r.target = ?1 AND r.target_ref = ?2`,
		func(s *sqlite.Stmt) {
			s.BindInt64(1, idHash(id))
			s.BindText(2, id)
		},
		func(s *sqlite.Stmt) (bool, error) {
			ids = append(ids, s.ColumnText(0))
			return true, nil
		})
	return ids, err
}

// relation is a relationship as it stands for the principal, seen from one of
// its ends; ErrNotFound if it is not there for the principal.
func (c *Catalog) relation(conn *sqlite.Conn, r *released, relationship, from string) (Relation, error) {
	o, err := c.newest(conn, r, relationship)
	if err != nil {
		return Relation{}, err
	}
	if o.Revoked {
		return Relation{}, ErrNotFound
	}
	kind, source, target, err := ends(conn, o.Place)
	if err != nil {
		return Relation{}, err
	}
	relation := Relation{ID: o.ID, Type: kind, Outgoing: source == from, Owner: o.Owner}
	other := target
	if !relation.Outgoing {
		if target != from { // an earlier version touched it, the newest does not
			return Relation{}, ErrNotFound
		}
		other = source
	}
	relation.Other, err = c.newest(conn, r, other)
	return relation, err
}

func ends(conn *sqlite.Conn, place Place) (kind, source, target string, err error) {
	err = one(conn, fmt.Sprintf("ends of relationship %d", place), "SELECT type, source_ref, target_ref FROM relation WHERE place = ?",
		func(s *sqlite.Stmt) { s.BindInt64(1, int64(place)) },
		func(s *sqlite.Stmt) { kind, source, target = s.ColumnText(0), s.ColumnText(1), s.ColumnText(2) })
	return kind, source, target, err
}
