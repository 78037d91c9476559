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
	err = f.exec("INSERT OR IGNORE INTO report VALUES (?, ?)", func(s *sqlite.Stmt) {
		s.BindText(1, e.Actor)
		s.BindText(2, report.ID)
	})
	if err != nil {
		return err
	}
	if f.conn.Changes() == 0 { // a report sent twice is kept once
		return nil
	}
	for _, seen := range report.Sightings {
		f.sightings++
		err := f.exec("INSERT INTO sighting VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", func(s *sqlite.Stmt) {
			s.BindText(1, string(seen.Type))
			s.BindText(2, seen.Text)
			s.BindInt64(3, int64(number))
			s.BindInt64(4, e.Time.UnixMicro())
			s.BindText(5, report.ID)
			s.BindText(6, report.Sector)
			s.BindText(7, report.Country)
			s.BindText(8, string(seen.Basis))
			s.BindInt64(9, int64(seen.Count))
			s.BindInt64(10, int64(seen.Hosts))
			s.BindInt64(11, micros(seen.FirstSeen))
			s.BindInt64(12, micros(seen.LastSeen))
			s.BindBool(13, seen.Unresolved)
		})
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
