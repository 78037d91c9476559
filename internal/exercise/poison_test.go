package exercise

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// poisoned is the scenario at a size for tests: a shorter day, smaller floods.
func poisoned(t *testing.T) Scenario {
	t.Helper()
	s, err := Find("poisoned")
	if err != nil {
		t.Fatal(err)
	}
	s.Hours = 1
	s.Poison = slices.Clone(s.Poison)
	for i := range s.Poison {
		s.Poison[i].Flood /= 40
	}
	return s
}

// never are what no block may hit, whoever says so.
var never = []string{"8.8.8.8", "www.wikipedia.org"}

func TestPoisoning(t *testing.T) {
	score, err := Poisoning(t.Context(), poisoned(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	limits := 0
	echo := map[string]bool{}
	for _, p := range poisoned(t).Poison {
		echo[p.Name] = p.Echo
	}
	for _, a := range score.Attacks {
		name := a.Attack
		if a.Outbreak {
			name += ", during an outbreak"
		}
		t.Run(name, func(t *testing.T) {
			holds(t, a)
			if echo[a.Attack] && a.FalseAlarms+a.FalseValues > 0 {
				t.Errorf("one list, passed on, rang %d alarms and brought %d values into the true one", a.FalseAlarms, a.FalseValues)
			}
			if a.Limit {
				limits += a.FalseAlarms + a.Blocks
				return
			}
			if a.Blocks != 0 || a.FalseAlarms != 0 || a.FalseValues != 0 {
				t.Errorf("%d values blocked (%s), %d false alarms, %d false values in the true one; want none",
					a.Blocks, strings.Join(a.Blocked, ", "), a.FalseAlarms, a.FalseValues)
			}
			if len(a.Lost) > 0 {
				t.Errorf("protections lost: %s", strings.Join(a.Lost, ", "))
			}
			if a.Outbreak && (a.Delay == nil || *a.Delay > 0) {
				t.Errorf("the true alarm rang %s, want no later", a.delay())
			}
		})
	}
	// The scenario names what the rule openly allows. If none of it came about, a
	// score that is always zero would pass for a good one.
	if limits == 0 {
		t.Error("as many as the rule asks for achieved nothing: the score cannot tell")
	}
}

// holds is what holds for every attack, also for one that the rule allows.
func holds(t *testing.T, a AttackScore) {
	t.Helper()
	for _, text := range never {
		if slices.Contains(a.Blocked, text) {
			t.Errorf("%s was blocked", text)
		}
	}
	refused := 0
	for _, n := range a.Refused {
		refused += n
	}
	if refused+a.Blocks != a.Attempts {
		t.Errorf("%d values refused and %d blocked of %d", refused, a.Blocks, a.Attempts)
	}
	if slices.Contains(a.Blocked, "203.0.113.7") && a.AtOwner == 0 {
		t.Error("the hospital's own edge lets its address be blocked")
	}
}

// The kill switch is held open on the quiet day, and then nobody's word closes it.
func TestPoisonedKillSwitchStaysOpen(t *testing.T) {
	s := poisoned(t)
	s.Poison = slices.DeleteFunc(s.Poison, func(p Poison) bool { return !slices.Contains(p.Values, s.Worm.KillSwitch) })
	if len(s.Poison) == 0 {
		t.Fatal("no attack names the kill switch")
	}
	score, err := Poisoning(t.Context(), s, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range score.Attacks {
		if !a.Outbreak && (slices.Contains(a.Blocked, s.Worm.KillSwitch) || len(a.Lost) > 0) {
			t.Errorf("%s: blocked %v, lost %v", a.Attack, a.Blocked, a.Lost)
		}
	}
}

func TestPoisoningIsTheSameForTheSameSeed(t *testing.T) {
	s := poisoned(t)
	s.Poison = s.Poison[:3]
	first, err := Poisoning(t.Context(), s, 3)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Poisoning(t.Context(), s, 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same seed, another score (-first +again):\n%s", diff)
	}
}

func TestPoisonIsChecked(t *testing.T) {
	for _, test := range []struct {
		poison Poison
		want   string
	}{
		{Poison{Partners: 1}, "name is needed"},
		{Poison{Name: "x"}, "partners is 0"},
		{Poison{Name: "x", Partners: 1, Flood: -1}, "flood is -1"},
		{Poison{Name: "x", Partners: 1, Direction: "up"}, `direction is "up"`},
		{Poison{Name: "x", Partners: 1, Values: []string{"no value"}}, "no value"},
	} {
		s := poisoned(t)
		s.Poison = []Poison{test.poison}
		if _, err := Poisoning(t.Context(), s, 1); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want an error that says %q", test.poison, err, test.want)
		}
	}
}
