package endpoint

import (
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// parseTime reads the times that agents write: Sysmon's UtcTime ("2019-07-18
// 03:34:01.239", in UTC as its name says), RFC 3339, and osquery's seconds
// since 1970.
func parseTime(text string) (time.Time, bool) {
	if len(text) > 10 && text[4] == '-' {
		layout := time.RFC3339Nano
		if text[10] == ' ' {
			layout = "2006-01-02 15:04:05.999999999"
		}
		t, err := time.Parse(layout, text)
		if err != nil {
			return time.Time{}, false
		}
		return telemetry.Dated(t)
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds <= 0 {
		return time.Time{}, false
	}
	return telemetry.Dated(time.Unix(seconds, 0))
}
