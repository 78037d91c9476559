package web_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/web"
)

// coordinator plays exercises at a hub that plays them as the test says.
func coordinator(t *testing.T, play func(context.Context, exercise.Player) (exercise.Comparison, error)) (s *site, acts func(form url.Values) int) {
	t.Helper()
	s = newSite(t, func(cfg *web.Config) {
		cfg.Logger = quiet()
		cfg.Play = func(ctx context.Context, p exercise.Player, _ exercise.Scenario, _ []uint64) (exercise.Comparison, error) {
			return play(ctx, p)
		}
	})
	_, secret := s.token(s.partner("Water works", "water", "NZ").ID, access.Coordinator)
	cookie := s.signIn(secret)
	return s, func(form url.Values) int {
		return s.post("/exercise", form, func(r *http.Request) { r.AddCookie(cookie) }).Code
	}
}

var anExercise = url.Values{"act": {"play"}, "scenario": {"wannacry-12-may"}, "hosts": {"1000"}, "hours": {"1"}, "seeds": {"1"}}

// A mistake in a simulation is said on the page, and the hub goes on.
func TestAnExerciseThatPanicsEndsNothingElse(t *testing.T) {
	s, acts := coordinator(t, func(context.Context, exercise.Player) (exercise.Comparison, error) {
		panic("a mistake in the simulation")
	})
	for range 2 { // the second is no conflict: the first is over
		if status := acts(anExercise); status != http.StatusSeeOther {
			t.Fatalf("play: status %d", status)
		}
		s.exercised("The exercise met with a problem")
	}
}

// Between spells of work it rests, on one processor, until it is stopped.
func TestAnExerciseRests(t *testing.T) {
	rested := make(chan time.Duration, 1)
	s, acts := coordinator(t, func(ctx context.Context, p exercise.Player) (exercise.Comparison, error) {
		if p.Workers != 1 {
			t.Errorf("it takes %d processors", p.Workers)
		}
		const work = 30 * time.Millisecond
		p.Rest()
		for began := time.Now(); time.Since(began) < work; {
		}
		began := time.Now()
		p.Rest()
		rested <- time.Since(began) - work
		<-ctx.Done()
		return exercise.Comparison{}, ctx.Err()
	})
	if status := acts(anExercise); status != http.StatusSeeOther {
		t.Fatalf("play: status %d", status)
	}
	if less := <-rested; less < 0 {
		t.Errorf("it rests %s less than it worked", -less)
	}
	if status := acts(url.Values{"act": {"stop"}}); status != http.StatusSeeOther {
		t.Errorf("stop: status %d", status)
	}
	s.exercised("Somebody stopped it")
}
