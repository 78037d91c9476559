package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// dueTime is a flag for a time that is still to come, such as a deadline: 05:00 is the
// next one, 2h is from now.
type dueTime struct{ time.Time }

// pastTime is a flag for a time that has been: 05:00 is the last one, 2h is ago.
type pastTime struct{ time.Time }

// Decode reads the flag.
func (t *dueTime) Decode(ctx *kong.DecodeContext) (err error) {
	t.Time, err = decodeMoment(ctx, true)
	return err
}

// Decode reads the flag.
func (t *pastTime) Decode(ctx *kong.DecodeContext) (err error) {
	t.Time, err = decodeMoment(ctx, false)
	return err
}

func decodeMoment(ctx *kong.DecodeContext, ahead bool) (time.Time, error) {
	var text string
	if err := ctx.Scan.PopValueInto("time", &text); err != nil {
		return time.Time{}, err
	}
	return parseMoment(text, time.Now(), ahead)
}

// parseMoment reads a time as people write it: RFC 3339, a day (its beginning) with or
// without the hour and minute, an hour and minute alone, or a span from now, +2h, or
// until now, -3h. What names no zone is in UTC. Ahead is which way 05:00 and a span
// without a sign go: to the next one, or else to the last one.
func parseMoment(text string, now time.Time, ahead bool) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	if clock, err := time.Parse("15:04", text); err == nil {
		year, month, day := now.UTC().Date()
		at := time.Date(year, month, day, clock.Hour(), clock.Minute(), 0, 0, time.UTC)
		switch {
		case ahead && !at.After(now):
			at = at.AddDate(0, 0, 1)
		case !ahead && at.After(now):
			at = at.AddDate(0, 0, -1)
		}
		return at, nil
	}
	if span, err := time.ParseDuration(text); err == nil {
		if !ahead && !strings.HasPrefix(text, "+") && !strings.HasPrefix(text, "-") {
			span = -span
		}
		return now.Add(span).UTC().Truncate(time.Second), nil
	}
	unsigned := "2h (ago)"
	if ahead {
		unsigned = "2h (from now)"
	}
	return time.Time{}, fmt.Errorf("%.40q is no time: write %s, 05:00, 2026-11-24 05:00 or 2026-11-24, which are UTC, or 2026-11-24T05:00:00+01:00", text, unsigned)
}
