package catalog

import (
	"context"
	"fmt"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// Sighting is one partner's sighting of a value.
type Sighting struct {
	sighting.Sighting
	Partner  access.PartnerID `json:"partner"`
	Sector   string           `json:"sector"`
	Country  string           `json:"country"`
	Report   string           `json:"report"`   // the id of the report that it came in
	Reported time.Time        `json:"reported"` // when the ledger accepted it
}

// Sightings is the released sightings of a value, in the order in which they
// were reported.
func (c *Catalog) Sightings(ctx context.Context, who access.Principal, value observable.Value) (seen []Sighting, err error) {
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		r := c.releasedTo(who)
		return each(conn, `SELECT audience, reported, report, sector, country, basis, count, hosts, first_seen, last_seen, unresolved
				FROM sighting WHERE value = ? AND type = ? ORDER BY number`,
			func(s *sqlite.Stmt) {
				s.BindText(1, value.Text)
				s.BindText(2, string(value.Type))
			},
			func(s *sqlite.Stmt) (bool, error) {
				if number := uint32(s.ColumnInt64(0)); r.has(number) {
					seen = append(seen, readSighting(s, value, r.known(number).owner))
				}
				return true, nil
			})
	})
	if err != nil {
		return nil, fmt.Errorf("sightings of %s: %w", value, err)
	}
	return seen, nil
}

func readSighting(s *sqlite.Stmt, value observable.Value, partner access.PartnerID) Sighting {
	return Sighting{
		Partner: partner, Reported: fromMicros(s.ColumnInt64(1)), Report: s.ColumnText(2),
		Sector: s.ColumnText(3), Country: s.ColumnText(4),
		Sighting: sighting.Sighting{
			Value: value, Basis: sighting.Basis(s.ColumnText(5)),
			Count: s.ColumnInt(6), Hosts: s.ColumnInt(7),
			FirstSeen: fromMicros(s.ColumnInt64(8)), LastSeen: fromMicros(s.ColumnInt64(9)),
			Unresolved: s.ColumnBool(10),
		},
	}
}
