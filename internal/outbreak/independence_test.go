package outbreak_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// said is one partner's finding about one name, as the oracle has it.
type said struct {
	partner, slot int // one a partner and slot of five minutes
	hosts         int
	basis         sighting.Basis
	copied        bool // word for word what another voice said before
}

func (f said) finding(t testing.TB) sighting.Sighting {
	at := minute(float64(5 * f.slot)).Add(time.Duration(f.hosts) * time.Millisecond)
	s := suspect(t, "switch.example", at)
	s.Basis, s.Hosts = f.basis, f.hosts
	return s
}

// corroborated says, by trying every window, whether enough voices of enough
// sectors or countries stand behind the findings.
func corroborated(list []said, voice func(int) string) bool {
	for from := range 48 {
		voices, places, states := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, f := range list {
			// The last millisecond of a finding may lie beyond the window's end: a
			// window is as long as the rule's if both ends are of one slot and instant.
			if f.basis == sighting.Suspect && !f.copied && f.slot >= from && f.slot <= from+11 {
				voices[voice(f.partner)], places[sectors[f.partner%3]], states[countries[f.partner%4]] = true, true, true
			}
		}
		if len(voices) >= 2 && (len(places) >= 2 || len(states) >= 2) {
			return true
		}
	}
	return false
}

// Whatever partners of whatever organisations say, repeat, and visit: it rings
// if and only if two voices are independent. Slots are five minutes, so that
// findings of slots up to eleven apart are within the hour, and those of
// thirteen are not; twelve is left out.
func TestOnlyIndependentVoicesRing(t *testing.T) {
	rung := 0
	rapid.Check(t, func(r *rapid.T) {
		organisations := make([]string, 7)
		for i := range organisations {
			organisations[i] = rapid.SampledFrom([]string{"", "trust", "group"}).Draw(r, "organisation")
		}
		voice := func(p int) string {
			if organisations[p] != "" {
				return organisations[p]
			}
			return fmt.Sprint(p)
		}
		k := newDesk(t)
		k.echoing = true
		var list []said
		used := map[[2]int]bool{}
		slots := []int{0, 2, 11, 13, 24, 26, 35, 37}
		for range rapid.IntRange(1, 14).Draw(r, "findings") {
			f := said{partner: rapid.IntRange(0, 6).Draw(r, "partner"), slot: rapid.SampledFrom(slots).Draw(r, "slot"), hosts: 3 + len(list),
				basis: rapid.SampledFrom([]sighting.Basis{sighting.Suspect, sighting.Suspect, sighting.Sinkhole, sighting.Indicator}).Draw(r, "basis")}
			if len(list) > 0 && rapid.Bool().Draw(r, "echo") {
				of := list[rapid.IntRange(0, len(list)-1).Draw(r, "of")]
				f.slot, f.hosts, f.basis = of.slot, of.hosts, of.basis
				first := slices.IndexFunc(list, func(o said) bool { return o.hosts == of.hosts })
				f.copied = voice(list[first].partner) != voice(f.partner)
			}
			if used[[2]int{f.partner, f.slot}] {
				continue
			}
			used[[2]int{f.partner, f.slot}] = true
			list = append(list, f)
			k.report(f.partner, sighting.Report{
				Sector: sectors[f.partner%3], Country: countries[f.partner%4], Organisation: organisations[f.partner],
				Sightings: []sighting.Sighting{f.finding(t)},
			})
			if rapid.Bool().Draw(r, "ask") {
				k.decide(minute(1e6))
			}
			want := corroborated(list, voice)
			k.decide(minute(1e6))
			if got := len(k.state.List()) > 0; got != want {
				r.Fatalf("rings: %v, want %v, after %+v of %q", got, want, list, organisations)
			}
			if want {
				rung++
				return
			}
		}
	})
	if rung == 0 {
		t.Error("nothing ever rang: the property would prove nothing")
	}
}

