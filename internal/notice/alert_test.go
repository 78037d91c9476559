package notice_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/response"
)

type responseCallID = response.CallID

func TestAnAlertReachesWhomItIsFor(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(9)
	hook := w.channel(3, nil)
	w.channel(2, nil)
	alert := w.issue(func(a *notice.Alert) { a.To.Sectors = []string{"healthcare"} }, access.Audience{})
	wants(t, "entries for three partners", 1, w.count(notice.KindRaised))
	sent := w.sends()
	wants(t, "sent", [][]string{{"[TLP:GREEN] Patch MS17-010 now"}}, titles(sent))
	wants(t, "to", hook, sent[0].Channel.ID)
	wants(t, "inbox of one it is not for", []notice.Notice{}, w.s.Inbox(person(2, access.Viewer), false))
	inbox := w.s.Inbox(person(6, access.Viewer), true)
	if len(inbox) != 1 || !inbox[0].NeedsAck || inbox[0].Text != "It spreads by SMB." || inbox[0].Subject != string(alert) {
		t.Fatalf("inbox of one without a channel: %+v", inbox)
	}

	w.pass(time.Minute)
	w.do(w.s.AcknowledgeAlert(person(3, access.Contributor), notice.Acknowledgement{Alert: alert, Words: "patched"}))
	w.do(w.s.Acknowledge(person(6, access.Contributor), notice.Reading{Notices: []string{inbox[0].ID}}))
	status, err := w.s.AlertOf(person(1, access.Coordinator), alert)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "waiting", []access.PartnerID{id(9)}, status.Waiting)
	wants(t, "answers", []notice.Answer{
		{Partner: id(3), At: w.now, AfterS: 60, Words: "patched"}, {Partner: id(6), At: w.now, AfterS: 60},
	}, status.Answers)
	on := w.s.AlertsOn(person(2, access.Contributor), "CVE-2017-0144")
	if len(on) != 1 || on[0].Answers != nil || on[0].Waiting != nil || on[0].Acknowledged != nil || on[0].Reached != nil {
		t.Errorf("of fewer than five organisations others are told a number: %+v", on)
	}
	wants(t, "unacknowledged", []notice.Notice{}, w.s.Inbox(person(6, access.Viewer), true))
	w.same(9)
}

// TestCountsOfAlerts: others than coordinators are told numbers of organisations, and
// none behind which are fewer than five.
func TestCountsOfAlerts(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(13)
	alert := w.issue(nil, access.Audience{})
	told := func() (reached, acknowledged int) {
		status, err := w.s.AlertOf(person(2, access.Contributor), alert)
		if err != nil {
			t.Fatal(err)
		}
		reached, acknowledged = -1, -1
		if status.Reached != nil {
			reached = *status.Reached
		}
		if status.Acknowledged != nil {
			acknowledged = *status.Acknowledged
		}
		return reached, acknowledged
	}
	for n := 2; n <= 13; n++ {
		w.do(w.s.AcknowledgeAlert(person(n, access.Contributor), notice.Acknowledgement{Alert: alert}))
		reached, acknowledged := told()
		want := -1
		if done := n - 1; done >= 5 && 12-done >= 5 || done == 12 {
			want = done
		}
		wants(t, "counts", [2]int{12, want}, [2]int{reached, acknowledged})
	}
}

func TestWithdrawal(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(4)
	w.channel(2, nil)
	w.channel(3, func(c *notice.Channel) {
		c.Digest = notice.Span(time.Hour)
		c.Quiet = &notice.Quiet{From: "01:00", Until: "02:00", Zone: "UTC"}
	})
	alert := w.issue(func(a *notice.Alert) { a.Severity = notice.Warning }, access.Audience{})
	wants(t, "sent at first", [][]string{{"[TLP:GREEN] Patch MS17-010 now"}}, titles(w.sends()))
	w.pass(time.Minute)
	if _, err := w.s.Withdraw(person(2, access.Coordinator), notice.Withdrawal{Alert: alert, Reason: "no"}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("another partner withdraws it: %v", err)
	}
	w.do(w.s.Withdraw(person(1, access.Coordinator), notice.Withdrawal{Alert: alert, Reason: "the wrong CVE"}))
	sent := w.sends()
	wants(t, "sent where it had been", [][]string{{"[TLP:GREEN] withdrawn: Patch MS17-010 now"}}, titles(sent))
	wants(t, "to", []access.PartnerID{id(2)}, partnersOf(sent))
	w.pass(2 * time.Hour)
	wants(t, "the digest that would have told of it", 0, len(w.sends()))
	inbox := w.s.Inbox(person(3, access.Viewer), false)
	if len(inbox) != 2 || !inbox[1].Withdrawn || inbox[0].Text != "the wrong CVE" {
		t.Errorf("inbox: %+v", inbox)
	}
	wants(t, "needs acknowledging", 0, len(w.s.Inbox(person(3, access.Viewer), true)))
	wants(t, "told who issued it of those who have not acknowledged", 0, len(w.s.Inbox(person(1, access.Viewer), false)))
	if _, err := w.s.Withdraw(person(1, access.Coordinator), notice.Withdrawal{Alert: alert, Reason: "again"}); !errors.Is(err, access.ErrConflict) {
		t.Errorf("withdrawn twice: %v", err)
	}
	w.same(4)
}

