package catalog

import (
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// sighting adds a report's sightings. Scans are not for the catalog.
func (f *fold) sighting(e ledger.Entry) error {
	var report sighting.Report
	if taken, err := f.decode(e, &report); err != nil || !taken {
		return err
	}
	number, err := f.numberOf(e.Seq, e.Actor, e.Audience)
	if err != nil {
		return err
	}
	return f.do(statement{
		query: "INSERT OR IGNORE INTO report VALUES (?, ?)",
		bind: func(s *sqlite.Stmt) {
			s.BindText(1, e.Actor)
			s.BindText(2, report.ID)
		},
		then: func(conn *sqlite.Conn) error {
			if conn.Changes() == 0 { // a report sent twice is kept once
				return nil
			}
			f.sightings += int64(len(report.Sightings)) // which nobody reads before the queue's end
			return addSightings(conn, report, number, e.Time)
		},
	})
}

func addSightings(conn *sqlite.Conn, report sighting.Report, audience uint32, reported time.Time) error {
	for _, seen := range report.Sightings {
		err := statement{query: "INSERT INTO sighting VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", bind: func(s *sqlite.Stmt) {
			s.BindText(1, string(seen.Type))
			s.BindText(2, seen.Text)
			s.BindInt64(3, int64(audience))
			s.BindInt64(4, reported.UnixMicro())
			s.BindText(5, report.ID)
			s.BindText(6, report.Sector)
			s.BindText(7, report.Country)
			s.BindText(8, string(seen.Basis))
			s.BindInt64(9, int64(seen.Count))
			s.BindInt64(10, int64(seen.Hosts))
			s.BindInt64(11, micros(seen.FirstSeen))
			s.BindInt64(12, micros(seen.LastSeen))
			s.BindBool(13, seen.Unresolved)
		}}.run(conn)
		if err != nil {
			return err
		}
	}
	return nil
}

// micros keeps a time, and that there is none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return unversioned
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == unversioned {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
