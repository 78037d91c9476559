package exercise_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

func TestWhatIf(t *testing.T) {
	s := find(t, "wannacry-12-may")
	s.Hours, s.Defence.TakingPart, s.Defence.Covers = 4, 0.6, 0.9
	s.Defence.Decision, s.Defence.Applied = exercise.Delay{Median: 900, P95: 1800}, exercise.Delay{Median: 120, P95: 600}
	ask := func() exercise.WhatIf {
		w, err := exercise.Ask(t.Context(), s, seeds(9))
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := ask()
	if diff := cmp.Diff(w, ask()); diff != "" {
		t.Errorf("the same question has two answers:\n%s", diff)
	}
	saved := map[string]float64{}
	for _, v := range w.Variants {
		saved[v.Name] = *v.Saved.P50
	}
	for name, better := range map[string]bool{
		"no sharing at all": false, "a poll a day instead of an hour": false,
		"five minutes instead of an hour": true, "push instead of an hour": true,
		"30 % more partners (78 % instead of 60 %)": true, "30 % more partners (78 % instead of 60 %), and push": true,
		"the rule decides at once": true, "a protection covers every host": true,
		"all of the best together, and push": true,
	} {
		if got, ok := saved[name]; !ok || got > 0 != better {
			t.Errorf("%q saves %g hosts (asked: %t), want better: %t", name, got, ok, better)
		}
	}
	var table bytes.Buffer
	if err := w.Table(&table); err != nil || !strings.Contains(table.String(), "30 % more partners") {
		t.Errorf("%v:\n%s", err, table.String())
	}
	if text := w.Answer; !strings.Contains(text, "30 % more partners (78 % instead of 60 %) would have saved ") || !strings.Contains(text, "minutes instead of an hour would have saved ") {
		t.Errorf("the answer is %q", text)
	}
	// Of eight in ten there are not 30 % more to be had.
	s.Defence.TakingPart = 0.8
	full, err := exercise.Ask(t.Context(), s, seeds(9))
	if err != nil || !strings.Contains(full.Answer, "that 30 % more partners take part (80 % instead of 62 %) saved ") || full.Variants[0].Name != "every partner takes part (25 % more than 80 %)" {
		t.Errorf("%v: %q, %q", err, full.Answer, full.Variants[0].Name)
	}
	if _, err := exercise.Ask(t.Context(), s, nil); err == nil {
		t.Error("no seeds are accepted")
	}
}

// Whoever scans is heard in time; where there is no worm, nobody rings.
func TestEarlyWarning(t *testing.T) {
	for _, name := range []string{"slammer", "wannacry-12-may"} {
		s := find(t, name)
		s.Network.Monitored = 0 // by the partners' own hosts alone, which is quick to play
		w, err := exercise.EarlyWarning(t.Context(), s, seeds(5))
		if err != nil {
			t.Fatal(err)
		}
		if w.Rung != 5 || w.False != 0 || w.BeforeOne != 5 || *w.Share.P95 >= 0.01 {
			t.Errorf("%+v", w)
		}
	}
	w, err := exercise.EarlyWarning(t.Context(), find(t, "false-alarm"), seeds(1))
	if err != nil || w.Rung != 0 {
		t.Errorf("%v, %+v", err, w)
	}
}

func TestPoolingNeedsSomethingToCount(t *testing.T) {
	if _, err := exercise.Pooling(t.Context(), find(t, "wannacry-12-may"), seeds(1)); err == nil || !strings.Contains(err.Error(), "monitored") {
		t.Errorf("nobody counts, and yet: %v", err)
	}
}

func TestSized(t *testing.T) {
	s := find(t, "wannacry-300k")
	for _, c := range []struct{ hosts, partners, wantHosts, want int }{
		{0, 0, 10_000_000, 10_000}, {1_000_000, 0, 1_000_000, 1000}, {20_000, 0, 20_000, 48}, {20, 0, 20, 20},
		{20_000, 7, 20_000, 7}, {0, 7, 10_000_000, 7}, {20_000_000, 0, 20_000_000, 10_000},
	} {
		got := s.Sized(c.hosts, c.partners, 0)
		if got.Hosts != c.wantHosts || got.Partners != c.want || got.Hours != s.Hours || got.Validate() != nil {
			t.Errorf("%+v gives %d hosts at %d partners: %v", c, got.Hosts, got.Partners, got.Validate())
		}
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct{ path, want string }{
		{write("long.toml", strings.Repeat("# nothing\n", 200_000)), "longer than"},
		{write("empty.toml", ""), "empty.toml"},
		{write("speed.toml", minimal+"doubling_minutes = 1.0\n"), "needed once"},
		{filepath.Join(dir, "none.toml"), "no such file"},
		{"nothing", "wannacry-12-may"},
	} {
		if _, err := exercise.Open(c.path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.path, err, c.want)
		}
	}
	s, err := exercise.Open(write("good.toml", minimal))
	if err != nil || s.StepSeconds != 10 || s.Defence.TakingPart != 1 || s.Defence.Push.Median != 5 {
		t.Errorf("%v: %+v", err, s)
	}
}

// minimal is a scenario with nothing that can be left out.
const minimal = `name = "x"
start = 2017-05-12T07:24:00Z
hours = 1.0
partners = 2
hosts = 10
log = { flow_sampling = 1.0 }
[worm]
port = 445
scans_per_second = 1.0
inside_doubling_minutes = 1.0
between_doubling_minutes = 1.0
`
