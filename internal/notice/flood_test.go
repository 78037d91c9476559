package notice_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/response"
)

// contributor 1 opens and cancels so many actions.
func (w *world) churns(n int, change func(*response.Opening)) {
	w.t.Helper()
	for i := range n {
		action := response.ActionID(fmt.Sprintf("action--00000000-0000-4000-8000-%012d", i))
		w.add(opening(func(o *response.Opening) {
			o.ID = action
			change(o)
		}), draft(response.KindCancelled, string(id(1)), community, response.Reversal{Action: action, Reason: "no longer"}))
	}
}

// Whoever opens action after action has a few told one by one.
func TestApprovalsOfOneOpenerAreGathered(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(3)
	w.churns(40, func(o *response.Opening) {
		o.Approval, o.Authority, o.AskedOf = response.Needed, "", []string{string(id(9))}
	})
	w.pass(time.Hour)
	got := w.s.Inbox(person(2, access.Viewer), false)
	if len(got) != 6 || !strings.Contains(got[0].Title, "more actions of Partner 1 wait for the approval") {
		t.Errorf("%d notices, the newest %q: want five and one of the rest", len(got), got[0].Title)
	}
	w.pass(time.Minute)
	w.churns(1, func(o *response.Opening) {
		o.ID, o.Approval, o.AskedOf = "action--00000000-0000-4000-8000-000000000099", response.Needed, []string{string(id(9))}
	})
	if got := w.s.Inbox(person(2, access.Viewer), false); len(got) != 7 {
		t.Errorf("in the next hour: %d notices, want 7", len(got))
	}
}

// What any contributor can cause is told one by one up to a number an hour.
func TestOnePartnerCausesSoManyNotices(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(3)
	w.churns(100, func(*response.Opening) {})
	w.pass(time.Hour)
	got := w.s.Inbox(person(2, access.Viewer), false)
	if len(got) != 61 || !strings.Contains(got[0].Title, "Partner 1 has caused more notices than are told one by one") {
		t.Errorf("%d notices, the newest %q: want 60 and one of the rest", len(got), got[0].Title)
	}
}

// What waits for an acknowledgement stays, and climbs, however much is told after it.
func TestWhatWaitsIsNotPushedOut(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	pager := w.channel(2, func(c *notice.Channel) { c.Standby = true })
	w.do(w.s.SetLadder(person(2, access.Contributor), notice.Ladder{Steps: []notice.Rung{{After: notice.Span(time.Hour), Channels: []string{pager}}}}))
	w.add(draft(outbreak.KindRaised, access.Hub, community, outbreak.Outbreak{ID: "outbreak--1", Rule: "scans", Severity: outbreak.Severe}))
	for i := range 10_100 {
		w.add(draft(outbreak.KindEnded, access.Hub, community, outbreak.Outbreak{ID: fmt.Sprint(i), Rule: "other"}))
	}
	if n := len(w.s.Inbox(person(2, access.Viewer), false)); n != 10_000 {
		t.Errorf("the inbox holds %d", n)
	}
	waiting := w.s.Inbox(person(2, access.Viewer), true)
	if len(waiting) != 1 || waiting[0].Subject != "outbreak--1" {
		t.Fatalf("what waits: %v", waiting)
	}
	w.pass(time.Hour)
	if sent := w.sends(); len(sent) != 1 || sent[0].Channel.ID != pager {
		t.Errorf("the ladder told %v, want the pager once", titles(sent))
	}
}
