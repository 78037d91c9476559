package catalog

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// maxAudiences bounds the audiences of one value's sightings that are looked at. What
// one reader may not see takes no place of what it may: it is passed by audience by
// audience, however many sightings there are of each.
const maxAudiences = 4096

// LastSightings is those of a value's sightings that are released and were reported
// last, at most so many, the last first; more says that there are, or may be, others
// before them.
func (c *Catalog) LastSightings(ctx context.Context, who access.Principal, value observable.Value, most int) (seen []Sighting, more bool, err error) {
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		r := c.releasedTo(who)
		heads, cut, err := headsOf(conn, r, value)
		if err != nil {
			return err
		}
		for len(seen) < most && len(heads) > 0 {
			newest := slices.MaxFunc(heads, func(a, b head) int { return cmp.Compare(a.number, b.number) })
			one, err := sightingAt(conn, newest.number, value, r.known(newest.audience).owner)
			if err != nil {
				return err
			}
			seen = append(seen, one)
			if heads, err = past(conn, heads, newest, value); err != nil {
				return err
			}
		}
		more = cut || len(heads) > 0
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("sightings of %s: %w", value, err)
	}
	return seen, more, nil
}

// head is the last sighting for an audience that is not given yet.
type head struct {
	audience uint32
	number   int64
}

// headsOf is a head for each audience that is released; cut: there may be others.
func headsOf(conn *sqlite.Conn, r *released, value observable.Value) (heads []head, cut bool, err error) {
	audience := uint32(0)
	for range maxAudiences {
		audience, err = audienceAfter(conn, value, audience)
		if err != nil || audience == 0 {
			return heads, false, err
		}
		if !r.has(audience) {
			continue
		}
		number, err := numberBefore(conn, value, head{audience, math.MaxInt64})
		if err != nil {
			return nil, false, err
		}
		heads = append(heads, head{audience, number})
	}
	return heads, true, nil
}

// past is the heads after one of them was given.
func past(conn *sqlite.Conn, heads []head, given head, value observable.Value) ([]head, error) {
	i := slices.Index(heads, given)
	number, err := numberBefore(conn, value, given)
	if heads[i].number = number; number == 0 {
		heads = slices.Delete(heads, i, i+1)
	}
	return heads, err
}

// audienceAfter is the next audience for which a value was seen, 0 if there is none.
func audienceAfter(conn *sqlite.Conn, value observable.Value, after uint32) (audience uint32, err error) {
	err = each(conn, "SELECT audience FROM sighting INDEXED BY sighting_value WHERE value = ? AND type = ? AND audience > ? ORDER BY audience LIMIT 1",
		func(s *sqlite.Stmt) {
			s.BindText(1, value.Text)
			s.BindText(2, string(value.Type))
			s.BindInt64(3, int64(after))
		},
		func(s *sqlite.Stmt) (bool, error) {
			audience = uint32(s.ColumnInt64(0))
			return false, nil
		})
	return audience, err
}

// numberBefore is the sighting for the same audience before another, 0 if there is none.
func numberBefore(conn *sqlite.Conn, value observable.Value, h head) (number int64, err error) {
	err = each(conn, "SELECT number FROM sighting INDEXED BY sighting_value WHERE value = ? AND type = ? AND audience = ? AND number < ? ORDER BY number DESC LIMIT 1",
		func(s *sqlite.Stmt) {
			s.BindText(1, value.Text)
			s.BindText(2, string(value.Type))
			s.BindInt64(3, int64(h.audience))
			s.BindInt64(4, h.number)
		},
		func(s *sqlite.Stmt) (bool, error) {
			number = s.ColumnInt64(0)
			return false, nil
		})
	return number, err
}

func sightingAt(conn *sqlite.Conn, number int64, value observable.Value, owner access.PartnerID) (seen Sighting, err error) {
	err = one(conn, "sighting", `SELECT audience, reported, report, sector, country, basis, count, hosts, first_seen, last_seen, unresolved
			FROM sighting WHERE number = ?`,
		func(s *sqlite.Stmt) { s.BindInt64(1, number) },
		func(s *sqlite.Stmt) { seen = readSighting(s, value, owner) })
	return seen, err
}
