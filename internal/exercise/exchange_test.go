package exercise

import (
	"math"
	"slices"
	"testing"
	"time"
)

// One partner polls at the same share of each period.
func TestPolls(t *testing.T) {
	m := member{phase: 0.25, up: 5, down: 7}
	hourly := mode{period: time.Hour}
	for _, c := range []struct{ at, want float64 }{{0, 900}, {900, 900}, {900.5, 4500}, {4500, 4500}, {86400, 87300}} {
		leaves, arrives := m.sends(hourly, c.at)
		if leaves != c.want || arrives != c.want || m.gets(hourly, c.at) != c.want {
			t.Errorf("what is there at %g leaves at %g and is there at %g, want %g", c.at, leaves, arrives, c.want)
		}
	}
	if leaves, arrives := m.sends(mode{}, 10); leaves != 10 || arrives != 15 || m.gets(mode{}, 10) != 17 {
		t.Errorf("a push leaves at %g and arrives at %g", leaves, arrives)
	}
}

func TestDelays(t *testing.T) {
	fixed, drawn := Delay{Median: 60}, Delay{Median: 60, P95: 600}
	for _, c := range []struct{ got, want float64 }{
		{fixed.at(3), 60}, {drawn.at(0), 60}, {drawn.at(z95), 600}, {drawn.at(-z95), 6}, {Delay{}.at(2), 0},
	} {
		if math.Abs(c.got-c.want) > 1e-9*c.want {
			t.Errorf("%g, want %g", c.got, c.want)
		}
	}
}

func TestCalendar(t *testing.T) {
	c := newCalendar(0.1)
	c.add(0.3, 1) // three steps, though 0.3/0.1 is not quite 3
	c.add(0.31, 2)
	c.add(0.25, 3)
	c.add(math.Inf(1), 4)
	if got := c.take(3); !slices.Equal(got, []int32{1, 3}) {
		t.Errorf("due in the third step: %v", got)
	}
	if got := c.take(4); !slices.Equal(got, []int32{2}) || len(c.due) != 0 {
		t.Errorf("due in the fourth: %v, and left %v", got, c.due)
	}
}

// Who takes part at a share does so at every higher one, and every other draw of
// a partner is the same.
func TestMembersAreNested(t *testing.T) {
	s, err := Find("wannacry-300k")
	if err != nil {
		t.Fatal(err)
	}
	s = s.Sized(500_000, 500, 1)
	draw := func(share float64) []member {
		s.Defence.TakingPart = share
		return members(s.World(1), 5)
	}
	few, many := draw(0.4), draw(0.52)
	counts := [2]int{}
	for i := range few {
		if few[i].takesPart {
			counts[0]++
			if !many[i].takesPart {
				t.Fatalf("partner %d takes part at 0.4 and not at 0.52", i)
			}
		}
		if many[i].takesPart {
			counts[1]++
		}
		few[i].takesPart, many[i].takesPart = true, true
		if few[i] != many[i] {
			t.Fatalf("partner %d is another: %+v, %+v", i, few[i], many[i])
		}
	}
	// Four standard deviations of 500 draws are 44.
	if math.Abs(float64(counts[0])-200) > 44 || math.Abs(float64(counts[1])-260) > 45 {
		t.Errorf("%v of 500 take part", counts)
	}
}

// Each delay of a scenario is found in its own place of the outcome.
func TestEachDelayApart(t *testing.T) {
	s, err := Find("wannacry-12-may")
	if err != nil {
		t.Fatal(err)
	}
	s.Hours = 2
	s.Defence.Detection, s.Defence.Decision = Delay{Median: 120}, Delay{Median: 300}
	s.Defence.Push, s.Defence.Applied = Delay{Median: 20}, Delay{Median: 70}
	c, err := Compare(t.Context(), s, []uint64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	d := c.Sharing.Push.Delays
	step := s.Step().Seconds()
	for _, one := range []struct {
		name       string
		got        Quantiles
		want, more float64
	}{
		{"upload", d.Upload, 20, step}, {"decision", d.Decision, 300, 0}, {"delivery", d.Delivery, 20, 0}, {"applied", d.Applied, 70, 0},
	} {
		if *one.got.P5 < one.want-1e-6 || *one.got.P95 > one.want+one.more+1e-6 {
			t.Errorf("%s takes %g to %g s, want %g and at most %g more", one.name, *one.got.P5, *one.got.P95, one.want, one.more)
		}
	}
	if *d.Detection.P5 < 120 || *c.Sharing.Push.AlarmAfter.P50 < *d.Detection.P5+20 {
		t.Errorf("detection takes %g s, the alarm %g", *d.Detection.P5, *c.Sharing.Push.AlarmAfter.P50)
	}
	// Polls wait half a period on average, each way.
	if hourly := c.Sharing.Hourly.Delays.Delivery; *hourly.P5 < 1000 || *hourly.P95 > 2600 {
		t.Errorf("an hourly poll delivers after %g to %g s", *hourly.P5, *hourly.P95)
	}
}

// A partner's own people protect it without any sharing, later than sharing does.
func TestAlone(t *testing.T) {
	s, err := Find("wannacry-12-may")
	if err != nil {
		t.Fatal(err)
	}
	s.Hours = 6
	never, err := Compare(t.Context(), s, []uint64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	s.Defence.Alone = Delay{Median: 600, P95: 1200}
	alone, err := Compare(t.Context(), s, []uint64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	a, b := *never.Sharing.None.InfectedFraction.P50, *alone.Sharing.None.InfectedFraction.P50
	if b > a/2 || b < *alone.Sharing.Push.InfectedFraction.P50 {
		t.Errorf("without sharing %g are infected, with people of their own %g, with a push %g", a, b, *alone.Sharing.Push.InfectedFraction.P50)
	}
}
