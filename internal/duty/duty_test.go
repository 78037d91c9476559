package duty_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

var administrator = access.Principal{Role: access.Administrator, Communities: []string{access.DefaultCommunity}}

// A form is filled from the board as its partner may see it, and kept word by word
// once it is submitted; a correction stands beside it.
func TestForm(t *testing.T) {
	s := newStory(t)
	one := s.open(1, "nis2")
	f, err := s.state.Form(who(1), one, "early-warning", 0, s.now)
	if err != nil || f.Number != 0 || len(f.Missing()) != 0 {
		t.Fatalf("%+v, %v", f, err)
	}
	want := map[string]string{
		"reporter": "reporter for " + string(id(1)), "aware": "2026-01-30T09:00:00Z", "incident": "incident for " + string(id(1)),
		"malicious": "malicious for " + string(id(1)), "cross-border": "borders for " + string(id(1)),
	}
	if diff := cmp.Diff(want, f.Texts()); diff != "" {
		t.Error(diff)
	}
	want["incident"] = "line one\n\tline \"two\" <b>"
	sent := duty.Submission{Duty: one, Stage: "early-warning", Fields: maps.Clone(want)}
	d, err := s.state.Submit(who(1), sent, s.now)
	s.add(d, err)
	first, err := s.state.Form(who(1), one, "early-warning", 0, s.now)
	if diff := cmp.Diff(want, first.Texts()); err != nil || diff != "" || !first.Submitted.Equal(start) || first.Replaced {
		t.Errorf("the first: %v\n%s", err, diff)
	}
	sent.Fields["incident"] = "corrected"
	s.now = s.now.Add(time.Hour)
	d, err = s.state.Submit(who(1), sent, s.now)
	s.add(d, err)
	old, err := s.state.Form(who(1), one, "early-warning", 1, s.now)
	digest := fmt.Sprintf("%x", sha256.Sum256(s.log[1].Body))
	if err != nil || !old.Submitted.Equal(start) || !old.Replaced || old.Entry != s.log[1].Seq || old.Digest != digest || len(old.Fields) != 0 || !strings.Contains(old.Text(), "entry 2 of the ledger (SHA-256 "+digest+")") {
		t.Errorf("the first once it is corrected: %+v, %v", old, err)
	}
	if latest, err := s.state.Form(who(1), one, "early-warning", 0, s.now); err != nil || latest.Number != 2 || latest.Texts()["incident"] != "corrected" {
		t.Errorf("the latest: %+v, %v", latest, err)
	}
	if _, err := s.state.Form(who(1), one, "early-warning", 3, s.now); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a third: %v", err)
	}
	text := first.Text()
	for _, part := range []string{"Article 23(4)(a)", "submitted 2026-01-30T09:00:00Z", "3. The incident in short\n   line one\n   \tline \"two\" <b>\n", "Deadline: 2026-01-31T09:00:00Z"} {
		if !strings.Contains(text, part) {
			t.Errorf("the text has no %q:\n%s", part, text)
		}
	}
	page, err := first.HTML()
	if err != nil || !strings.Contains(page, "&lt;b&gt;") || strings.Contains(page, "<b>") || !strings.Contains(page, "2026-01-31T09:00:00Z") {
		t.Errorf("%v in\n%s", err, page)
	}
}

// A duty is its partner's alone, and theirs whom it chose for this one: they see
// deadlines and what was submitted, never what the board would fill in.
func TestWhoSees(t *testing.T) {
	s := newStory(t)
	one, other := s.open(1, "nis2"), s.open(1, "nis2-trust-service")
	s.add(s.state.Share(who(1), duty.Sharing{Duty: one, With: []access.PartnerID{id(2), id(3)}}, s.now))
	for _, p := range []access.Principal{who(4), administrator, access.Visitor} {
		if list := s.state.List(p, s.now); len(list) != 0 {
			t.Errorf("%s sees %+v", p.Actor(), list)
		}
		if _, err := s.state.Form(p, one, "final", 0, s.now); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%s is given a form: %v", p.Actor(), err)
		}
	}
	list := s.state.List(who(2), s.now)
	if len(list) != 1 || list[0].ID != one || len(list[0].With) != 1 || list[0].With[0] != id(2) {
		t.Errorf("who was chosen sees %+v", list)
	}
	if _, err := s.state.Form(who(2), one, "early-warning", 0, s.now); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a draft is shown: %v", err)
	}
	s.submit(1, one, "early-warning")
	if f, err := s.state.Form(who(2), one, "early-warning", 0, s.now); err != nil || f.Number != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := s.state.Waive(who(2), duty.Waiver{Duty: one, Stage: "final", Reason: "x"}, s.now); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("who was chosen waives: %v", err)
	}
	if _, err := s.state.Close(who(2), duty.Closing{Duty: other, Reason: "x"}, s.now); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("who was not chosen is told that it exists: %v", err)
	}
	s.add(s.state.Share(who(1), duty.Sharing{Duty: one}, s.now))
	if list := s.state.List(who(2), s.now); len(list) != 0 {
		t.Errorf("who is no longer chosen sees %+v", list)
	}
	// An entry in another's name changes nothing.
	for _, kind := range []ledger.Kind{duty.KindClosed, duty.KindWarned} {
		d, err := ledger.NewDraft(kind, string(id(2)), "red ", map[string]any{"duty": one, "reason": "x", "stage": "final", "deadline": start, "due": start})
		s.add(d, err)
	}
	if d, err := s.state.Get(who(1), one, s.now); err != nil || !d.Closed.IsZero() {
		t.Errorf("%+v, %v", d, err)
	}
	late := start.Add(72 * time.Hour)
	d, err := ledger.NewDraft(duty.KindWarned, string(id(1)), "red ", duty.Warning{Duty: one, Stage: "notification", Left: duty.Late, Due: late, Deadline: late})
	s.add(d, err)
	s.now = late
	if list := s.warnings(); len(list) != 3 || list[2].Duty != one && list[1].Duty != one {
		t.Errorf("who forges a warning is not warned: %+v", list)
	}
}

