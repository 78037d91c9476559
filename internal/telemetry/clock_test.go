package telemetry

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The quick way to read a time agrees with the general one, on what it takes.
func TestParseFixed(t *testing.T) {
	const layout = "2006-01-02T15:04:05.000000-0700"
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds"), rapid.Int64Range(0, 999999).Draw(t, "micro")*1000).UTC()
		text := []byte(at.Format(layout))
		if got, ok := parseFixed(string(text)); ok != (at.Day() <= 28) || ok && !got.Equal(at) {
			t.Fatalf("%s is %v, %v", text, got, ok)
		}
		text[rapid.IntRange(0, len(text)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "as")
		want, err := time.Parse(layout, string(text))
		if got, ok := parseFixed(string(text)); ok && (err != nil || !got.Equal(want)) {
			t.Fatalf("%q is %v; in full it is %v, %v", text, got, want, err)
		}
	})
}

func TestZeekTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(0, 9999999999999999).Draw(t, "micro")).UTC()
		text := []byte(fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000))
		if got, ok := parseZeekTime(string(text)); !ok || !got.Equal(at) {
			t.Fatalf("%s is %v, %v; want %v", text, got, ok, at)
		}
		i := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		if text[i] = rapid.Byte().Draw(t, "as"); text[i]-'0' > 9 && text[i] != '.' && i > 0 && text[i]|0x20 != 'e' && text[i] != '_' {
			if got, ok := parseZeekTime(string(text)); ok {
				t.Fatalf("%q is %v", text, got)
			}
		}
	})
}

// A time that no report can be written with is none: such a record is undated.
func TestTimesOutsideOfAllYears(t *testing.T) {
	read := map[string]func(string) (time.Time, bool){"EVE": parseTime, "Zeek": parseZeekTime}
	for name, texts := range map[string]map[string]bool{
		"EVE": {
			"1969-12-31T23:59:59.999999+0000":  false,
			"1970-01-01T00:00:00.000000+0000":  true,
			"1970-01-01T00:00:00.000000+1000":  false,
			"0001-01-01T00:00:00.000000+0000":  false,
			"0000-01-01T00:00:00.000000+1000":  false,
			"9999-12-28T23:59:59.999999+0000":  true,
			"9999-12-31T23:59:59.999999+0000":  true,
			"9999-12-31T23:59:59.000000-1000":  false,
			"9999-12-31T23:59:59-00:01":        false,
			"9999-12-31T23:59:59.000000+01:00": true,
		},
		"Zeek": {
			"1494573843.123456": true, "0.000000": true, "1494573843123": true, "253402300799999": true,
			"253402300800000": false, "999999999999999": false, "-1": false, "-1494573843.5": false, "-1e10": false, "9e10": true,
			"0000-01-01T00:00:00Z": false, "9999-12-31T23:59:59.000000-10:00": false,
		},
	} {
		for text, want := range texts {
			got, ok := read[name](text)
			if ok != want || ok && (got.Location() != time.UTC || got.Year() < 1970 || got.Year() > 9999) || !ok && !got.IsZero() {
				t.Errorf("%s %q is %v, %v; want %v", name, text, got, ok, want)
			}
		}
	}
}
