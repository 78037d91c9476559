package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
)

// PageQuery asks for a page of versions in added order. The zero value of a
// field asks for everything.
type PageQuery struct {
	After      Place     // only what was added after this place
	AddedAfter time.Time // only what was added after this time, strictly
	Limit      int       // at most so many, at least 1
	Bytes      int       // stop where Raw comes to more in sum, but not before the first; 0 for no such limit
	IDs        []string  // only these objects
	Types      []string  // only objects of these types
	Versions   VersionQuery
	// WithoutRaw leaves out the bytes: for manifests, which then cost a
	// fraction.
	WithoutRaw bool
}

// VersionQuery is which versions of each object are wanted; a version is in
// the answer if any of the fields asks for it. The zero value is Last alone
// (TAXII 2.1, section 3.4: match[version]).
type VersionQuery struct {
	First bool
	Last  bool
	All   bool
	At    []time.Time // by Object.Modified, or Object.Added where that is zero
}

// Page is a run of versions in added order.
type Page struct {
	Objects []Object
	More    bool  // there was more when the page was read
	Next    Place // the place to go on after; that of the query if the page is empty
}

// Page is the released versions after a place, in added order. What is not
// released leaves no trace in it. Of the same version from two partners there
// is the one that came first among the released.
func (c *Catalog) Page(ctx context.Context, who access.Principal, q PageQuery) (page Page, err error) {
	if q.Limit < 1 {
		return Page{}, fmt.Errorf("catalog page: the limit is %d, it has to be at least 1", q.Limit)
	}
	page.Next = q.After
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		p := pager{c: c, conn: conn, released: c.releasedTo(who), query: q, versions: map[string][]Object{}}
		if page.Objects, page.More, err = p.rows(); err != nil || len(page.Objects) == 0 {
			return err
		}
		if !q.WithoutRaw {
			read, err := bodies(conn, page.Objects, q.Bytes)
			if err != nil {
				return err
			}
			page.More = page.More || read < len(page.Objects)
			page.Objects = page.Objects[:read]
		}
		page.Next = page.Objects[len(page.Objects)-1].Place
		return nil
	})
	if err != nil {
		return Page{}, fmt.Errorf("catalog page: %w", err)
	}
	return page, nil
}

// pager is one reading of a page.
type pager struct {
	c        *Catalog
	conn     *sqlite.Conn
	released *released
	query    PageQuery
	versions map[string][]Object // by id, as far as they were needed
}

// rows is the page without its bytes: one range of the table of versions, or
// of the index of ids where they are given.
func (p *pager) rows() (objects []Object, more bool, err error) {
	after, err := p.start()
	if err != nil {
		return nil, false, err
	}
	if len(p.query.IDs) > 0 {
		return p.rowsOf(p.query.IDs, after)
	}
	err = each(p.conn, "SELECT "+objectColumns+" FROM version WHERE place > ? ORDER BY place",
		func(s *sqlite.Stmt) { s.BindInt64(1, int64(after)) },
		func(s *sqlite.Stmt) (bool, error) {
			o, wanted, err := p.take(s)
			switch {
			case err != nil || !wanted:
				return true, err
			case len(objects) == p.query.Limit:
				more = true
				return false, nil
			}
			objects = append(objects, o)
			return true, nil
		})
	return objects, more, err
}

func (p *pager) rowsOf(ids []string, after Place) (objects []Object, more bool, err error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for _, id := range ids {
		err := each(p.conn, "SELECT "+objectColumns+" FROM version WHERE idhash = ? AND place > ?",
			func(s *sqlite.Stmt) {
				s.BindInt64(1, idHash(id))
				s.BindInt64(2, int64(after))
			},
			func(s *sqlite.Stmt) (bool, error) {
				o, wanted, err := p.take(s)
				if wanted && o.ID == id {
					objects = append(objects, o)
				}
				return true, err
			})
		if err != nil {
			return nil, false, err
		}
	}
	slices.SortFunc(objects, func(a, b Object) int { return cmp.Compare(a.Place, b.Place) })
	if len(objects) > p.query.Limit {
		return objects[:p.query.Limit], true, nil
	}
	return objects, false, nil
}

