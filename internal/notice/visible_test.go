package notice_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// Who has left a community is shown and sent no more of what was for it.
func TestWhatAPartnerMayNoLongerSee(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	member := func(kind ledger.Kind, n int) {
		w.add(draft(kind, access.Hub, community, access.Membership{Community: "banks", Partner: id(n)}))
	}
	w.add(draft(access.KindCommunityCreated, access.Hub, community, access.Community{ID: "banks", Title: "Banks"}))
	member(access.KindCommunityJoined, 1)
	member(access.KindCommunityJoined, 2)
	file := w.channel(2, func(c *notice.Channel) {
		c.Kind, c.Target, c.Digest = notice.File, "courier", notice.Span(time.Hour)
	})
	pager := w.channel(2, func(c *notice.Channel) { c.Standby = true })
	w.do(w.s.SetLadder(person(2, access.Contributor), notice.Ladder{Steps: []notice.Rung{{After: notice.Span(2 * time.Hour), Channels: []string{pager}}}}))
	banker := person(1, access.Coordinator)
	banker.Communities = append(banker.Communities, "banks")
	alert, d, err := w.s.Issue(banker, notice.Alert{Title: "Swift terminals", Text: "Unplug them.", Severity: notice.Warning}, access.Audience{TLP: access.Amber, Community: "banks"}, w.now)
	w.do(d, err)

	reader := person(2, access.Contributor)
	inbox := w.s.Inbox(reader, true)
	if len(inbox) != 1 {
		t.Fatalf("the member's inbox: %v", inbox)
	}
	if due, _ := w.s.Due(w.now.Add(90 * time.Minute)); len(due) != 1 || due[0].Notices[0].Text != "Unplug them." {
		t.Fatalf("the member is to be sent %v", due)
	}
	member(access.KindCommunityLeft, 2)
	if _, err := w.s.AlertOf(reader, alert); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the alert: %v", err)
	}
	if list := w.s.Inbox(reader, false); len(list) != 0 {
		t.Errorf("who left still reads %v", list)
	}
	if _, err := w.s.NoticeOf(reader, inbox[0].ID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the notice: %v", err)
	}
	if _, err := w.s.Acknowledge(reader, notice.Reading{Notices: []string{inbox[0].ID}}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("acknowledging it: %v", err)
	}
	w.pass(90 * time.Minute)
	sent := w.sends()
	wants(t, "what is sent", [][]string{{"[TLP:AMBER] withdrawn from you"}}, titles(sent))
	if n := sent[0].Notices[0]; n.Text != "" || n.Subject != "" || sent[0].Channel.ID != file {
		t.Errorf("it says %+v", n)
	}
	w.pass(time.Hour)
	if sent := w.sends(); len(sent) != 0 {
		t.Errorf("the ladder told who left: %v", titles(sent))
	}
}
