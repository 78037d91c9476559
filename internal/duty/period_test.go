package duty_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/duty"
)

func TestPeriods(t *testing.T) {
	for _, test := range []struct{ within, from, until string }{
		{"24h", "2026-01-31T10:30:00Z", "2026-02-01T10:30:00Z"},
		{"72h", "2024-02-27T23:59:59Z", "2024-03-01T23:59:59Z"}, // over 29 February
		{"72h", "2026-02-27T23:59:59Z", "2026-03-02T23:59:59Z"},
		{"24h", "2026-03-29T00:30:00+01:00", "2026-03-29T23:30:00Z"}, // clocks that change there change nothing
		{"30 days", "2026-01-31T00:00:00Z", "2026-03-02T00:00:00Z"},
		{"1 month", "2026-01-15T10:30:00Z", "2026-02-15T10:30:00Z"},
		{"1 month", "2026-01-31T10:30:00Z", "2026-02-28T10:30:00Z"},
		{"1 month", "2024-01-31T10:30:00Z", "2024-02-29T10:30:00Z"},
		{"1 month", "2024-01-30T10:30:00Z", "2024-02-29T10:30:00Z"},
		{"1 month", "2024-01-29T10:30:00Z", "2024-02-29T10:30:00Z"},
		{"1 month", "2100-01-31T10:30:00Z", "2100-02-28T10:30:00Z"}, // no leap year
		{"1 month", "2000-01-31T10:30:00Z", "2000-02-29T10:30:00Z"},
		{"1 month", "2026-02-28T10:30:00Z", "2026-03-28T10:30:00Z"},
		{"1 month", "2026-03-31T23:59:59.5Z", "2026-04-30T23:59:59.5Z"},
		{"1 month", "2026-12-31T10:30:00Z", "2027-01-31T10:30:00Z"},
		{"1 month", "2026-01-31T23:30:00-05:00", "2026-03-01T04:30:00Z"}, // 1 February by UTC
		{"2 months", "2025-12-31T00:00:00Z", "2026-02-28T00:00:00Z"},
		{"12 months", "2024-02-29T00:00:00Z", "2025-02-28T00:00:00Z"},
		{"14 months", "2024-12-31T00:00:00Z", "2026-02-28T00:00:00Z"},
	} {
		p, err := duty.ParsePeriod(test.within)
		from, fromErr := time.Parse(time.RFC3339Nano, test.from)
		if err != nil || fromErr != nil {
			t.Fatal(err, fromErr)
		}
		if got := p.From(from).Format(time.RFC3339Nano); got != test.until {
			t.Errorf("%s from %s: %s, want %s", test.within, test.from, got, test.until)
		}
	}
	for _, bad := range []string{"0h", "-1h", "1", "h", "1 year", "x month", "121 months", "-1 months", "0 days", "9999999999999 days", "88000h", "1  month", " "} {
		if p, err := duty.ParsePeriod(bad); err == nil {
			t.Errorf("%q is read as %v", bad, p)
		}
	}
}

// A period reads back as it was written; months end in the month that they are to,
// never on a later day of it and never out of order.
func TestPeriodProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := duty.Period{Time: time.Duration(rapid.Int64Range(1, 3660*24*3600).Draw(t, "seconds")) * time.Second}
		if rapid.Bool().Draw(t, "months") {
			p = duty.Period{Months: rapid.IntRange(1, 120).Draw(t, "n")}
		}
		if again, err := duty.ParsePeriod(p.String()); err != nil || again != p {
			t.Fatalf("%v is written %q and read %v, %v", p, p, again, err)
		}
		from := time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(t, "from"), 0).UTC()
		end, later := p.From(from), p.From(from.Add(time.Duration(rapid.Int64Range(0, 90*24*3600).Draw(t, "later"))*time.Second))
		if months := (end.Year()-from.Year())*12 + int(end.Month()) - int(from.Month()); p.Months > 0 && (months != p.Months || end.Day() > from.Day()) {
			t.Fatalf("%v from %v: %v", p, from, end)
		}
		if p.Months == 0 && later.Before(end) || !end.After(from) {
			t.Fatalf("%v from %v: %v, from later %v", p, from, end, later)
		}
	})
}
