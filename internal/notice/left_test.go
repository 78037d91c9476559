package notice_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// TestWithdrawnOnTheWay: a channel to which an alert went, or may have gone, is told
// that it was withdrawn, and none to which it cannot have gone.
func TestWithdrawnOnTheWay(t *testing.T) {
	for name, c := range map[string]struct {
		before func(w *world)
		told   bool
	}{
		"it is being sent":  {func(*world) {}, true},
		"it was sent":       {func(w *world) { w.sends() }, true},
		"an attempt failed": {func(w *world) { w.fails(notice.Failure{Why: "timeout"}) }, true},
		"it was given up":   {func(w *world) { w.fails(notice.Failure{Why: "too large", Final: true}) }, true},
		"sent, and to come again": {func(w *world) {
			w.sends()
			w.pass(2 * time.Hour) // the step of the ladder falls into quiet hours
		}, true},
		"it waits for the morning": {func(w *world) { w.now = start.Add(-time.Minute) }, false},
	} {
		w := newWorld(t, notice.Config{}).partners(2)
		w.now = start.Add(-90 * time.Minute)
		if name == "it waits for the morning" {
			w.now = start
		}
		hook := w.channel(2, func(c *notice.Channel) { c.Quiet = &notice.Quiet{From: "08:00", Until: "12:00", Zone: "UTC"} })
		w.do(w.s.SetLadder(person(2, access.Contributor), notice.Ladder{Steps: []notice.Rung{{After: notice.Span(2 * time.Hour), Channels: []string{hook}}}}))
		alert := w.issue(func(a *notice.Alert) { a.Severity = notice.Warning }, access.Audience{})
		if c.told {
			c.before(w)
		}
		w.do(w.s.Withdraw(person(1, access.Coordinator), notice.Withdrawal{Alert: alert, Reason: "wrong"}))
		w.same(2)
		w.now = start.Add(6 * time.Hour)
		want := [][]string{}
		if c.told {
			want = [][]string{green("withdrawn: Patch MS17-010 now")}
		}
		wants(t, name, want, titles(w.sends()))
	}
}

// TestAnEscalationTwice: a step that was taken is not taken again.
func TestAnEscalationTwice(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	phone := w.channel(2, func(c *notice.Channel) { c.Standby = true })
	w.do(w.s.SetLadder(person(2, access.Contributor), notice.Ladder{Steps: []notice.Rung{
		{After: notice.Span(time.Hour), Channels: []string{phone}}, {After: notice.Span(2 * time.Hour), Channels: []string{phone}},
	}}))
	w.issue(nil, access.Audience{})
	w.pass(time.Hour)
	var step ledger.Entry
	for _, e := range w.entries {
		if e.Kind == notice.KindEscalated {
			step = e
		}
	}
	w.add(ledger.Draft{Kind: step.Kind, Actor: step.Actor, Body: step.Body})
	wants(t, "sent", 1, len(w.sends()))
	w.pass(time.Hour)
	wants(t, "the second step", 1, len(w.sends()))
}

// TestWhatWaitsSaysHowFarItClimbed: also where a worker has looked at it before.
func TestWhatWaitsSaysHowFarItClimbed(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	hook := w.channel(2, nil)
	phone := w.channel(2, func(c *notice.Channel) { c.Standby = true })
	w.do(w.s.SetLadder(person(2, access.Contributor), notice.Ladder{Steps: []notice.Rung{{After: notice.Span(time.Hour), Channels: []string{phone}}}}))
	w.issue(nil, access.Audience{})
	if due, _ := w.s.Due(w.now); len(due) != 1 || due[0].Channel.ID != hook || due[0].Notices[0].Escalated != 0 {
		t.Fatalf("due: %v", due)
	}
	w.pass(time.Hour)
	w.same(2)
	due, _ := w.s.Due(w.now)
	for _, d := range due {
		wants(t, "steps", 1, d.Notices[0].Escalated)
	}
}

// TestABusyReceiver: while it asks to be left alone nothing else is tried either.
func TestABusyReceiver(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(1)
	w.channel(1, nil)
	w.add(raising("one", notice.Warning, id(1)))
	w.fails(notice.Failure{Why: "429", After: time.Hour})
	w.pass(30 * time.Minute)
	w.add(raising("two", notice.Critical, id(1)))
	wants(t, "in the hour", 0, len(w.sends()))
	w.pass(40*time.Minute + time.Second)
	wants(t, "after it", 2, len(w.sends()))
}

func TestRecalls(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(4)
	recall := protect.Protection{ID: "protection--1", Value: observable.Value{Type: observable.Domain, Text: "one.example"}, Polarity: protect.Block, Status: protect.Revoked}
	w.add(draft(protect.KindDecided, access.Hub, access.Audience{TLP: access.Red, Recipients: []access.PartnerID{id(2), id(3)}}, recall))
	w.pass(10 * time.Second)
	wants(t, "of those who had it who may see it", map[int][]string{2: {"warning [TLP:RED] recalled, and it was in force with you: one.example"}}, w.inboxes(4))
	recall.Text = "two.example"
	for range 2 {
		w.add(draft(protect.KindDecided, access.Hub, community, recall))
		w.pass(10 * time.Second)
	}
	wants(t, "one by one", []string{
		"warning [TLP:GREEN] recalled, and it was in force with you: two.example", "warning [TLP:GREEN] recalled, and it was in force with you: two.example",
	}, w.inboxes(4)[1])
	w.same(4)
}
