package access

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	day = 24 * time.Hour
	// maxLife is the longest life that can be given as a duration; a time of
	// day in full can be any.
	maxLife = 3653 * day
)

// ParseExpiry reads when something ends: an RFC 3339 time, or how long from
// now, as a Go duration or in days: "2017-05-13T00:00:00Z", "12h", "90d".
func ParseExpiry(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at, nil
	}
	life, err := parseLife(s)
	if err != nil || life <= 0 || life > maxLife {
		return time.Time{}, fmt.Errorf("%w: expires %q: give an RFC 3339 time, or how long from now and at most ten years, as 12h or 90d", ErrInvalid, s)
	}
	return now.Add(life), nil
}

// parseLife reads a Go duration, or a number of days as "90d".
func parseLife(s string) (time.Duration, error) {
	days, isDays := strings.CutSuffix(s, "d")
	if !isDays {
		return time.ParseDuration(s)
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is no number of days", days)
	}
	return time.Duration(n) * day, nil
}
