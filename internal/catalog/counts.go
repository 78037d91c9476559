package catalog

import (
	"context"
	"fmt"

	"zombiezen.com/go/sqlite"
)

// Counts is how much there is, whoever may see it: for the hub itself and its
// administrators.
type Counts struct {
	Objects   int64 `json:"objects"`   // distinct ids, relationships among them
	Relations int64 `json:"relations"` // distinct ids of relationships
	Sightings int64 `json:"sightings"`
	Notes     int64 `json:"notes"` // what could not be taken as it stands, see Notes
}

// Counts is how much there is in the catalog.
func (c *Catalog) Counts(ctx context.Context) (counts Counts, err error) {
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		return one(conn, "position", "SELECT objects, relations, sightings, (SELECT count(*) FROM note) FROM position", nothing, func(s *sqlite.Stmt) {
			counts = Counts{s.ColumnInt64(0), s.ColumnInt64(1), s.ColumnInt64(2), s.ColumnInt64(3)}
		})
	})
	if err != nil {
		return Counts{}, fmt.Errorf("catalog counts: %w", err)
	}
	return counts, nil
}
