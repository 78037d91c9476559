package telemetry

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

// Dated gives t in UTC if it can be the time of a record: of the years 1970 to
// 9999. Others nobody observed anything in, and RFC 3339 cannot write those
// beyond: one of them in a report would keep the whole report from being sent.
func Dated(t time.Time) (time.Time, bool) {
	if seconds := t.Unix(); seconds < 0 || seconds > lastSecond {
		return time.Time{}, false
	}
	return t.UTC(), true
}

// lastSecond is that of the year 9999, in seconds since 1970.
const lastSecond = 253402300799

// parseTime reads a timestamp as sensors write it: RFC 3339 or the same with
// "+0000" for the zone, as Suricata has it.
func parseTime(text string) (time.Time, bool) {
	t, ok := parseFixed(text)
	if ok {
		return Dated(t)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return Dated(t)
		}
	}
	return time.Time{}, false
}

// parseFixed reads Suricata's default form in UTC,
// "2017-05-12T07:24:03.123456+0000", which takes the general parser ten times
// as long.
func parseFixed(s string) (time.Time, bool) {
	if len(s) != 31 || s[26:] != "+0000" {
		return time.Time{}, false
	}
	var bad byte
	two := func(at int) int {
		a, b := s[at]-'0', s[at+1]-'0'
		if a > 9 || b > 9 {
			bad = 1
		}
		return int(a)*10 + int(b)
	}
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	micro := (two(20)*100+two(22))*100 + two(24)
	bad |= (s[4] ^ '-') | (s[7] ^ '-') | (s[10] ^ 'T') | (s[13] ^ ':') | (s[16] ^ ':') | (s[19] ^ '.')
	// Days 29 to 31 and odd seconds are left to the general parser, which
	// knows the calendar.
	if bad != 0 || year < 1 || month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	seconds := int64(daysTo(year, month, day))*86400 + int64(hour*3600+minute*60+second)
	return time.Unix(seconds, int64(micro)*1000).UTC(), true
}

// daysTo is how many days there are from 1970-01-01 to a day of the Gregorian
// calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
// days_from_civil).
func daysTo(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	century := year / 400
	of := year - century*400
	return century*146097 + of*365 + of/4 - of/100 + (153*(month-3)+2)/5 + day - 1 - 719468
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + int(c)
	}
	return n, true
}

// parseZeekTime reads a time as Zeek writes it: seconds since 1970 with a
// fraction, or in JSON milliseconds (JSON::TS_MILLIS) or ISO 8601.
func parseZeekTime(text string) (time.Time, bool) {
	if len(text) == 17 && text[10] == '.' { // 1494573843.123456
		b := unsafe.Slice(unsafe.StringData(text), len(text)) //nolint:gosec // read only
		upper, ok1 := eightDigits(binary.LittleEndian.Uint64(b))
		lower, ok2 := eightDigits(binary.LittleEndian.Uint64(b[9:])&^0xffff | '0' | '0'<<8)
		if d, e := text[8]-'0', text[9]-'0'; ok1 && ok2 && d <= 9 && e <= 9 {
			return time.Unix(int64(upper)*100+int64(d)*10+int64(e), int64(lower)*1000).UTC(), true
		}
	}
	whole, fraction, _ := strings.Cut(text, ".")
	seconds, ok := digits(whole)
	nanos, exact := digits(fraction)
	if !ok || !exact || whole == "" || len(whole) > 15 || len(fraction) > 9 {
		return parseOddTime(text)
	}
	for range 9 - len(fraction) {
		nanos *= 10
	}
	if len(whole) > 11 { // past the year 5000
		return Dated(time.UnixMilli(int64(seconds)))
	}
	return Dated(time.Unix(int64(seconds), int64(nanos)))
}

// parseOddTime reads what is no plain number, such as 1.5e9.
func parseOddTime(text string) (time.Time, bool) {
	if strings.ContainsAny(text, "TZ:") {
		return parseTime(text)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(math.Abs(f) < 1e11) {
		return time.Time{}, false
	}
	seconds := math.Floor(f)
	return Dated(time.Unix(int64(seconds), int64((f-seconds)*1e6)*1e3))
}

// eightDigits reads eight digits, the first in the lowest byte, two and two
// together, then four, then all.
func eightDigits(w uint64) (n uint64, ok bool) {
	ok = notDigits(w) == 0
	w ^= ones * '0'
	w = w*10 + w>>8
	return (w&0x000000ff000000ff*(100+1000000<<32) + w>>16&0x000000ff000000ff*(1+10000<<32)) >> 32, ok
}
