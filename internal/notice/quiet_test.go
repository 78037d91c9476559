package notice

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
)

func windowOf(t *testing.T, q Quiet) window {
	t.Helper()
	w, err := q.window()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestQuietHours(t *testing.T) {
	night := Quiet{From: "22:00", Until: "07:00", Zone: "Europe/London"}
	gap := Quiet{From: "00:30", Until: "01:30", Zone: "Europe/London"}
	for name, c := range map[string]struct {
		quiet Quiet
		at    string
		ends  string // empty: it is not quiet
	}{
		"evening":        {night, "2017-05-12T21:30:00Z", "2017-05-13T06:00:00Z"}, // BST is UTC+1
		"before":         {night, "2017-05-12T20:59:59Z", ""},
		"begins":         {night, "2017-05-12T21:00:00Z", "2017-05-13T06:00:00Z"},
		"after midnight": {night, "2017-05-12T23:30:00Z", "2017-05-13T06:00:00Z"},
		"ends":           {night, "2017-05-13T06:00:00Z", ""},
		"winter":         {night, "2017-01-12T23:30:00Z", "2017-01-13T07:00:00Z"},
		"day":            {Quiet{From: "12:00", Until: "13:00", Zone: "Asia/Tokyo"}, "2017-05-12T03:30:00Z", "2017-05-12T04:00:00Z"},
		// The clock goes from 01:00 to 02:00 on 26 March 2017: the night has an hour
		// less, and 01:30 is not on it.
		"shorter night":  {night, "2017-03-25T23:00:00Z", "2017-03-26T06:00:00Z"},
		"end is missing": {gap, "2017-03-26T00:45:00Z", "2017-03-26T01:00:00Z"},
		// It goes from 02:00 to 01:00 on 29 October 2017: the hour from 01:00 comes twice.
		"longer night":    {night, "2017-10-28T22:00:00Z", "2017-10-29T07:00:00Z"},
		"end comes twice": {gap, "2017-10-28T23:45:00Z", "2017-10-29T00:30:00Z"},
		"and quiet again": {gap, "2017-10-29T01:10:00Z", "2017-10-29T01:30:00Z"},
		"no summer time":  {Quiet{From: "23:00", Until: "05:00", Zone: "Asia/Kathmandu"}, "2017-05-12T18:00:00Z", "2017-05-12T23:15:00Z"},
	} {
		w := windowOf(t, c.quiet)
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.holds(at); got != (c.ends != "") {
			t.Errorf("%s: quiet at %s: %v", name, c.at, got)
		} else if got {
			if ends := w.ends(at).Format(time.RFC3339); ends != c.ends {
				t.Errorf("%s: ends %s, want %s", name, ends, c.ends)
			}
		}
	}
}

// TestQuietEnds: it ends at the first minute that is not quiet, in every zone, on
// every day, also on those on which the clock is turned.
func TestQuietEnds(t *testing.T) {
	zones := []string{"Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo", "Asia/Kathmandu", "America/Sao_Paulo", "UTC", "Africa/Casablanca"}
	rapid.Check(t, func(t *rapid.T) {
		clock := rapid.Custom(func(t *rapid.T) string {
			return time.Date(2017, 1, 1, rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), 0, 0, time.UTC).Format("15:04")
		})
		q := Quiet{From: clock.Draw(t, "from"), Until: clock.Draw(t, "until"), Zone: rapid.SampledFrom(zones).Draw(t, "zone")}
		w, err := q.window()
		if q.From == q.Until {
			if err == nil {
				t.Fatalf("%+v is taken", q)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 365*24*60).Draw(t, "minute of the year")) * time.Minute)
		if !w.holds(at) {
			return
		}
		end := w.ends(at)
		if w.holds(end) || !end.After(at) {
			t.Fatalf("%+v at %s: it is said to end %s", q, at, end)
		}
		for m := at; m.Before(end); m = m.Add(time.Minute) {
			if !w.holds(m) {
				t.Fatalf("%+v at %s: it ends at %s and not at %s", q, at, m, end)
			}
		}
	})
}

var quietSeeds = []Quiet{
	{From: "22:00", Until: "07:00", Zone: "Europe/London"}, {From: "24:00", Until: "07:00", Zone: "UTC"}, {From: "7:00", Until: "08:00", Zone: "UTC"},
	{From: "07:00", Until: "07:00", Zone: "UTC"}, {From: "01:00", Until: "02:00", Zone: "Local"}, {From: "01:00", Until: "02:00", Zone: ""},
	{From: "01:00", Until: "02:00", Zone: "../../etc/passwd"}, {From: "01:00", Until: "02:00", Zone: "UTC", Break: "loud"}, {From: "٠١:٠٠", Until: "02:00", Zone: "UTC"},
}

func FuzzQuiet(f *testing.F) {
	for _, q := range quietSeeds {
		f.Add(q.From, q.Until, q.Zone, string(q.Break), int64(1494576000))
	}
	f.Fuzz(func(t *testing.T, from, until, zone, breaks string, at int64) {
		w, err := Quiet{from, until, zone, Severity(breaks)}.window()
		if err != nil {
			if !errors.Is(err, access.ErrInvalid) {
				t.Errorf("not a caller's mistake: %v", err)
			}
			return
		}
		now := time.Unix(at%(1<<34), 0).UTC()
		if w.holds(now) {
			if end := w.ends(now); w.holds(end) || !end.After(now) || end.Sub(now) > 50*time.Hour {
				t.Errorf("quiet from %s until %s in %s: at %s it ends %s", from, until, zone, now, end)
			}
		}
	})
}

func TestRefusedQuiet(t *testing.T) {
	for _, q := range quietSeeds[1:] {
		if err := q.Validate(); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

func FuzzTarget(f *testing.F) {
	for _, c := range targets {
		f.Add(string(c.Kind), c.Target, c.Room, c.Secret)
	}
	f.Fuzz(func(t *testing.T, kind, target, room, secret string) {
		c := Channel{Kind: ChannelKind(kind), Target: target, Room: room, Secret: secret}
		if err := c.check(policy()); err != nil && !errors.Is(err, access.ErrInvalid) {
			t.Errorf("not a caller's mistake: %v", err)
		}
		c.Shown()
	})
}
