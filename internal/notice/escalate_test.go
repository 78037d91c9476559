package notice_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
)

type ledgerDraft = ledger.Draft

func TestEscalation(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(5)
	type ladder struct{ mail, phone, boss string }
	ladders := map[int]ladder{}
	for _, n := range []int{2, 3, 4} {
		l := ladder{
			w.channel(n, func(c *notice.Channel) { c.Digest = notice.Span(time.Hour); c.MinSeverity = notice.Critical }),
			w.channel(n, func(c *notice.Channel) { c.Standby = true }),
			w.channel(n, func(c *notice.Channel) { c.Standby = true }),
		}
		ladders[n] = l
		w.do(w.s.SetLadder(person(n, access.Contributor), notice.Ladder{Steps: []notice.Rung{
			{After: notice.Span(15 * time.Minute), Channels: []string{l.phone, l.mail}},
			{After: notice.Span(45 * time.Minute), Channels: []string{l.boss}},
		}}))
	}
	to := func() map[string]int {
		list := map[string]int{}
		for _, d := range w.sends() {
			list[d.Channel.ID]++
		}
		return list
	}
	alert := w.issue(nil, access.Audience{})
	wants(t, "at once", map[string]int{ladders[2].mail: 1, ladders[3].mail: 1, ladders[4].mail: 1}, to())
	w.pass(10 * time.Minute)
	w.do(w.s.AcknowledgeAlert(person(2, access.Contributor), notice.Acknowledgement{Alert: alert}))
	w.pass(5 * time.Minute)
	wants(t, "the first step, one entry", 1, w.count(notice.KindEscalated))
	wants(t, "the first step", map[string]int{ladders[3].phone: 1, ladders[3].mail: 1, ladders[4].phone: 1, ladders[4].mail: 1}, to())
	w.same(5)
	inbox := w.s.Inbox(person(3, access.Viewer), true)
	wants(t, "steps", 1, inbox[0].Escalated)
	w.do(w.s.Acknowledge(person(3, access.Contributor), notice.Reading{Notices: []string{inbox[0].ID}}))
	w.pass(30 * time.Minute)
	wants(t, "the second step", map[string]int{ladders[4].boss: 1}, to())
	w.pass(24 * time.Hour)
	wants(t, "after the end", map[string]int{}, to())
	wants(t, "entries of steps", 2, w.count(notice.KindEscalated))
	w.same(5)
}

// TestEscalationThatIsTooLate: what a step has packed and was not sent yet is not
// sent once somebody has acknowledged.
func TestEscalationThatIsTooLate(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	phone := w.channel(2, func(c *notice.Channel) { c.Standby = true })
	w.do(w.s.SetLadder(person(2, access.Contributor), notice.Ladder{Steps: []notice.Rung{{After: notice.Span(time.Hour), Channels: []string{phone}}}}))
	alert := w.issue(nil, access.Audience{})
	w.pass(time.Hour)
	due, _ := w.s.Due(w.now)
	wants(t, "due", 1, len(due))
	w.do(w.s.AcknowledgeAlert(person(2, access.Contributor), notice.Acknowledgement{Alert: alert}))
	due, _ = w.s.Due(w.now)
	wants(t, "after the acknowledgement", 0, len(due))
}

func TestALadderIsReplaced(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(3)
	set := func(n int, steps ...notice.Rung) {
		w.do(w.s.SetLadder(person(n, access.Contributor), notice.Ladder{Steps: steps}))
	}
	a, b := w.channel(2, func(c *notice.Channel) { c.Standby = true }), w.channel(2, func(c *notice.Channel) { c.Standby = true })
	other := w.channel(3, func(c *notice.Channel) { c.Standby = true })
	set(2, notice.Rung{After: notice.Span(time.Hour), Channels: []string{a}})
	set(3, notice.Rung{After: notice.Span(time.Hour), Channels: []string{other}})
	w.issue(nil, access.Audience{})
	set(2, notice.Rung{After: notice.Span(time.Minute), Channels: []string{b}})
	set(3)
	w.pass(time.Hour)
	sent := w.sends()
	if len(sent) != 1 || sent[0].Channel.ID != b {
		t.Errorf("sent: %v", titles(sent))
	}
	w.same(3)
}

func TestRefusedLadders(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(3)
	mine, theirs := w.channel(2, nil), w.channel(3, nil)
	hour := notice.Span(time.Hour)
	for says, steps := range map[string][]notice.Rung{
		"steps/0/after":                 {{After: 1, Channels: []string{mine}}},
		"steps/1/after":                 {{After: hour, Channels: []string{mine}}, {After: hour, Channels: []string{mine}}},
		"steps/0/channels: your":        {{After: hour, Channels: []string{theirs}}},
		"steps/0/channels: 0 are named": {{After: hour}},
		"at most 10":                    make([]notice.Rung, 11),
	} {
		if _, err := w.s.SetLadder(person(2, access.Contributor), notice.Ladder{Steps: steps}); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	if _, err := w.s.SetLadder(access.Principal{Role: access.Administrator}, notice.Ladder{}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("an administrator without a partner: %v", err)
	}
	for range 19 {
		w.channel(2, nil)
	}
	if _, _, err := w.s.AddChannel(person(2, access.Contributor), notice.Channel{Kind: notice.Webhook, Target: "https://a.example/"}, w.now); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the twenty-first channel: %v", err)
	}
	for range 10 {
		w.do(w.s.TestChannel(person(3, access.Contributor), theirs, w.now))
	}
	if _, err := w.s.TestChannel(person(3, access.Contributor), theirs, w.now); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the eleventh test: %v", err)
	}
	if _, err := w.s.TestChannel(person(2, access.Contributor), theirs, w.now); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("another's channel: %v", err)
	}
}