func TestRefused(t *testing.T) {
	s := newStory(t)
	one := s.open(1, "nis2")
	ask := duty.Request{Template: "nis2", Outbreak: wannacry, Aware: start}
	open := func(name string, by access.Principal, change func(*duty.Request), kind error, says string) {
		t.Helper()
		q := ask
		change(&q)
		if _, _, _, err := s.state.Open(by, q, s.now); !errors.Is(err, kind) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	open("aware tomorrow", who(2), func(q *duty.Request) { q.Aware = start.Add(time.Minute) }, access.ErrInvalid, "future")
	open("aware never", who(2), func(q *duty.Request) { q.Aware = time.Time{} }, access.ErrInvalid, "aware_at is missing")
	open("aware long ago", who(2), func(q *duty.Request) { q.Aware = start.AddDate(-11, 0, 0) }, access.ErrInvalid, "ten years")
	open("an outbreak", who(2), func(q *duty.Request) { q.Outbreak = "outbreak--x" }, access.ErrNotFound, "outbreak--x")
	open("a template", who(2), func(q *duty.Request) { q.Template = "gdpr" }, access.ErrNotFound, "gdpr")
	open("a viewer", access.Principal{Partner: id(2), Role: access.Viewer}, func(*duty.Request) {}, access.ErrForbidden, "contributor")
	open("no partner", administrator, func(*duty.Request) {}, access.ErrForbidden, "partner")
	open("twice", who(1), func(*duty.Request) {}, access.ErrConflict, string(one))
	if _, warnings, _, err := s.state.Open(who(2), duty.Request{Template: "nis2", Outbreak: wannacry, Aware: start.Add(-25 * time.Hour)}, s.now); err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "Early warning") {
		t.Errorf("aware yesterday: %q, %v", warnings, err)
	}
	full := map[string]string{"reporter": "a", "aware": "b", "incident": "c", "malicious": "d", "cross-border": "e"}
	submit := func(name string, stage string, change func(map[string]string), kind error, says string) {
		t.Helper()
		fields := maps.Clone(full)
		change(fields)
		if _, err := s.state.Submit(who(1), duty.Submission{Duty: one, Stage: stage, Fields: fields}, s.now); !errors.Is(err, kind) || kind != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	submit("whole", "early-warning", func(map[string]string) {}, nil, "")
	submit("a stage", "first", func(map[string]string) {}, access.ErrNotFound, "early-warning, notification")
	submit("a field is missing", "early-warning", func(f map[string]string) { delete(f, "malicious") }, access.ErrInvalid, "malicious")
	submit("a field is blank", "early-warning", func(f map[string]string) { f["aware"] = " \n" }, access.ErrInvalid, "aware")
	submit("a field too many", "early-warning", func(f map[string]string) { f["other"] = "x" }, access.ErrInvalid, "fields/other")
	submit("a long field", "early-warning", func(f map[string]string) { f["aware"] = strings.Repeat("x", 33<<10) }, access.ErrInvalid, "bytes")
	submit("a terminal's commands", "early-warning", func(f map[string]string) { f["aware"] = "\x1b[2J" }, access.ErrInvalid, "control characters")
	s.submit(1, one, "early-warning")
	if _, err := s.state.Waive(who(1), duty.Waiver{Duty: one, Stage: "early-warning", Reason: "x"}, s.now); !errors.Is(err, access.ErrConflict) {
		t.Errorf("what was submitted is waived: %v", err)
	}
	if _, err := s.state.Waive(who(1), duty.Waiver{Duty: one, Stage: "final"}, s.now); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("without a reason: %v", err)
	}
	for name, at := range map[string]time.Time{"before it was known": start.Add(-time.Hour), "tomorrow": start.Add(time.Hour)} {
		if _, err := s.state.Handle(who(1), duty.Handled{Duty: one, At: at}, s.now); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("handled %s: %v", name, err)
		}
	}
	s.add(s.state.Close(who(1), duty.Closing{Duty: one, Reason: "over"}, s.now))
	submit("closed", "final", func(map[string]string) {}, access.ErrConflict, "closed")
}

// What is waived can be submitted after all; a stage that counts from one that is
// waived has no deadline, and says so.
func TestWaived(t *testing.T) {
	s := newStory(t)
	one := s.open(1, "nis2")
	d, err := s.state.Waive(who(1), duty.Waiver{Duty: one, Stage: "notification", Reason: "not significant after all"}, s.now)
	s.add(d, err)
	if v := s.stage(1, one, "notification"); v.Status != duty.Waived || v.Because != "not significant after all" {
		t.Errorf("%+v", v)
	}
	if v := s.stage(1, one, "final"); v.Status != duty.Waiting || !strings.Contains(v.Because, "no deadline") {
		t.Errorf("%+v", v)
	}
	s.submit(1, one, "notification")
	if v := s.stage(1, one, "final"); v.Status != duty.Due || v.Deadline.IsZero() {
		t.Errorf("%+v", v)
	}
}
