package outbreak_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

func TestTheRule(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(k *desk)
		want int
	}{
		{"three partners scanned", func(k *desk) {
			for p := range 3 {
				k.scans(p, 3, 445, minute(float64(10*p)))
			}
		}, 1},
		{"three partners, one name", func(k *desk) {
			for p := range 3 {
				k.asks(p, "switch.example", minute(float64(10*p)))
			}
		}, 1},
		{"two partners that only scan", func(k *desk) {
			for p := range 2 {
				k.scans(p, 500, 445, minute(0))
			}
		}, 0},
		{"two partners, one name", func(k *desk) {
			for p := range 2 {
				k.asks(p, "switch.example", minute(float64(10*p)))
			}
		}, 1},
		{"two partners, two names", func(k *desk) {
			for p := range 2 {
				k.asks(p, fmt.Sprintf("n%d.example", p), minute(0))
			}
		}, 0},
		{"one partner, many reports", func(k *desk) {
			for i := range 100 {
				k.scans(1, 500+i, 445, minute(float64(i)))
				k.asks(1, "switch.example", minute(float64(i)))
			}
		}, 0},
		{"one partner of many sectors and countries", func(k *desk) {
			for i := range 12 {
				k.report(1, sighting.Report{Sector: sectors[i%3], Country: countries[i%4], Sightings: []sighting.Sighting{suspect(k.t, "switch.example", minute(0))}})
			}
		}, 0},
		{"one sector of one country", func(k *desk) {
			for p := range 9 {
				k.report(p, sighting.Report{Sector: "energy", Country: "NZ", Sightings: []sighting.Sighting{suspect(k.t, "switch.example", minute(0))}})
			}
		}, 0},
		{"no sector, no country", func(k *desk) {
			for p := range 9 {
				k.report(p, sighting.Report{Sector: "energy", Sightings: []sighting.Sighting{suspect(k.t, "switch.example", minute(0))}})
			}
		}, 0},
		{"one sector of two countries", func(k *desk) {
			for p := range 3 {
				k.report(p, sighting.Report{Sector: "energy", Country: countries[p%2], Sightings: []sighting.Sighting{suspect(k.t, "switch.example", minute(0))}})
			}
		}, 1},
		{"just within an hour, reported late and in disorder", func(k *desk) {
			k.scans(2, 3, 445, minute(60))
			k.scans(3, 3, 445, minute(700))
			k.scans(1, 3, 445, minute(30))
			k.scans(0, 3, 445, minute(0))
		}, 1},
		{"more than an hour", func(k *desk) {
			for p := range 3 {
				k.scans(p, 3, 445, minute(float64(31*p)))
			}
		}, 0},
		{"three ports, three names", func(k *desk) {
			for p := range 3 {
				k.scans(p, 9, uint16(440+p), minute(0))
				k.asks(p, fmt.Sprintf("n%d.example", p), minute(0))
			}
		}, 0},
		{"a lone vulnerability scanner at each", func(k *desk) {
			for p := range 20 {
				k.scans(p, 1+p%2, 445, minute(0))
			}
		}, 0},
		{"an indicator that everybody sees", func(k *desk) {
			for p := range 20 {
				s := suspect(k.t, "old.example", minute(0))
				s.Basis = sighting.Indicator
				k.report(p, sighting.Report{Sightings: []sighting.Sighting{s}})
			}
		}, 0},
		{"times that cannot be meant", func(k *desk) {
			for p := range 20 {
				k.scans(p, 9, 445, time.Time{}.Add(time.Hour))
			}
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newDesk(t)
			c.play(k)
			k.decide(minute(1000))
			if got := k.state.List(); len(got) != c.want {
				t.Errorf("%d outbreaks, want %d: %+v", len(got), c.want, got)
			}
		})
	}
}

// What rang reads as people say it: one of a thing, and nothing "within 0 min".
func TestTheRuleReadsAsPeopleSayIt(t *testing.T) {
	k := newDesk(t)
	for p := range 2 {
		k.report(p, sighting.Report{ID: fmt.Sprint("one-", p), Sector: []string{"energy", "water"}[p], Country: "GB",
			Scans:     []sighting.Scan{{Port: 445, Sources: 4, FirstSeen: minute(-1), LastSeen: minute(0)}},
			Sightings: []sighting.Sighting{{Value: observable.Value{Type: observable.Domain, Text: "switch.example"}, Basis: sighting.Suspect, Count: 4, Hosts: 4, FirstSeen: minute(-1), LastSeen: minute(0).Add(time.Duration(p) * time.Second)}}})
	}
	k.decide(minute(1))
	list := k.state.List()
	if len(list) != 1 || !strings.Contains(list[0].Rule, "reported by 2 partners of 2 sectors and 1 country within a minute; ") {
		t.Errorf("it reads %+v", list)
	}
}
