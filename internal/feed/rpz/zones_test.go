package rpz

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

var (
	someNames = rapid.Custom(func(t *rapid.T) string {
		return strings.Join(append(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b"}), 0, 4).Draw(t, "labels"), "example"), ".")
	})
	somePrefixes = rapid.SampledFrom([]string{"198.51.100.0/24", "198.51.100.0/25", "198.51.100.0/30", "198.51.100.1", "198.51.100.2", "198.51.100.128/25", "203.0.113.9"})
)

// drawn is a decision about something, at a time.
func drawn(t *rapid.T, id int, now time.Time) protect.Protection {
	p := protect.Protection{
		ID: fmt.Sprint("protection--", id), Polarity: protect.Block, Status: protect.Active, Decided: now,
		Expires: now.Add(time.Duration(rapid.IntRange(1, 50).Draw(t, "minutes")) * time.Minute),
	}
	switch n := someNames.Draw(t, "name"); rapid.IntRange(0, 9).Draw(t, "what") {
	case 0, 1:
		p.Value, p.Polarity = observable.Value{Type: observable.Domain, Text: n}, protect.MustResolve
		p.Answer = rapid.SampledFrom([]string{"192.0.2.1", "2001:db8::1", "", "198.51.100.2"}).Draw(t, "answer")
	case 2:
		p.Value, p.Polarity = observable.Value{Type: observable.URL, Text: "http://" + n + "/"}, protect.MustResolve
	case 3:
		p.Value, p.Polarity = observable.Value{Type: observable.Domain, Text: n}, protect.Observe
	case 4, 5:
		p.Value = observable.Value{Type: observable.IPv4, Text: somePrefixes.Draw(t, "prefix")}
	case 6:
		p.Value, p.Exact = observable.Value{Type: observable.Domain, Text: n}, true
	default:
		p.Value = observable.Value{Type: observable.Domain, Text: n}
	}
	return p
}

func everyName(depth int) []string {
	all, last := []string{"example"}, []string{"example"}
	for range depth {
		var next []string
		for _, n := range last {
			next = append(next, "a."+n, "b."+n)
		}
		all, last = append(all, next...), next
	}
	return all
}

// TestTwoZonesMeanWhatIsInForce is the argument of the package comment: after any
// history, with the hot zone as it is and the cold one as it is or as it was
// before, every name and address is what is in force.
func TestTwoZonesMeanWhatIsInForce(t *testing.T) {
	names := append(everyName(5), "other.example.org", "org")
	addresses := []string{"198.51.100.0", "198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "198.51.100.127", "198.51.100.128", "203.0.113.9", "203.0.113.10"}
	path := filepath.Join(t.TempDir(), "zone")
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)
		serial := uint32(0)
		next := func() uint32 { serial++; return serial }
		v := newView(pace{age: rapid.SampledFrom([]time.Duration{0, 25 * time.Minute}).Draw(t, "age"), bulk: rapid.SampledFrom([]int{3, 1000}).Draw(t, "bulk"), hot: rapid.SampledFrom([]int{2, 1000}).Draw(t, "hot")}, 200, next)
		v.now = func() time.Time { return now }
		live := feed.NewLive(nil)
		var known []protect.Protection
		var hot copyOf
		var colds []copyOf // good ones, in order
		check := func() {
			for _, cold := range colds {
				for _, n := range names {
					want := says(live, n)
					for how, read := range map[string]func(copyOf, string) (record, bool){"closest": closest, "every": every} {
						if got := verdictOf(read, n, hot, cold); got != want {
							t.Fatalf("%s, read by %s, with cold %d, good since %d: %s, want %s\nhot: %v\ncold: %v", n, how, cold.serial, v.safe, got, want, hot.records, cold.records)
						}
					}
				}
				for _, a := range addresses {
					if got, want := verdictOf(longest, a, hot, cold), saysOfAddress(live, a); got != want {
						t.Fatalf("%s, with cold %d: %s, want %s\nhot: %v\ncold: %v", a, cold.serial, got, want, hot.records, cold.records)
					}
				}
			}
		}
		settle := func() {
			hot = followed(t, hot, v.hot.version())
			if cold, last := v.cold.version(), colds[len(colds)-1]; cold.serial != last.serial {
				colds = append(colds, followed(t, last, cold))
			}
			colds = slices.DeleteFunc(colds, func(c copyOf) bool { return c.serial < v.safe })
			check()
		}
		v.publish(live.Advance(now))
		colds, hot = []copyOf{transferred(v.cold.version())}, transferred(v.hot.version())
		var kept *stored
		for step := range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0, 1:
				v.follow(func(z *stored) { kept = z })
				settle()
			case 2:
				now = now.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "later")) * time.Minute)
			case 3: // the hub restarts, with what it kept, and follows the ledger anew
				if kept == nil || kept.serial != v.cold.version().serial {
					continue
				}
				if err := kept.write(path); err != nil {
					t.Fatal(err)
				}
				held, err := readStored(path)
				if err != nil {
					t.Fatal(err)
				}
				good := v.safe
				again := newView(v.pace, 200, next)
				again.now = v.now
				again.loaded = held
				v = again
				live = feed.NewLive(nil)
				for _, p := range known {
					live.Take(p)
				}
				u := live.Advance(now)
				u.Anew = true
				v.publish(u)
				hot = transferred(v.hot.version())
				if v.cold.version().serial == held.serial {
					v.safe = good // what was good before still is
				}
				settle()
				continue
			case 4:
				if len(known) > 0 {
					p := known[rapid.IntRange(0, len(known)-1).Draw(t, "ended")]
					p.Status = protect.Revoked
					known = append(known, p)
					live.Take(p)
				}
			default:
				for range rapid.SampledFrom([]int{1, 1, 1, 2, 6}).Draw(t, "decisions") {
					p := drawn(t, 100*step+len(known), now)
					known = append(known, p)
					live.Take(p)
				}
			}
			v.publish(live.Advance(now))
			settle()
		}
	})
}
