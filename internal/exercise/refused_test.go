package exercise_test

import (
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

func TestWhatCannotBePlayedIsSaidPlainly(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{minimal + "susceptible = [0.9, 0.1]\n", "worm.susceptible is [0.9, 0.1]: the lower is above the upper"},
		{minimal + "kill_switch = \"no name\"\n", "worm.kill_switch: "},
		{minimal + "file_name = \"f\"\nsha256 = \"00\"\n", "worm.sha256: "},
		{minimal + "[defence]\nalone = { p95_s = 60.0 }\n", "defence.alone.p95_s is 60 without a median"},
		{minimal + "[defence]\nalone = { median_s = 600.0, p95_s = 60.0 }\n", "defence.alone.p95_s is 60, it must be from 600 to 100,000,000"},
		{minimal + "[netpork]\nsweeps_per_day = 1.0\n", "unknown key netpork, line 12"},
		{minimal + "sedes = 1\n", "unknown key worm.sedes, line 12"},
		{strings.Replace(minimal, "hosts = 10", "hosts = 30000000", 1), "hosts is 30,000,000, it must be from 2 to 20,000,000"},
	} {
		if _, err := exercise.Parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	s, err := exercise.Parse(minimal)
	if err != nil || s.Title != "x" {
		t.Errorf("%v: title %q, want the name", err, s.Title)
	}
}

// What is smaller is entered less often, and the table says when there is not
// as much to enter as was asked for.
func TestFirstInfectionsFollowTheSize(t *testing.T) {
	for _, c := range []struct {
		name                  string
		hosts, partners, want int
	}{
		{"wannacry-300k", 0, 0, 10}, {"wannacry-300k", 1_000_000, 0, 1}, {"wannacry-300k", 5_000_000, 0, 5}, {"wannacry-300k", 20_000, 0, 1},
		{"wannacry-12-may", 24_000, 0, 6}, {"wannacry-12-may", 0, 16, 2}, {"false-alarm", 2000, 2, 0},
	} {
		if got := find(t, c.name).Sized(c.hosts, c.partners, 0).Worm.Seeds; got != c.want {
			t.Errorf("%+v: %d first infections", c, got)
		}
	}
	s := find(t, "wannacry-12-may").Sized(600, 4, 0.1)
	s.Worm.Seeds = 9
	var table strings.Builder
	if err := compare(t, s, 1).Table(&table); err != nil || !strings.Contains(table.String(), "it enters at 4 of the 9 that worm.seeds asks for") {
		t.Errorf("%v\n%s", err, table.String())
	}
}
