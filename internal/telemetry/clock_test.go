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
