package duty_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
)

// openAs is a request of its own: one duty is open for each authority.
func openAs(n int) duty.Request {
	return duty.Request{Template: "nis2", Outbreak: wannacry, Aware: start, Authority: fmt.Sprint("authority ", n)}
}

func TestOpenDutiesAreBounded(t *testing.T) {
	s := newStory(t)
	var first duty.ID
	for n := range 50 {
		one, _, d, err := s.state.Open(who(1), openAs(n), s.now)
		if n == 0 {
			first = one
		}
		s.add(d, err)
	}
	if _, _, _, err := s.state.Open(who(1), openAs(50), s.now); !errors.Is(err, access.ErrConflict) || !strings.Contains(err.Error(), "open") {
		t.Errorf("one more: %v", err)
	}
	_, _, d, err := s.fresh().Open(who(1), openAs(50), s.now)
	s.add(d, err) // as if drafted at the same time
	if n := len(s.state.List(who(1), s.now)); n != 50 {
		t.Errorf("%d duties are there", n)
	}
	d, err = s.state.Close(who(1), duty.Closing{Duty: first, Reason: "done"}, s.now)
	s.add(d, err)
	_, _, d, err = s.state.Open(who(1), openAs(50), s.now)
	s.add(d, err)
	s.open(2, "nis2") // another partner's are its own
}

// Of one partner 8 MiB are kept, whoever writes the drafts; what was replaced
// takes nothing, and a duty can be closed whatever it holds.
func TestTextsAreBounded(t *testing.T) {
	s := newStory(t)
	var duties []duty.ID
	for n := range 50 {
		one, _, d, err := s.state.Open(who(1), openAs(n), s.now)
		s.add(d, err)
		duties = append(duties, one)
	}
	full := func(of duty.ID, stage string) duty.Submission {
		f, err := s.state.Form(who(1), of, stage, 0, s.now)
		if err != nil {
			t.Fatal(err)
		}
		fields := f.Texts()
		for key := range fields {
			fields[key] = strings.Repeat("x", 32<<10)
		}
		return duty.Submission{Duty: of, Stage: stage, Fields: fields}
	}
	for range 40 { // corrections: 40 times 160 KB of one stage
		d, err := s.state.Submit(who(1), full(duties[0], "early-warning"), s.now)
		s.add(d, err)
	}
	kept := 0
	for _, of := range duties {
		d, err := s.state.Submit(who(1), full(of, "early-warning"), s.now)
		if errors.Is(err, access.ErrConflict) {
			break
		}
		s.add(d, err)
		kept++
	}
	if kept < 40 || kept == len(duties) {
		t.Fatalf("%d forms of 160 KB are kept", kept)
	}
	b := full(duties[kept], "early-warning")
	empty := s.fresh()
	for _, e := range s.log[:len(duties)] {
		if err := empty.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	d, err := empty.Submit(who(1), b, s.now)
	s.add(d, err)
	if v := s.stage(1, duties[kept], "early-warning"); v.Times != 0 {
		t.Errorf("beyond the bound: %+v", v)
	}
	for _, of := range duties {
		d, err := s.state.Close(who(1), duty.Closing{Duty: of, Reason: strings.Repeat("r", 4096)}, s.now)
		s.add(d, err)
	}
	rebuilt := s.fresh()
	for _, e := range s.log {
		if err := rebuilt.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(s.state.List(who(1), s.now), rebuilt.List(who(1), s.now)); diff != "" {
		t.Error(diff)
	}
}
