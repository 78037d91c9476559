package catalog

import (
	"cmp"
	"math"
	"slices"
	"time"

	"zombiezen.com/go/sqlite"
)

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
	from := min(p.query.After, math.MaxInt64) // SQLite's integers have a sign
	if p.query.AddedAfter.IsZero() {
		return from, nil
	}
	after, err := lastAddedBy(p.conn, p.query.AddedAfter.UnixMicro())
	return max(after, from), err
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
