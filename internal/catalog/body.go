package catalog

import (
	"fmt"

	"zombiezen.com/go/sqlite"
)

// body is the stored bytes of the version in a place.
func body(conn *sqlite.Conn, place Place) (raw []byte, err error) {
	err = one(conn, fmt.Sprintf("body of version %d", place), "SELECT raw FROM body WHERE place = ?",
		func(s *sqlite.Stmt) { s.BindInt64(1, int64(place)) },
		func(s *sqlite.Stmt) { raw = columnBytes(s, 0) })
	return raw, err
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
