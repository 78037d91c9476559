package demo_test

import (
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/demo"
	"github.com/tocsin-project/tocsin/internal/exercise"
)

// Whatever the real hub cannot play says why, and what to change.
func TestPlayable(t *testing.T) {
	for _, c := range []struct {
		name            string
		hosts, partners int
		want            string // in the error; empty: it can be played
	}{
		{"wannacry-12-may", 0, 0, ""},
		{"false-alarm", 0, 0, ""},
		{"slow-and-quiet", 0, 0, ""},
		{"slammer", 10_000, 0, "neither a file nor a kill switch"},
		{"wannacry-300k", 0, 0, "--partners"},
		{"wannacry-300k", 0, 48, "--hosts"},
		{"wannacry-300k", 20_000, 0, ""},
	} {
		s, err := exercise.Find(c.name)
		if err != nil {
			t.Fatal(err)
		}
		err = demo.Playable(s.Sized(c.hosts, c.partners, 0))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %d hosts and %d partners: %v, want %q", c.name, c.hosts, c.partners, err, c.want)
		}
	}
	s, err := exercise.Find("wannacry-12-may")
	if err != nil {
		t.Fatal(err)
	}
	s.StepSeconds = 0.5
	if err := demo.Playable(s); err == nil || !strings.Contains(err.Error(), "--hours") {
		t.Errorf("57,600 steps: %v", err)
	}
}
