package soc

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limits in bytes: of a part of a record, at first; of a part when the record
// would be too long otherwise; and of what says what to do. Then of a whole
// record: in a UDP datagram what every receiver should take (RFC 5426, section
// 3.2), of syslog otherwise what common receivers take by default.
const (
	partBytes     = 1000
	leastPart     = 48
	adviceBytes   = 480
	datagramBytes = 2048
	syslogBytes   = 8192
)

// appendFitting appends a record of at most limit bytes, its parts cut as short
// as that takes; 0 is no limit.
func (f format) appendFitting(dst []byte, a Alert, from origin, now time.Time, limit int) []byte {
	for most := partBytes; ; most = max(most/2, leastPart) {
		out := f.appendRecord(dst, a, from, now, most)
		if limit == 0 || len(out)-len(dst) <= limit || most == leastPart {
			return out
		}
	}
}

// origin is the edge itself, as syslog and CEF name it.
type origin struct {
	host    string // HOSTNAME
	app     string // APP-NAME
	pid     string // PROCID
	version string
}

// pair is one thing that an alert tells, and its name in JSON and syslog.
type pair struct{ name, text string }

// parts are what an alert tells, cleaned, in order; what is not known is left
// out. What comes from outside has at most so many bytes.
func (a Alert) parts(most int) []pair {
	out := make([]pair, 0, 20)
	add := func(name, text string) {
		if text != "" {
			out = append(out, pair{name, text})
		}
	}
	outside := func(name, text string) { add(name, clean(text, most)) }
	add("action", clean(a.Advice(), adviceBytes))
	outside("polarity", string(a.polarity()))
	outside("type", string(a.Type))
	outside("value", a.Text)
	outside("field", a.Field)
	add("kind", a.Kind.String())
	outside("indicator", a.Indicator.ID)
	outside("name", a.Indicator.Name)
	outside("reason", a.Indicator.Reason)
	add("timestamp", stamp(a.Time))
	add("first_seen", stamp(a.first()))
	if a.Source.IsValid() {
		add("source", a.Source.String())
	}
	if a.Target.IsValid() {
		add("target", a.Target.String())
	}
	outside("log", a.Log)
	if a.Line > 0 {
		add("line", strconv.Itoa(a.Line))
		add("offset", strconv.FormatInt(a.Offset, 10))
	}
	add("count", strconv.FormatUint(a.count(), 10))
	if a.Window > 0 {
		add("window_seconds", strconv.FormatInt(int64(a.Window/time.Second), 10))
	}
	if a.Past {
		add("past", "true")
	}
	return out
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

// summary is what happened, in words, without what to do.
func (a Alert) summary() string {
	var b strings.Builder
	b.WriteString(clean(a.Text, adviceCut))
	if a.Field != "" {
		fmt.Fprintf(&b, " in %s", clean(a.Field, adviceCut))
	}
	if a.Source.IsValid() {
		fmt.Fprintf(&b, " of %s", a.Source)
	}
	if a.Window > 0 {
		fmt.Fprintf(&b, ", and %s more in the last %d s", thousands(a.count()), int64(a.Window/time.Second))
	}
	return b.String()
}

// thousands writes 4311 as "4,311".
func thousands(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
