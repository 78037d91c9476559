package stix

import (
	"fmt"
	"time"
)

// ParseTimestamp reads a STIX timestamp (section 2.16): RFC 3339 in UTC,
// written with 'T' and 'Z'. What is finer than a nanosecond is cut off.
func ParseTimestamp(text string) (time.Time, error) {
	if !looksLikeTimestamp(text) {
		return time.Time{}, fmt.Errorf("%.40q is no timestamp, write it like 2017-05-12T07:43:00.000Z (UTC, with Z)", text)
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is no time on the calendar", text)
	}
	return at, nil
}

// looksLikeTimestamp checks the shape alone, since time.Parse takes more than
// RFC 3339 has: a comma before the fraction, one-digit hours.
func looksLikeTimestamp(text string) bool {
	const shape = "dddd-dd-ddTdd:dd:dd"
	if len(text) <= len(shape) || text[len(text)-1] != 'Z' {
		return false
	}
	for i := range len(shape) {
		if c := text[i]; shape[i] == 'd' && !digit(c) || shape[i] != 'd' && shape[i] != c {
			return false
		}
	}
	fraction := text[len(shape) : len(text)-1]
	if fraction == "" {
		return true
	}
	if fraction[0] != '.' || len(fraction) < 2 {
		return false
	}
	for i := 1; i < len(fraction); i++ {
		if !digit(fraction[i]) {
			return false
		}
	}
	return true
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// FormatTimestamp writes a time with exactly six fractional digits, the form
// that every client reads; what is finer than a microsecond is cut off.
func FormatTimestamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}
