package feed_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noon is the moment that the tests look at.
var noon = time.Date(2017, 5, 12, 12, 0, 0, 0, time.UTC)

// decided is an active decision so many minutes before noon, for a day.
func decided(polarity protect.Polarity, t observable.Type, text string, minutesAgo int) protect.Protection {
	at := noon.Add(-time.Duration(minutesAgo) * time.Minute)
	return protect.Protection{
		ID: "protection--" + text, Value: observable.Value{Type: t, Text: text}, Polarity: polarity,
		Status: protect.Active, Rule: "two partners", Reason: "seen by a partner that must not be named",
		By: "hub", Partners: []access.PartnerID{"identity--b"}, Evidence: []string{"sighting--1"},
		Decided: at, Expires: at.Add(24 * time.Hour),
	}
}

func block(text string, minutesAgo int) protect.Protection {
	return decided(protect.Block, observable.Domain, text, minutesAgo)
}

func mustResolve(text, answer string, minutesAgo int) protect.Protection {
	p := decided(protect.MustResolve, observable.Domain, text, minutesAgo)
	p.By, p.Answer = "identity--coordinator", answer // automation makes none
	return p
}

// story is a set with something of everything.
func story() []protect.Protection {
	revoked := block("recalled.example", 5)
	revoked.Status = protect.Revoked
	expired := block("expired.example", 60)
	expired.Expires = noon
	return []protect.Protection{
		block("old.example", 50),
		block("evil.example", 30),
		mustResolve("kill.evil.example", "192.0.2.80", 29),
		decided(protect.Block, observable.IPv4, "203.0.113.7", 20),
		decided(protect.Block, observable.IPv4, "192.0.2.80", 20),
		decided(protect.Block, observable.IPv6, "2001:db8:bad::/48", 19),
		decided(protect.Block, observable.URL, "http://drop.example/a.exe?x=1", 15),
		decided(protect.Block, observable.URL, "http://kill.evil.example/", 15),
		decided(protect.Block, observable.SHA256, "24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c", 14),
		decided(protect.Observe, observable.Domain, "watched.example", 12),
		block("new.example", 10),
		block("kill.evil.example", 1),
		revoked, expired,
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// effective is what is in force at noon by decisions in their order.
func effective(ps ...protect.Protection) feed.Set {
	live := feed.NewLive(nil)
	for _, p := range ps {
		live.Take(p)
	}
	live.Advance(noon)
	return live.Set()
}
