package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

// Relation is one relationship of an object, seen from it.
type Relation struct {
	ID       string // the relationship's own id
	Type     string // relationship_type: "uses", "attributed-to"
	Outgoing bool   // the object is the relationship's source
	Owner    access.PartnerID
	Other    Object // the other end, without its bytes
}

// maxRelations bounds what Related shows. Four times as many are looked at: what is
// shown takes reading, and so does a relationship whose other end is not.
const maxRelations = 1000

// Related is Relations without saying whether there are more.
func (c *Catalog) Related(ctx context.Context, who access.Principal, id string) ([]Relation, error) {
	relations, _, err := c.Relations(ctx, who, id)
	return relations, err
}

// Relations is an object's relations in both directions, in the order of type,
// direction, and the other end's type and name. A relation is there only if
// its relationship and its other end are released; one whose newest version
// is revoked is gone. Of more than maxRelations it is those that were added
// last; more says that there are, or may be, others.
func (c *Catalog) Relations(ctx context.Context, who access.Principal, id string) (relations []Relation, more bool, err error) {
	return c.SomeRelations(ctx, who, id, maxRelations)
}

// SomeRelations is Relations of at most so many.
func (c *Catalog) SomeRelations(ctx context.Context, who access.Principal, id string, most int) (relations []Relation, more bool, err error) {
	a := c.ask(who)
	defer a.close()
	shown, err := a.newest(id)
	if err == nil && shown == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, false, fmt.Errorf("relations of %s: %w", id, err)
	}
	looked := map[shelf.Number]bool{} // the newest versions of relationships
	readings := 0
	for n, err := range a.view.Relationships(shelf.KeyOf(id)) {
		if err != nil {
			return nil, false, fmt.Errorf("relations of %s: %w", id, err)
		}
		if a.view.At(n).Flags&shelf.Erased != 0 || looked[a.view.NewestOf(n)] {
			continue
		}
		looked[a.view.NewestOf(n)] = true
		if err := ctx.Err(); err != nil {
			return nil, false, fmt.Errorf("relations of %s: %w", id, err)
		}
		current := a.standsFor(n)
		if current == 0 {
			continue
		}
		if readings++; readings > 4*most || len(relations) == most {
			more = true
			break
		}
		relation, found, err := a.relation(current, id)
		if err != nil {
			return nil, false, fmt.Errorf("relations of %s: %w", id, err)
		}
		if found {
			relations = append(relations, relation)
		}
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
	return relations, more, nil
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

// standsFor is the version of a relationship that the principal is shown, given
// one of its versions; 0 if none is, or it is revoked.
func (a *asker) standsFor(n shelf.Number) shelf.Number {
	s := a.versions(n)
	if len(s.versions) == 0 || a.view.At(s.versions[0]).Flags&shelf.Revoked != 0 {
		return 0
	}
	return s.versions[0]
}

// relation is a relationship seen from one of its ends. It is not found if its
// other end is not there for the principal, or an earlier version touched the
// end and this one does not.
func (a *asker) relation(n shelf.Number, from string) (r Relation, found bool, err error) {
	o, h, err := a.object(n)
	if err != nil {
		return Relation{}, false, err
	}
	r = Relation{ID: o.ID, Type: h.RelationshipType, Outgoing: h.SourceRef == from, Owner: o.Owner}
	other := h.TargetRef
	if !r.Outgoing {
		if h.TargetRef != from {
			return Relation{}, false, nil
		}
		other = h.SourceRef
	}
	end, err := a.newest(other)
	if end == 0 || err != nil {
		return Relation{}, false, err
	}
	r.Other, _, err = a.object(end)
	r.Other.Raw = nil
	return r, err == nil, err
}
