package pattern

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"
)

// instant is a timestamp (section 2.16) with all its digits.
type instant struct {
	seconds  int64  // since 1970, a leap second being the first of the next minute
	fraction string // the digits after the point, no zeros at the end
}

// instantOf reads a timestamp: on the calendar, in UTC with a capital Z, with
// any number of digits, a leap second included.
func instantOf(text string) (instant, bool) {
	const form = "0000-00-00T00:00:00"
	if len(text) <= len(form) || text[len(text)-1] != 'Z' {
		return instant{}, false
	}
	for i := range len(form) {
		if form[i] == '0' && !digit(text[i]) || form[i] != '0' && form[i] != text[i] {
			return instant{}, false
		}
	}
	fraction := text[len(form) : len(text)-1]
	if fraction != "" && (fraction[0] != '.' || len(fraction) == 1) {
		return instant{}, false
	}
	for i := 1; i < len(fraction); i++ {
		if !digit(fraction[i]) {
			return instant{}, false
		}
	}
	number := func(from, to int) (n int) {
		for _, c := range []byte(text[from:to]) {
			n = 10*n + int(c-'0')
		}
		return n
	}
	year, month, day := number(0, 4), time.Month(number(5, 7)), number(8, 10)
	hour, minute, second := number(11, 13), number(14, 16), number(17, 19)
	t := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	midnight := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if midnight.Month() != month || midnight.Day() != day || month < 1 || hour > 23 || minute > 59 || second > 60 {
		return instant{}, false
	}
	return instant{seconds: t.Unix(), fraction: strings.TrimRight(strings.TrimPrefix(fraction, "."), "0")}, true
}

func (i instant) compare(j instant) int {
	return cmp.Or(cmp.Compare(i.seconds, j.seconds), strings.Compare(i.fraction, j.fraction))
}

func errTimestamp(text string) error {
	return fmt.Errorf("%s is no timestamp; write it like 2017-05-12T07:43:00Z", shorten(text))
}

// nanos is a point in time in nanoseconds since 1970. Observations are held by
// these; those before 1677 or after 2262 are at the ends of the range.
type nanos int64

const (
	earliest nanos = math.MinInt64 // before every observation
	latest   nanos = math.MaxInt64 // after every observation
)

func nanosOf(t time.Time) nanos {
	switch seconds := t.Unix(); {
	case seconds > math.MaxInt64/int64(time.Second)-1:
		return latest - 1
	case seconds < math.MinInt64/int64(time.Second)+1:
		return earliest + 1
	}
	return nanos(t.UnixNano())
}

// nanos rounds up what is finer: START and STOP part the observations, whose
// times have nanoseconds, in the same way.
func (i instant) nanos() nanos {
	digits := (i.fraction + "000000000")[:9]
	n := int64(0)
	for _, c := range []byte(digits) {
		n = 10*n + int64(c-'0')
	}
	if len(i.fraction) > 9 {
		n++
	}
	return nanosOf(time.Unix(i.seconds, n))
}

// after is a point in time and a span of 0 or more after it.
func (n nanos) after(span nanos) nanos {
	if n > latest-span {
		return latest
	}
	return n + span
}

// spanOf is a number of seconds above 0, in nanoseconds, at least one.
func spanOf(seconds Constant) nanos {
	f := seconds.Float
	if seconds.Kind == Integer {
		f = float64(seconds.Int)
	}
	if f = math.Round(f * 1e9); f >= math.MaxInt64 {
		return latest
	}
	return max(1, nanos(f))
}
