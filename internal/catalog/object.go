package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Object is one version of a STIX object, as one partner shared it.
type Object struct {
	ID   string // "malware--" and a UUID
	Type string
	Name string // of an observable its value; may be empty
	// Modified is the version: modified, or created for what cannot be
	// modified, in microseconds; zero for an observable.
	Modified time.Time
	Revoked  bool
	Owner    access.PartnerID
	Audience access.Audience
	// Added is when it came into the catalog: microseconds, strictly
	// increasing with Place.
	Added time.Time
	Place Place
	Raw   jsontext.Value // the bytes as they came; nil where the question left them out
}

// Place is a version's position in added order, from 1, with gaps. As a
// cursor, n means "after place n", so 0 is the beginning.
type Place uint64

// Object is the newest released version of an id. Where two partners shared
// the same version, it is the one that came first. A revoked object is found
// and says that it is revoked.
func (c *Catalog) Object(ctx context.Context, who access.Principal, id string) (o Object, err error) {
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		if o, err = c.newest(conn, c.releasedTo(who), id); err != nil {
			return err
		}
		o.Raw, err = body(conn, o.Place)
		return err
	})
	if err != nil {
		return Object{}, fmt.Errorf("object %s: %w", id, err)
	}
	return o, nil
}

// Versions is every released version of an id, the newest first. Where two
// partners shared the same version, it is the one that came first.
func (c *Catalog) Versions(ctx context.Context, who access.Principal, id string) (versions []Object, err error) {
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		if versions, err = c.versions(conn, c.releasedTo(who), id); err != nil {
			return err
		}
		if len(versions) == 0 {
			return ErrNotFound
		}
		for i := range versions {
			if versions[i].Raw, err = body(conn, versions[i].Place); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("versions of %s: %w", id, err)
	}
	return versions, nil
}

// newest is the version that a principal is shown, without its bytes.
func (c *Catalog) newest(conn *sqlite.Conn, r *released, id string) (o Object, err error) {
	err = ErrNotFound
	stepErr := c.eachVersion(conn, r, id, func(newest Object) bool {
		o, err = newest, nil
		return false
	})
	return o, errors.Join(stepErr, err)
}

// versions is the released versions without their bytes, the newest first.
func (c *Catalog) versions(conn *sqlite.Conn, r *released, id string) (versions []Object, err error) {
	err = c.eachVersion(conn, r, id, func(o Object) bool {
		n := len(versions)
		if n == 0 || !versions[n-1].Modified.Equal(o.Modified) { // else another partner's word on the same version
			versions = append(versions, o)
		}
		return true
	})
	return versions, err
}

// eachVersion yields the released versions in the order of preference until
// yield returns false: the newest first, of the same one the first that came.
func (c *Catalog) eachVersion(conn *sqlite.Conn, r *released, id string, yield func(Object) bool) error {
	return each(conn, "SELECT "+objectColumns+" FROM version WHERE idhash = ? ORDER BY modified DESC, place",
		func(s *sqlite.Stmt) { s.BindInt64(1, idHash(id)) },
		func(s *sqlite.Stmt) (bool, error) {
			if s.ColumnText(columnID) != id || !r.has(s.ColumnInt64(columnAudience)) {
				return true, nil
			}
			return yield(c.object(s)), nil
		})
}

// objectColumns is what object reads.
const objectColumns = "place, modified, added, audience, revoked, type, id, version.name, contested"

const (
	columnPlace     = 0
	columnAudience  = 3
	columnRevoked   = 4
	columnType      = 5
	columnID        = 6
	columnContested = 8
)

func (c *Catalog) object(stmt *sqlite.Stmt) Object {
	o := Object{
		Place:    Place(stmt.ColumnInt64(columnPlace)),
		Modified: fromMicros(stmt.ColumnInt64(1)),
		Added:    fromMicros(stmt.ColumnInt64(2)),
		Revoked:  stmt.ColumnBool(columnRevoked),
		Type:     stmt.ColumnText(columnType),
		ID:       stmt.ColumnText(columnID),
		Name:     stmt.ColumnText(7),
	}
	o.Owner, o.Audience = c.numbers.behind(stmt.ColumnInt64(columnAudience))
	o.Audience.Recipients = slices.Clone(o.Audience.Recipients)
	return o
}
