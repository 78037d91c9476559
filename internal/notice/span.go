package notice

import (
	"fmt"
	"strings"
	"time"
)

// Span is a length of time, written as people write it: "30m", "1h30m".
type Span time.Duration

// MarshalText writes "1h30m".
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote, and "" as none.
func (s *Span) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = 0
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a length of time, such as 30m or 1h30m", text)
	}
	*s = Span(d)
	return nil
}

// String leaves out what is zero at the end: "1h" and not "1h0m0s".
func (s Span) String() string {
	text := time.Duration(s).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Duration is the span.
func (s Span) Duration() time.Duration { return time.Duration(s) }
