package main

import (
	"strings"
	"testing"
	"time"
)

func TestParseMoment(t *testing.T) {
	now := time.Date(2026, 11, 23, 22, 30, 15, 7, time.FixedZone("", -7*3600)) // 05:30:15 UTC on the 24th
	for _, c := range []struct{ text, due, past string }{
		{"2026-11-24T05:00:00Z", "2026-11-24T05:00:00Z", "2026-11-24T05:00:00Z"},
		{"2026-11-24T05:00:00+01:00", "2026-11-24T04:00:00Z", "2026-11-24T04:00:00Z"},
		{"2026-11-24", "2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z"},
		{"2026-11-24 05:00", "2026-11-24T05:00:00Z", "2026-11-24T05:00:00Z"},
		{"05:00", "2026-11-25T05:00:00Z", "2026-11-24T05:00:00Z"},
		{"23:00", "2026-11-24T23:00:00Z", "2026-11-23T23:00:00Z"},
		{"2h", "2026-11-24T07:30:15Z", "2026-11-24T03:30:15Z"},
		{"+2h", "2026-11-24T07:30:15Z", "2026-11-24T07:30:15Z"},
		{"-3h", "2026-11-24T02:30:15Z", "2026-11-24T02:30:15Z"},
		{"1h30m", "2026-11-24T07:00:15Z", "2026-11-24T04:00:15Z"},
	} {
		for ahead, want := range map[bool]string{true: c.due, false: c.past} {
			at, err := parseMoment(c.text, now, ahead)
			if got := at.UTC().Format(time.RFC3339Nano); err != nil || got != want {
				t.Errorf("%s, ahead %v: %s, %v, want %s", c.text, ahead, got, err, want)
			}
		}
	}
	for _, text := range []string{"", "tomorrow", "25:00", "2026-13-01", "2026-11-24T05:00", "5"} {
		if _, err := parseMoment(text, now, true); err == nil || !strings.Contains(err.Error(), "05:00") || strings.Contains(err.Error(), "2006") {
			t.Errorf("%q: %v, want an error with examples", text, err)
		}
	}
}
