package duty_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// The deadlines of NIS2: 24 and 72 hours from becoming aware, and a month from the
// submission of the notification, which a correction of it does not move.
func TestDeadlinesOfNIS2(t *testing.T) {
	s := newStory(t)
	s.now = start.Add(time.Hour)
	one, trust := s.open(1, "nis2"), s.open(1, "nis2-trust-service")
	deadline := func(of duty.ID, stage, want string) {
		t.Helper()
		got := s.stage(1, of, stage).Deadline
		if want == "" && !got.IsZero() || want != "" && !got.Equal(at(want)) {
			t.Errorf("%s is due %s, want %s", stage, got, want)
		}
	}
	deadline(one, "early-warning", "2026-01-31T09:00:00Z")
	deadline(one, "notification", "2026-02-02T09:00:00Z")
	deadline(one, "intermediate", "")
	deadline(one, "final", "")
	deadline(trust, "notification", "2026-01-31T09:00:00Z")
	if v := s.stage(1, one, "final"); v.Status != duty.Waiting || v.Because == "" {
		t.Errorf("the final report: %+v", v)
	}
	s.now = at("2026-01-31T11:00:00Z")
	s.submit(1, one, "early-warning")
	if v := s.stage(1, one, "early-warning"); v.Status != duty.Submitted || !v.Late || !v.Submitted.Equal(s.now) {
		t.Errorf("two hours late: %+v", v)
	}
	s.submit(1, one, "notification")
	deadline(one, "final", "2026-02-28T11:00:00Z") // 31 January and a month
	s.now = at("2026-02-10T11:00:00Z")
	s.submit(1, one, "notification")
	deadline(one, "final", "2026-02-28T11:00:00Z")
	if v := s.stage(1, one, "notification"); v.Times != 2 || v.Late {
		t.Errorf("after a correction: %+v", v)
	}
	s.now = at("2026-02-28T11:00:01Z")
	if v := s.stage(1, one, "final"); v.Status != duty.Overdue || v.LeftS != -1 {
		t.Errorf("a second late: %+v", v)
	}
}

// While the incident lasts a progress report stands in for the final one, which is
// due a month after the incident was handled (Article 23(4)(e)).
func TestProgressDefersTheFinalReport(t *testing.T) {
	s := newStory(t)
	one := s.open(1, "nis2")
	s.submit(1, one, "notification") // 30 January: final on 28 February
	if v := s.stage(1, one, "progress"); v.Status != duty.OnRequest || !v.Deadline.Equal(at("2026-02-28T09:00:00Z")) {
		t.Errorf("progress: %+v", v)
	}
	s.now = at("2026-02-27T00:00:00Z")
	s.submit(1, one, "progress")
	if v := s.stage(1, one, "final"); v.Status != duty.Waiting || !v.Deadline.IsZero() {
		t.Errorf("the final report while it lasts: %+v", v)
	}
	s.now = at("2026-05-01T00:00:00Z")
	if list := s.warnings(); len(list) != 1 || list[0].Stage != "early-warning" {
		t.Errorf("warned of %+v", list)
	}
	d, err := s.state.Handle(who(1), duty.Handled{Duty: one, At: at("2026-03-31T12:00:00+02:00")}, s.now)
	s.add(d, err)
	if v := s.stage(1, one, "final"); v.Status != duty.Overdue || !v.Deadline.Equal(at("2026-04-30T10:00:00Z")) {
		t.Errorf("the final report after it was handled: %+v", v)
	}
	if list := s.warnings(); len(list) != 1 || list[0].Stage != "final" || list[0].Left != duty.Late {
		t.Errorf("warned of %+v", list)
	}
}

// Warned at three quarters of the time, an hour before, and when it is over; each
// once, in time's order, to the partner alone.
func TestWarnings(t *testing.T) {
	s := newStory(t)
	one := s.open(1, "nis2")
	type word struct {
		At, Stage string
		Left      duty.Left
	}
	var got []word
	for s.now = start; s.now.Before(start.Add(80 * time.Hour)); s.now = s.now.Add(time.Minute) {
		for range 2 {
			for _, w := range s.warnings() {
				got = append(got, word{s.now.Format(time.RFC3339), w.Stage, w.Left})
				if w.Duty != one || w.Partner != id(1) || w.Outbreak != wannacry || !w.Due.Equal(s.now) {
					t.Errorf("%+v", w)
				}
			}
		}
	}
	if diff := cmp.Diff([]word{
		{"2026-01-31T03:00:00Z", "early-warning", duty.Soon}, {"2026-01-31T08:00:00Z", "early-warning", duty.Soon}, {"2026-01-31T09:00:00Z", "early-warning", duty.Late},
		{"2026-02-01T15:00:00Z", "notification", duty.Soon}, {"2026-02-02T08:00:00Z", "notification", duty.Soon}, {"2026-02-02T09:00:00Z", "notification", duty.Late},
	}, got); diff != "" {
		t.Error(diff)
	}
	for _, e := range s.log[1:] {
		a, err := access.ParseAudience(e.Audience)
		if err != nil || !who(1).MaySee(access.Hub, a) || who(2).MaySee(access.Hub, a) {
			t.Errorf("audience %q, %v", e.Audience, err)
		}
	}
	// After a standstill only the last word is said, and said again until it is on the
	// ledger, of nothing that was submitted, waived or closed.
	s = newStory(t)
	waived, closed, sent := s.open(1, "nis2"), s.open(2, "nis2"), s.open(3, "nis2")
	d, err := s.state.Waive(who(1), duty.Waiver{Duty: waived, Stage: "early-warning", Reason: "not significant"}, s.now)
	s.add(d, err)
	d, err = s.state.Close(who(2), duty.Closing{Duty: closed, Reason: "another reports"}, s.now)
	s.add(d, err)
	s.submit(3, sent, "early-warning")
	s.submit(3, sent, "notification")
	s.now = start.Add(1000 * time.Hour)
	if first, again := s.state.Pending(s.now), s.state.Pending(s.now); len(first) != 2 || cmp.Diff(first, again) != "" {
		t.Errorf("pending %d, and then differs by\n%s", len(first), cmp.Diff(first, again))
	}
	list := s.warnings()
	if len(list) != 2 || list[0].Stage != "notification" || list[0].Duty != waived || list[1].Duty != sent || list[1].Stage != "final" || list[1].Left != duty.Late {
		t.Errorf("warned of %+v", list)
	}
	if more := s.warnings(); len(more) != 0 {
		t.Errorf("warned twice of %+v", more)
	}
}