func TestCorrection(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(6)
	first := w.issue(nil, access.Audience{}) // to 2..6
	second := w.issue(func(a *notice.Alert) {
		a.Title, a.Replaces, a.To.Sectors = "Patch MS17-010, and restart", first, []string{"healthcare"}
	}, access.Audience{})
	latest := func(n int) string { return w.s.Inbox(person(n, access.Viewer), false)[0].Title }
	wants(t, "whom the new one is for", "[TLP:GREEN] correction: Patch MS17-010, and restart", latest(3))
	wants(t, "whom only the old one was for", "[TLP:GREEN] withdrawn: Patch MS17-010 now", latest(2))
	old, err := w.s.AlertOf(person(1, access.Coordinator), first)
	if err != nil || old.ReplacedBy != second || old.Withdrawn.IsZero() {
		t.Errorf("the old one: %+v, %v", old, err)
	}
	w.same(6)
}

// TestWhoIssuedItIsTold: once when the time is up, once when the last ladder has
// ended, and never of partners that there are not.
func TestWhoIssuedItIsTold(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(4)
	call := w.channel(2, func(c *notice.Channel) { c.Standby = true })
	w.do(w.s.SetLadder(person(2, access.Contributor), notice.Ladder{Steps: []notice.Rung{{After: notice.Span(2 * time.Hour), Channels: []string{call}}}}))
	alert := w.issue(func(a *notice.Alert) { a.Within = notice.Span(30 * time.Minute) }, access.Audience{})
	own := func() []string {
		var list []string
		for _, n := range w.s.Inbox(person(1, access.Viewer), false) {
			list = append(list, n.Title)
		}
		return list
	}
	w.pass(29 * time.Minute)
	wants(t, "before", nil, own())
	w.do(w.s.AcknowledgeAlert(person(3, access.Contributor), notice.Acknowledgement{Alert: alert}))
	w.pass(time.Minute)
	wants(t, "in time", []string{"[TLP:GREEN] 2 of 3 partners have not acknowledged: Patch MS17-010 now"}, own())
	w.pass(90 * time.Minute)
	wants(t, "escalated", 1, len(w.sends()))
	w.do(w.s.AcknowledgeAlert(person(4, access.Contributor), notice.Acknowledgement{Alert: alert}))
	w.pass(time.Minute)
	wants(t, "after the ladders", "[TLP:GREEN] 1 of 3 partners have not acknowledged: Patch MS17-010 now", own()[0])
	w.same(4)
}