func TestVoices(t *testing.T) {
	two := func(first, second sighting.Report) func(k *desk) {
		return func(k *desk) {
			k.echoing = true
			k.report(1, first)
			k.report(2, second)
		}
	}
	at := minute(0).Add(123 * time.Microsecond)
	coarse := func(r *sighting.Report) {
		s := &r.Sightings[0]
		s.FirstSeen, s.LastSeen = s.FirstSeen.Truncate(time.Second), s.LastSeen.Truncate(time.Second)
	}
	long := func(r *sighting.Report) {
		for _, name := range []string{"one.example", "two.example", "three.example", "four.example"} {
			s := r.Sightings[0]
			s.Value = domain(t, name)
			r.Sightings = append(r.Sightings, s)
		}
	}
	both := func(one, two func(*sighting.Report)) func(*sighting.Report) {
		return func(r *sighting.Report) { one(r); two(r) }
	}
	instant := func(r *sighting.Report) { r.Sightings[0].FirstSeen = r.Sightings[0].LastSeen }
	asks := func(hosts int, change func(*sighting.Report)) sighting.Report {
		s := suspect(t, "switch.example", at)
		s.Hosts = hosts
		r := sighting.Report{Sightings: []sighting.Sighting{s}}
		if change != nil {
			change(&r)
		}
		return r
	}
	of := func(name string) func(*sighting.Report) {
		return func(r *sighting.Report) { r.Organisation = name }
	}
	for _, c := range []struct {
		name string
		play func(k *desk)
		want int
	}{
		{"two partners", two(asks(3, nil), asks(4, nil)), 1},
		{"two of one organisation", two(asks(3, of("trust")), asks(4, of("trust"))), 0},
		{"two organisations", two(asks(3, of("trust")), asks(4, of("group"))), 1},
		{"word for word", two(asks(3, nil), asks(3, nil)), 0},
		{"the same in whole seconds, as two may well say", two(asks(3, coarse), asks(3, coarse)), 1},
		{"the same list in whole seconds", two(asks(3, both(coarse, long)), asks(3, both(coarse, long))), 0},
		{"the same of one instant", two(asks(3, instant), asks(3, instant)), 1},
		{"one designated", func(k *desk) { k.report(1, asks(3, func(r *sighting.Report) { r.Designated = true })) }, 1},
		{"one designated, by its sinkhole", func(k *desk) {
			k.report(1, asks(3, func(r *sighting.Report) { r.Designated = true; r.Sightings[0].Basis = sighting.Sinkhole }))
		}, 0},
		{"one designated that is scanned", func(k *desk) {
			k.report(1, sighting.Report{Designated: true, Scans: []sighting.Scan{{Port: 445, Direction: sighting.In, Sources: 900, Fresh: 900, Dark: 900, Contacts: 900, FirstSeen: at, LastSeen: at}}})
		}, 0},
		// Whatever its own partners are, a foreign hub reports as one partner.
		{"a foreign hub, in many reports", func(k *desk) {
			for i := range 50 {
				k.report(1, asks(3+i, nil))
			}
		}, 0},
		{"a foreign hub and a partner", func(k *desk) {
			for i := range 50 {
				k.report(1, asks(3+i, nil))
			}
			k.report(2, asks(99, nil))
		}, 1},
		{"a partner whose words another repeats is heard all the same", func(k *desk) {
			k.echoing = true
			k.report(1, asks(3, nil))
			k.report(9, asks(3, nil))
			k.report(2, asks(4, nil))
			k.report(9, asks(4, nil))
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newDesk(t)
			c.play(k)
			k.decide(minute(10))
			if got := len(k.state.List()); got != c.want {
				t.Errorf("%d outbreaks, want %d", got, c.want)
			}
		})
	}
}

// Sectors weigh in what is shown first, and never in what is believed.
func TestSectorsChangeNoDecision(t *testing.T) {
	play := func(names []string) (decided []string, severity outbreak.Severity) {
		k := newDesk(t)
		for p := range 12 {
			at := minute(float64(p))
			k.report(p, sighting.Report{Sector: names[p%3], Country: countries[p%4], Scans: []sighting.Scan{{Port: 445, Sources: 3 + p, FirstSeen: at, LastSeen: at}}})
			decided = append(decided, kinds(k.decide(minute(60)))...)
		}
		return decided, k.state.List()[0].Severity
	}
	critical, high := play([]string{"healthcare", "energy", "water"})
	common, low := play([]string{"retail", "mining", "insurance"})
	if !slices.Equal(critical, common) || len(critical) == 0 {
		t.Errorf("decided %q for critical sectors, %q for others", critical, common)
	}
	if high == low {
		t.Errorf("severity %s for both", low)
	}
}
