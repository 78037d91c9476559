package outbreak_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// What an outbreak names it names under the narrowest marking of its evidence,
// from the first report under it on.
func TestAnOutbreakIsMarkedAsItsEvidence(t *testing.T) {
	for _, c := range []struct {
		marks []string
		want  access.TLP
	}{
		{[]string{"green", "green", "green"}, access.Green},
		{[]string{"", "", "green"}, access.Green},
		{[]string{"green", "amber", "green"}, access.Amber},
		{[]string{"green", "green", "amber+strict"}, access.AmberStrict},
	} {
		k := newDesk(t)
		for p, mark := range c.marks {
			k.report(p, sighting.Report{TLP: mark, Sightings: []sighting.Sighting{suspect(t, "switch.example", minute(float64(p)))}})
			for _, d := range k.state.Pending(minute(10)) {
				if want := k.state.List(); len(want) > 0 && d.Audience != want[0].Audience().String() {
					t.Errorf("%v: an entry for %q of an outbreak for %q", c.marks, d.Audience, want[0].Audience())
				}
				k.append(d)
			}
		}
		o := k.state.List()[0]
		if o.TLP != c.want || o.Audience().String() != access.ToCommunity(c.want).String() {
			t.Errorf("evidence under %v gives an outbreak under %q, for %q", c.marks, o.TLP, o.Audience())
		}
		if guest := access.Visitor; guest.MaySee("", o.Audience()) != (c.want == access.Green) {
			t.Errorf("evidence under %v: a guest is told %v", c.marks, guest.MaySee("", o.Audience()))
		}
	}
}
