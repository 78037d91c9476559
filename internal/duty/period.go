package duty

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Period is a time that law gives: hours and days, or months of the calendar,
// never both. The zero Period is none.
type Period struct {
	Months int
	Time   time.Duration
}

// Bounds of a Period; what is longer is a slip of the pen.
const (
	maxMonths = 120
	maxTime   = 3660 * 24 * time.Hour
)

// ParsePeriod reads "24h", "90m", "30 days", "1 month"; "" is none.
func ParsePeriod(text string) (Period, error) {
	if text == "" {
		return Period{}, nil
	}
	var p Period
	number, unit, spaced := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	switch {
	case !spaced:
		p.Time, err = time.ParseDuration(text)
	case err != nil || n > int(maxTime/(24*time.Hour)):
		err = fmt.Errorf("%q is no number in reach", number)
	case unit == "day" || unit == "days":
		p.Time = time.Duration(n) * 24 * time.Hour
	case unit == "month" || unit == "months":
		p.Months = n
	default:
		err = fmt.Errorf("unknown unit %q", unit)
	}
	if err != nil || p.Months < 0 || p.Months > maxMonths || p.Time < 0 || p.Time > maxTime || p == (Period{}) {
		return Period{}, fmt.Errorf("%w: period %q: use a time such as \"24h\", \"30 days\" or \"1 month\", of ten years at most", access.ErrInvalid, text)
	}
	return p, nil
}

// String writes what ParsePeriod reads.
func (p Period) String() string {
	switch day := 24 * time.Hour; {
	case p.Months == 1:
		return "1 month"
	case p.Months > 0:
		return strconv.Itoa(p.Months) + " months"
	case p.Time == 0:
		return ""
	case p.Time > 3*day && p.Time%day == 0:
		return strconv.Itoa(int(p.Time/day)) + " days"
	case p.Time%time.Hour == 0:
		return strconv.Itoa(int(p.Time/time.Hour)) + "h"
	case p.Time%time.Minute == 0:
		return strconv.Itoa(int(p.Time/time.Minute)) + "m"
	}
	return p.Time.String()
}

// MarshalText writes the period as String does.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what ParsePeriod does.
func (p *Period) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePeriod(string(text))
	return err
}

// From is the end of the period that begins at a moment, in UTC. A month later is
// the same date and time of the next month, or of its last day if that is earlier:
// the one of 31 January ends on 28 or 29 February. Regulation (EEC, Euratom) No
// 1182/71, Article 3(2)(c), counts so, and lets the period run to the end of that
// day, and on to the next working day; what is held here is never later than that.
func (p Period) From(start time.Time) time.Time {
	start = start.UTC()
	if p.Months == 0 {
		return start.Add(p.Time)
	}
	year, month, day := start.Date()
	last := time.Date(year, month+time.Month(p.Months)+1, 0, 0, 0, 0, 0, time.UTC) // the day before the first of the month after
	clock := start.Sub(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
	return time.Date(last.Year(), last.Month(), min(day, last.Day()), 0, 0, 0, 0, time.UTC).Add(clock)
}
