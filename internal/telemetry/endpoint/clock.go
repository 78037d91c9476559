package endpoint

import (
	"strconv"
	"time"
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
		return t.UTC(), err == nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds <= 0 || seconds > maxUnix {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0).UTC(), true
}

// maxUnix is the end of the year 9999, the last that RFC 3339 can write.
const maxUnix = 253402300799
