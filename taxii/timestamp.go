package taxii

import (
	"fmt"
	"strings"
	"time"
)

// timestampLayout has exactly six fractional digits: Python's %f takes no
// others, and clients send back what they were given.
const timestampLayout = "2006-01-02T15:04:05.000000Z"

// FormatTimestamp writes a time as the specification wants it (section 1.6.9):
// RFC 3339, UTC, with exactly six fractional digits.
func FormatTimestamp(t time.Time) string { return t.UTC().Format(timestampLayout) }

// exactTimestamp is FormatTimestamp for a time that goes back to a server: one
// that counts nanoseconds would give its last object again and again if they
// were cut off.
func exactTimestamp(t time.Time) string {
	if t.Nanosecond()%int(time.Microsecond) == 0 {
		return FormatTimestamp(t)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// ParseTimestamp reads an RFC 3339 time with any number of fractional digits
// (from the tenth on they are dropped) and any offset. In a query, a '+' that
// was not escaped has become a space; that is accepted. The year has to be
// from 1 to 9999.
func ParseTimestamp(text string) (time.Time, error) {
	if strings.Contains(text, ",") {
		return time.Time{}, badTimestamp(text) // Go takes a comma for the decimal point
	}
	t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(strings.Replace(text, " ", "+", 1)))
	if err != nil {
		return time.Time{}, badTimestamp(text)
	}
	if t = t.UTC(); t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, badTimestamp(text)
	}
	return t, nil
}

func badTimestamp(text string) error {
	const longest = 64
	if len(text) > longest {
		text = text[:longest] + "..."
	}
	return fmt.Errorf("%q is no timestamp: write it as 2017-05-12T07:44:00.000000Z", text)
}
