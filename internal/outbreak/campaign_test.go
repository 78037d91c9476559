package outbreak_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

const (
	mark = "indicator--1"
	war  = "campaign--1"
)

// Whoever says what an indicator indicates, and what was sighted under it, makes
// unrelated outbreaks one only with the indicator's contributor and another voice.
func TestOneVoiceLinksNothing(t *testing.T) {
	values := []string{"a.example", "b.example", "c.example"}
	sighted := func(k *desk, partners ...int) {
		for _, p := range partners {
			for _, name := range values {
				k.sees(p, 1, name, mark, minute(float64(p)/100))
			}
		}
	}
	for _, c := range []struct {
		name string
		play func(k *desk)
		want int
	}{
		{"all of it by one", func(k *desk) { k.indicates(mark, war); sighted(k, 9) }, 3},
		{"said and sighted by another than the contributor", func(k *desk) {
			k.contributes("identity--09", access.Green, indicatorObject(mark))
			k.contributes("identity--08", access.Green, indicatesObject(mark, war))
			sighted(k, 8, 50, 51)
		}, 3},
		{"said before the indicator came", func(k *desk) {
			k.contributes("identity--08", access.Green, indicatesObject(mark, war))
			k.contributes("identity--09", access.Green, indicatorObject(mark))
			sighted(k, 8, 50, 51)
		}, 3},
		{"of another's indicator that not all may see", func(k *desk) {
			k.contributes("identity--09", access.Amber, indicatorObject(mark))
			k.contributes("identity--08", access.Green, indicatorObject(mark), indicatesObject(mark, war))
			sighted(k, 8, 50, 51)
		}, 3},
		{"no indicator at all", func(k *desk) {
			k.contributes("identity--09", access.Green, indicatesObject(mark, war))
			sighted(k, 9, 50)
		}, 3},
		{"each value by another voice", func(k *desk) {
			k.indicates(mark, war)
			for i, name := range values {
				k.sees(50+i, 1, name, mark, minute(1))
				k.sees(50+i, 1, name, "indicator--2", minute(1))
				k.sees(60+i, 1, name, "indicator--2", minute(1))
			}
		}, 3},
		{"one voice twice", func(k *desk) { k.indicates(mark, war); sighted(k, 50, 50) }, 3},
		{"two voices", func(k *desk) { k.indicates(mark, war); sighted(k, 50, 51) }, 1},
		{"two voices, relationship first", func(k *desk) {
			k.contributes("identity--09", access.Green, indicatesObject(mark, war))
			k.contributes("identity--09", access.Green, indicatorObject(mark))
			k.contributes("identity--08", access.Green, indicatorObject(mark), indicatesObject(mark, "campaign--2"))
			sighted(k, 50, 51)
		}, 1},
		{"the first mapping stays", func(k *desk) {
			k.indicates(mark, war)
			sighted(k, 50, 51)
			for i, name := range values {
				other := fmt.Sprintf("indicator--8%d", i)
				k.contributes("identity--08", access.Green, indicatorObject(other), indicatesObject(other, fmt.Sprintf("campaign--8%d", i)))
				k.sees(52, 1, name, other, minute(1))
				k.sees(53, 1, name, other, minute(1))
			}
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newDesk(t)
			c.play(k)
			for i, name := range values {
				k.asks(10*i, name, minute(float64(i)))
				k.asks(10*i+1, name, minute(float64(i)))
				k.decide(minute(5))
			}
			list := k.state.List()
			if open := slices.DeleteFunc(slices.Clone(list), func(o outbreak.Outbreak) bool { return o.Status != outbreak.Open }); len(open) != c.want {
				t.Errorf("%d open outbreaks, want %d: %+v", len(open), c.want, open)
			}
			again := outbreak.NewState(outbreak.Config{})
			for _, e := range k.entries {
				if err := again.Apply(e); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(list, again.List()); diff != "" {
				t.Errorf("rebuilt (-live +rebuilt):\n%s", diff)
			}
		})
	}
}

// Whatever else a contribution holds, it is folded.
func TestObjectsOfOtherShapesAreNoIndicators(t *testing.T) {
	k := newDesk(t)
	k.contributes("identity--08", access.Green, `{"type":"x-note","id":"x-note--1","labels":["indicator"],"source_ref":[1],"target_ref":{}}`,
		`{"type":"relationship","relationship_type":"indicates"}`, `{"type":"indicator"}`, `{"type":"indicator","id":7}`)
	k.indicates(mark, war)
}

// A campaign that becomes known while its indicator is watched takes no alarm
// away, whoever says so: the value's own charts go on.
func TestACampaignTakesNoAlarmAway(t *testing.T) {
	for _, by := range []string{"", "identity--09", "identity--50"} {
		k := newDesk(t)
		r := rand.New(rand.NewPCG(5, 6))
		k.contributes("identity--09", access.Green, indicatorObject(mark))
		rang := time.Time{}
		for m := 0; m < 800 && rang.IsZero(); m += 5 {
			if m == 700 && by != "" {
				k.contributes(by, access.Green, indicatesObject(mark, war))
			}
			for p := range 5 {
				n := poisson(r, 2)
				if m >= 720 {
					n += 60
				}
				if n > 0 {
					k.sees(p, n, "c2.example", mark, minute(float64(m)).Add(time.Duration(p)*time.Second))
				}
			}
			if got := k.decide(minute(float64(m + 1))); len(got) > 0 {
				rang = minute(float64(m))
			}
		}
		if rang.Before(minute(720)) || rang.After(minute(740)) {
			t.Errorf("relationship of %q: rang at %s, want at once when it surges, at %s", by, rang, minute(720))
		}
	}
}
