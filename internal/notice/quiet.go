package notice

import (
	"cmp"
	"fmt"
	"time"
	_ "time/tzdata" // a hub in a small container has no zones of its own

	"github.com/tocsin-project/tocsin/internal/access"
)

// Quiet is when a channel is to be left alone, every day. A window from a later to
// an earlier hour goes over midnight.
type Quiet struct {
	From  string   `json:"from"`            // "22:00"
	Until string   `json:"until"`           // "07:00"
	Zone  string   `json:"zone"`            // of the IANA database: "Europe/London"
	Break Severity `json:"break,omitempty"` // what is told all the same; empty: critical
}

// Validate says what is wrong with quiet hours.
func (q Quiet) Validate() error { _, err := q.window(); return err }

// window is a Quiet that was read.
type window struct {
	from, until int // minutes since midnight
	zone        *time.Location
}

func (q Quiet) window() (window, error) {
	from, err := minutes("from", q.From)
	if err != nil {
		return window{}, err
	}
	until, err := minutes("until", q.Until)
	if err != nil {
		return window{}, err
	}
	if from == until {
		return window{}, fmt.Errorf("%w: quiet: from and until are both %s: a channel that is never to be told anything is removed", access.ErrInvalid, q.From)
	}
	zone, err := time.LoadLocation(q.Zone)
	if err != nil || q.Zone == "" || q.Zone == "Local" || len(q.Zone) > 64 {
		return window{}, fmt.Errorf("%w: quiet: unknown zone %q: use a name of the IANA database, such as Europe/London or UTC", access.ErrInvalid, q.Zone)
	}
	if q.Break != "" && q.Break.rank() < 0 {
		return window{}, unknownSeverity("quiet: break", q.Break)
	}
	return window{from, until, zone}, nil
}

func minutes(field, clock string) (int, error) {
	t, err := time.Parse("15:04", clock)
	if err != nil || len(clock) != len("15:04") {
		return 0, fmt.Errorf("%w: quiet: %s %q is not an hour and a minute, such as 22:00", access.ErrInvalid, field, clock)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// breaks is what is told whatever the hour.
func (q *Quiet) breaks() Severity {
	if q == nil {
		return Critical
	}
	return cmp.Or(q.Break, Critical)
}

// holds says whether it is quiet at a time, by the clock on the wall.
func (w window) holds(t time.Time) bool {
	hour, minute, _ := t.In(w.zone).Clock()
	m := hour*60 + minute
	if w.from < w.until {
		return w.from <= m && m < w.until
	}
	return m >= w.from || m < w.until
}

// ends is when the quiet that holds at t ends: the first minute, by the clock on
// the wall, that is not quiet. Where the clock is turned in between, minutes are
// looked at one by one, since an hour may be missing or come twice.
func (w window) ends(t time.Time) time.Time {
	local := t.In(w.zone)
	year, month, day := local.Date()
	for i := range 2 {
		end := time.Date(year, month, day+i, w.until/60, w.until%60, 0, 0, w.zone)
		if !end.After(t) {
			continue
		}
		_, before := local.Zone()
		if _, after := end.Zone(); before == after && !w.holds(end) {
			return end.UTC()
		}
		break
	}
	end := t.Truncate(time.Minute)
	for w.holds(end) || !end.After(t) {
		end = end.Add(time.Minute)
	}
	return end.UTC()
}