// take reads the row and says whether it belongs on the page.
func (p *pager) take(stmt *sqlite.Stmt) (o Object, wanted bool, err error) {
	if !p.released.has(stmt.ColumnInt64(columnAudience)) {
		return Object{}, false, nil
	}
	if len(p.query.Types) > 0 && !slices.Contains(p.query.Types, stmt.ColumnText(columnType)) {
		return Object{}, false, nil
	}
	o = p.c.object(stmt)
	v := p.query.Versions
	if !stmt.ColumnBool(columnContested) && v.lastWanted() {
		return o, true, nil // the usual case needs no look at other versions
	}
	versions, ok := p.versions[o.ID]
	if !ok {
		if versions, err = p.c.versions(p.conn, p.released, o.ID); err != nil {
			return Object{}, false, err
		}
		p.versions[o.ID] = versions
	}
	return o, v.wants(versions, o), nil
}

func (v VersionQuery) lastWanted() bool {
	return v.Last || v.All || !v.First && len(v.At) == 0
}

// wants says whether o is asked for, given all released versions of its id,
// the newest first, the same version once.
func (v VersionQuery) wants(versions []Object, o Object) bool {
	i := slices.IndexFunc(versions, func(other Object) bool { return other.Place == o.Place })
	switch {
	case i < 0: // another partner's word on the same version came first
		return false
	case v.All, i == 0 && v.lastWanted(), i == len(versions)-1 && v.First:
		return true
	}
	at := o.Modified
	if at.IsZero() {
		at = o.Added
	}
	return slices.ContainsFunc(v.At, func(t time.Time) bool { return t.Truncate(time.Microsecond).Equal(at) })
}

// start is the place to read after: the query's, or the last one added by the
// query's time, whichever is later.
func (p *pager) start() (Place, error) {
	if p.query.AddedAfter.IsZero() {
		return p.query.After, nil
	}
	after, err := lastAddedBy(p.conn, p.query.AddedAfter.UnixMicro())
	return max(after, p.query.After), err
}

// lastAddedBy is the last place whose added time is not after us. Added times
// increase with places, so that halving finds it and no index is needed.
func lastAddedBy(conn *sqlite.Conn, us int64) (Place, error) {
	var high int64
	err := one(conn, "last place", "SELECT coalesce(max(place), 0) FROM version", nothing,
		func(s *sqlite.Stmt) { high = s.ColumnInt64(0) })
	low := int64(0) // the answer is at least low and at most high
	for low < high && err == nil {
		middle := low + (high-low+1)/2
		place, added := int64(0), int64(0)
		err = one(conn, "last place", "SELECT place, added FROM version WHERE place >= ? ORDER BY place LIMIT 1",
			func(s *sqlite.Stmt) { s.BindInt64(1, middle) },
			func(s *sqlite.Stmt) { place, added = s.ColumnInt64(0), s.ColumnInt64(1) })
		if added <= us {
			low = place
		} else {
			high = middle - 1
		}
	}
	return Place(low), err
}

// bodies reads the bytes of objects in added order: one range if nothing lies
// between them, else one by one. It stops before the object with which they
// would come to more than limit, unless that is 0, and says how many it read;
// at least one.
func bodies(conn *sqlite.Conn, objects []Object, limit int) (read int, err error) {
	sum := 0
	take := func(raw []byte) (more bool) {
		if sum += len(raw); limit > 0 && sum > limit && read > 0 {
			return false
		}
		objects[read].Raw = raw
		read++
		return true
	}
	first, last := objects[0].Place, objects[len(objects)-1].Place
	if last-first+1 != Place(len(objects)) {
		for _, o := range objects {
			raw, err := body(conn, o.Place)
			if err != nil || !take(raw) {
				return read, err
			}
		}
		return read, nil
	}
	full := false
	err = each(conn, "SELECT raw FROM body WHERE place BETWEEN ? AND ? ORDER BY place",
		func(s *sqlite.Stmt) {
			s.BindInt64(1, int64(first))
			s.BindInt64(2, int64(last))
		},
		func(s *sqlite.Stmt) (bool, error) {
			full = !take(columnBytes(s, 0))
			return !full, nil
		})
	if err == nil && !full && read < len(objects) {
		err = fmt.Errorf("the catalog's file is damaged, it lacks bodies between %d and %d: delete it to have it rebuilt", first, last)
	}
	return read, err
}