func TestRefusedAlerts(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(3)
	coordinator := person(1, access.Coordinator)
	good := notice.Alert{Title: "t", Text: "t", Severity: notice.Info}
	with := func(change func(*notice.Alert)) notice.Alert { a := good; change(&a); return a }
	for name, c := range map[string]struct {
		by   access.Principal
		a    notice.Alert
		to   access.Audience
		want error
		says string
	}{
		"contributor":      {person(1, access.Contributor), good, access.Audience{}, access.ErrForbidden, "coordinator"},
		"no title":         {coordinator, with(func(a *notice.Alert) { a.Title = "" }), access.Audience{}, access.ErrInvalid, "title"},
		"title in lines":   {coordinator, with(func(a *notice.Alert) { a.Title = "a\nb" }), access.Audience{}, access.ErrInvalid, "title"},
		"no text":          {coordinator, with(func(a *notice.Alert) { a.Text = " " }), access.Audience{}, access.ErrInvalid, "text"},
		"severity":         {coordinator, with(func(a *notice.Alert) { a.Severity = "high" }), access.Audience{}, access.ErrInvalid, "severity"},
		"unknown partner":  {coordinator, with(func(a *notice.Alert) { a.To.Partners = []access.PartnerID{id(9)} }), access.Audience{}, access.ErrInvalid, "to/partners/0"},
		"nobody":           {coordinator, with(func(a *notice.Alert) { a.To.Sectors = []string{"mining"} }), access.Audience{}, access.ErrInvalid, "nobody"},
		"red without":      {coordinator, good, access.Audience{TLP: access.Red}, access.ErrInvalid, "nobody"},
		"community":        {coordinator, good, access.Audience{TLP: access.Green, Community: "health"}, access.ErrInvalid, "health"},
		"too soon":         {coordinator, with(func(a *notice.Alert) { a.Within = 1 }), access.Audience{}, access.ErrInvalid, "ack_within"},
		"replaces nothing": {coordinator, with(func(a *notice.Alert) { a.Replaces = "alert--1" }), access.Audience{}, access.ErrNotFound, "alert--1"},
		"many subjects":    {coordinator, with(func(a *notice.Alert) { a.Subjects = make([]string, 101) }), access.Audience{}, access.ErrInvalid, "subjects"},
	} {
		_, _, err := w.s.Issue(c.by, c.a, c.to, w.now)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v that says %q", name, err, c.want, c.says)
		}
	}
	red := access.Audience{TLP: access.Red, Recipients: []access.PartnerID{id(2)}}
	alert := w.issue(nil, red)
	for name, err := range map[string]error{
		"unseen alert":  second(w.s.AcknowledgeAlert(person(3, access.Contributor), notice.Acknowledgement{Alert: alert})),
		"unseen status": second(w.s.AlertOf(person(3, access.Coordinator), alert)),
		"others notice": second(w.s.NoticeOf(person(3, access.Viewer), w.s.Inbox(person(2, access.Viewer), false)[0].ID)),
	} {
		if !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range 99 {
		w.issue(nil, access.Audience{})
	}
	if _, _, err := w.s.Issue(coordinator, good, access.Audience{}, w.now); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the hundred and first of a day: %v", err)
	}
	w.pass(24 * time.Hour)
	w.issue(nil, access.Audience{})
}

func second[T any](_ T, err error) error { return err }

// TestVoidEntries: what nobody could have drafted changes nothing, and what cannot be
// read is an error.
func TestVoidEntries(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(3)
	alert := w.issue(nil, access.Audience{})
	before := look(w.s, 3, w.now)
	green := access.ToCommunity(access.Green)
	for _, d := range []ledger.Draft{
		draft(notice.KindAlertIssued, string(id(1)), green, notice.Alert{ID: alert, Title: "again", Text: "t", Severity: notice.Info}),
		draft(notice.KindAlertIssued, string(id(1)), green, notice.Alert{ID: "alert--2"}),
		draft(notice.KindAlertWithdrawn, string(id(2)), green, notice.Withdrawal{Alert: alert, Reason: "not mine"}),
		draft(notice.KindAlertAcknowledged, string(id(9)), green, notice.Acknowledgement{Alert: alert}),
		draft(notice.KindAcknowledged, string(id(2)), green, notice.Reading{Notices: []string{"notice--x", before.Inbox[2][0].ID}}),
		draft(notice.KindRaised, string(id(2)), green, notice.Raising{Title: "forged", Partners: []access.PartnerID{id(3)}, Severity: notice.Info}),
		draft(notice.KindEscalated, string(id(2)), green, notice.Escalation{Step: 1, Partners: []access.PartnerID{id(3)}}),
		draft(notice.KindSent, access.Hub, green, notice.Outcome{Channel: "channel--1"}),
		draft(notice.KindChannelRemoved, string(id(2)), green, notice.ChannelRemoval{Channel: "channel--1"}),
		{Kind: notice.KindChannelAdded, Actor: string(id(2)), Body: []byte(ledger.Erased)},
	} {
		w.add(d)
	}
	wants(t, "the picture", before, look(w.s, 3, w.now))
	if err := w.s.Apply(ledger.Entry{Kind: notice.KindRaised, Actor: access.Hub, Body: []byte("{")}); err == nil {
		t.Error("a body that cannot be read is no error")
	}
}
