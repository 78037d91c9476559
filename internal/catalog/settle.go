package catalog

import (
	"bytes"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// settle puts a further version of an id beside those that are there: it sets
// contested on it or on them, takes out the one that it replaces, and notes
// where bytes differ. newest is the latest modified time there is. Only
// versions of that time can be uncontested.
func (f *fold) settle(e ledger.Entry, i int, v *version, newest int64, id string, raw []byte) (duplicate bool, err error) {
	if newest < v.modified {
		return false, f.exec("UPDATE version SET contested = 1 WHERE idhash = ? AND modified = ? AND id = ?", func(s *sqlite.Stmt) {
			s.BindInt64(1, v.idhash)
			s.BindInt64(2, newest)
			s.BindText(3, id)
		})
	}
	v.contested = newest > v.modified
	same, err := f.same(v.idhash, v.modified, id)
	if err != nil {
		return false, err
	}
	for _, k := range same {
		owner, _ := f.numbers.behind(k.audience)
		switch {
		case string(owner) != e.Actor:
			v.contested = true
			err = f.compare(e.Seq, i, k, raw, id, "differs from the same version by "+string(owner))
		case k.audience == v.audience:
			return true, f.compare(e.Seq, i, k, raw, id, "differs from the same version sent before, which is kept: a change needs a later modified time")
		default:
			err = f.remove(k)
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// newestTime is the modified time of an id's latest version, or ErrNotFound.
func (f *fold) newestTime(hash int64, id string) (newest int64, err error) {
	found := false
	err = each(f.conn, "SELECT modified, id FROM version WHERE idhash = ? ORDER BY modified DESC",
		func(s *sqlite.Stmt) { s.BindInt64(1, hash) },
		func(s *sqlite.Stmt) (bool, error) {
			newest, found = s.ColumnInt64(0), s.ColumnText(1) == id
			return !found, nil
		})
	if err == nil && !found {
		err = ErrNotFound
	}
	return newest, err
}

// same is the versions of an id with a modified time, in added order.
func (f *fold) same(hash, modified int64, id string) (same []version, err error) {
	err = each(f.conn, "SELECT place, audience FROM version WHERE idhash = ? AND modified = ? AND id = ? ORDER BY place",
		func(s *sqlite.Stmt) {
			s.BindInt64(1, hash)
			s.BindInt64(2, modified)
			s.BindText(3, id)
		},
		func(s *sqlite.Stmt) (bool, error) {
			same = append(same, version{idhash: hash, modified: modified, place: Place(s.ColumnInt64(0)), audience: s.ColumnInt64(1)})
			return true, nil
		})
	return same, err
}

// remove takes a version out. Its words stay in the search index, where they
// lead to nothing.
func (f *fold) remove(v version) error {
	for _, query := range []string{
		"DELETE FROM version WHERE place = ?", "DELETE FROM body WHERE place = ?", "DELETE FROM relation WHERE place = ?",
	} {
		if err := f.exec(query, func(s *sqlite.Stmt) { s.BindInt64(1, int64(v.place)) }); err != nil {
			return err
		}
	}
	return nil
}

// compare notes it if the bytes of a known version are not those that came.
func (f *fold) compare(seq ledger.Seq, i int, known version, raw []byte, id, reason string) error {
	stored, err := body(f.conn, known.place)
	if err != nil || bytes.Equal(stored, raw) {
		return err
	}
	return f.note(seq, i, id, reason)
}
