package stix

import (
	"errors"
	"fmt"
	"time"
)

// ParseTimestamp reads a STIX timestamp (section 2.16): RFC 3339 in UTC,
// written with 'T' and 'Z'. What is finer than a nanosecond is cut off; a leap
// second is the second after it.
func ParseTimestamp(text string) (time.Time, error) {
	at, ok := parseTimestamp(text)
	if !ok {
		return time.Time{}, errors.New(timestampProblem(text))
	}
	return at, nil
}

// timestampProblem says what is wrong with a text that is no timestamp.
func timestampProblem[T string | []byte](text T) string {
	if _, shaped := shapeOf(text); shaped {
		return fmt.Sprintf("%.40q is no time on the calendar", text)
	}
	return fmt.Sprintf("%.40q is no timestamp, write it like 2017-05-12T07:43:00.000Z (UTC, with Z)", text)
}

func parseTimestamp[T string | []byte](text T) (at time.Time, ok bool) {
	f, ok := shapeOf(text)
	if !ok || f.month < 1 || f.month > 12 || f.hour > 23 || f.minute > 59 || f.second > 60 {
		return at, false
	}
	if f.second == 60 && (f.hour != 23 || f.minute != 59) {
		return at, false
	}
	at = time.Date(f.year, time.Month(f.month), f.day, f.hour, f.minute, f.second, f.nanosecond, time.UTC)
	// time.Date goes on into the next month where the day is not on the calendar.
	return at, f.day >= 1 && (at.Day() == f.day || f.second == 60 && f.day <= 31 && at.AddDate(0, 0, -1).Day() == f.day)
}

// clock is what a timestamp's digits say.
type clock struct{ year, month, day, hour, minute, second, nanosecond int }

// shapeOf reads the digits and checks the shape alone.
func shapeOf[T string | []byte](text T) (f clock, ok bool) {
	const shape = "dddd-dd-ddTdd:dd:dd"
	if len(text) <= len(shape) || text[len(text)-1] != 'Z' {
		return f, false
	}
	for i := range len(shape) {
		if c := text[i]; shape[i] == 'd' && !digit(c) || shape[i] != 'd' && shape[i] != c {
			return f, false
		}
	}
	two := func(i int) int { return int(text[i]-'0')*10 + int(text[i+1]-'0') }
	f = clock{two(0)*100 + two(2), two(5), two(8), two(11), two(14), two(17), 0}
	end := len(text) - 1
	if end == len(shape) {
		return f, true
	}
	if text[len(shape)] != '.' || end == len(shape)+1 {
		return f, false
	}
	unit := 100_000_000
	for i := len(shape) + 1; i < end; i++ {
		if !digit(text[i]) {
			return f, false
		}
		f.nanosecond += int(text[i]-'0') * unit
		unit /= 10
	}
	return f, true
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// FormatTimestamp writes a time with exactly six fractional digits, the form
// that every client reads; what is finer than a microsecond is cut off.
func FormatTimestamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}
