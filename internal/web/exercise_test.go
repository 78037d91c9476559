package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// exercised waits until the exercise page says something.
func (s *site) exercised(want string, cookies ...*http.Cookie) (page string) {
	s.t.Helper()
	for began := time.Now(); time.Since(began) < 2*time.Minute; time.Sleep(20 * time.Millisecond) {
		if page = s.page("/exercise", cookies...); strings.Contains(page, want) {
			return page
		}
	}
	s.t.Fatalf("the exercise does not get to %q:\n%s", want, page)
	return ""
}

// A coordinator plays a scenario and everybody sees what came of it.
func TestAnExerciseIsPlayed(t *testing.T) {
	s := newSite(t)
	p := s.partner("Water works", "water", "NZ")
	_, secret := s.token(p.ID, access.Coordinator)
	_, low := s.token(p.ID, access.Analyst)
	coordinator, analyst := s.signIn(secret), s.signIn(low)
	with := func(c *http.Cookie) func(*http.Request) { return func(r *http.Request) { r.AddCookie(c) } }
	form := url.Values{"act": {"play"}, "scenario": {"wannacry-12-may"}, "hosts": {"2000"}, "hours": {"4"}, "seeds": {"3"}}

	for reader, page := range map[string]string{"guest": s.page("/exercise"), "analyst": s.page("/exercise", analyst)} {
		if !strings.Contains(page, "A simulation.") || strings.Contains(page, "<select") {
			t.Errorf("%s: the page does not say what it is, or offers what the reader may not do", reader)
		}
	}
	if w := s.post("/exercise", form, with(analyst)); w.Code != http.StatusForbidden {
		t.Errorf("an analyst plays: status %d", w.Code)
	}
	for field, value := range map[string]string{"hosts": "1000000", "seeds": "0", "hours": "x", "taking-part": "101", "scenario": "poisoned"} {
		wrong := url.Values{}
		for k, v := range form {
			wrong[k] = v
		}
		wrong.Set(field, value)
		if w := s.post("/exercise", wrong, with(coordinator)); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `role="alert"`) {
			t.Errorf("%s %s: status %d", field, value, w.Code)
		}
	}
	if page := s.page("/exercise", coordinator); !strings.Contains(page, "No exercise has been played") {
		t.Error("what was refused is played")
	}
	if w := s.post("/exercise", form, with(coordinator)); w.Code != http.StatusSeeOther {
		t.Fatalf("play: status %d:\n%s", w.Code, w.Body)
	}
	page := s.exercised("What sharing saved")
	for _, want := range []string{"no sharing", "daily", "hourly", "five-minute", "push", "<svg", "never", "Water works", "TLP:CLEAR"} {
		if !strings.Contains(page, want) {
			t.Errorf("the result does not show %q", want)
		}
	}
	if complaints := foreign(t, page); len(complaints) > 0 || len(page) > 150<<10 {
		t.Errorf("%d bytes, %v", len(page), complaints)
	}
}

// One is played at a time, and can be stopped.
func TestAnExerciseIsStopped(t *testing.T) {
	s := newSite(t)
	_, secret := s.token(s.partner("Water works", "water", "NZ").ID, access.Coordinator)
	c := s.signIn(secret)
	with := func(r *http.Request) { r.AddCookie(c) }
	long := url.Values{"act": {"play"}, "scenario": {"slow-and-quiet"}, "hosts": {"100000"}, "seeds": {"20"}}
	if w := s.post("/exercise", long, with); w.Code != http.StatusSeeOther {
		t.Fatalf("play: status %d", w.Code)
	}
	s.exercised("Being played", c)
	if w := s.post("/exercise", long, with); w.Code != http.StatusConflict {
		t.Errorf("a second one: status %d", w.Code)
	}
	if page := s.page("/exercise"); strings.Contains(page, `value="stop"`) {
		t.Error("a guest is offered to stop it")
	}
	if w := s.post("/exercise", url.Values{"act": {"stop"}}, with); w.Code != http.StatusSeeOther {
		t.Errorf("stop: status %d", w.Code)
	}
	s.exercised("Somebody stopped it", c)
	if w := s.post("/exercise", url.Values{"act": {"stop"}}, with); w.Code != http.StatusConflict {
		t.Errorf("stop what is over: status %d", w.Code)
	}
}
