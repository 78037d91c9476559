package notice_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// numbered issues an alert called so.
func (w *world) numbered(title string, s notice.Severity) {
	w.t.Helper()
	w.issue(func(a *notice.Alert) { a.Title, a.Severity = title, s }, access.Audience{})
}

func green(titles ...string) []string {
	list := make([]string, len(titles))
	for i, title := range titles {
		list[i] = "[TLP:GREEN] " + title
	}
	return list
}

func TestDigest(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	w.channel(2, func(c *notice.Channel) { c.Digest = notice.Span(time.Hour) })
	w.numbered("one", notice.Info)
	w.pass(30 * time.Minute)
	w.numbered("two", notice.Warning)
	w.numbered("three", notice.Critical)
	wants(t, "what breaks through", [][]string{green("three")}, titles(w.sends()))
	w.pass(30 * time.Minute)
	w.numbered("four", notice.Info) // the digest has closed
	wants(t, "at its closing, until all of before is folded", 0, len(w.sends()))
	w.pass(time.Second)
	sent := w.sends()
	wants(t, "the digest, most severe first", [][]string{green("two", "one")}, titles(sent))
	_, next := w.s.Due(w.now)
	wants(t, "the next one", start.Add(2*time.Hour+time.Second), next)
	w.pass(time.Hour)
	wants(t, "the next digest", [][]string{green("four")}, titles(w.sends()))
	w.same(2)
}

// TestLargeDigest: what has no room is counted, and what matters most has room.
func TestLargeDigest(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(1)
	w.channel(1, func(c *notice.Channel) {
		c.Digest = notice.Span(24 * time.Hour)
		c.Quiet = &notice.Quiet{From: "22:00", Until: "22:01", Zone: "UTC", Break: notice.Critical}
	})
	for i := range 130 {
		severity := notice.Info
		if i >= 120 {
			severity = notice.Warning
		}
		w.add(raising(fmt.Sprint(i), severity, id(1)))
	}
	w.pass(24*time.Hour + time.Second)
	sent := w.sends()
	if len(sent) != 1 || len(sent[0].Notices) != 100 || sent[0].More != 30 {
		t.Fatalf("sent: %v", titles(sent))
	}
	for i, n := range sent[0].Notices {
		if (n.Severity == notice.Warning) != (i < 10) {
			t.Errorf("notice %d is %s", i, n.Severity)
		}
	}
	wants(t, "inbox", 130, len(w.s.Inbox(person(1, access.Viewer), false)))
}

func TestQuietHoursHold(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(3)
	w.channel(2, func(c *notice.Channel) { c.Quiet = &notice.Quiet{From: "22:00", Until: "07:00", Zone: "Europe/London"} })
	w.channel(3, func(c *notice.Channel) {
		c.Quiet = &notice.Quiet{From: "22:00", Until: "07:00", Zone: "Asia/Tokyo", Break: notice.Warning}
	})
	w.now = time.Date(2017, 5, 12, 21, 30, 0, 0, time.UTC) // 22:30 in London, 06:30 in Tokyo
	w.numbered("info", notice.Info)
	w.numbered("warning", notice.Warning)
	w.numbered("critical", notice.Critical)
	sent := w.sends()
	wants(t, "at night", [][]string{green("critical"), green("critical"), green("warning")}, titles(sent))
	w.pass(31 * time.Minute)
	wants(t, "morning in Tokyo", [][]string{green("info")}, titles(w.sends()))
	w.pass(7*time.Hour + 58*time.Minute)
	wants(t, "05:59 UTC", 0, len(w.sends()))
	w.pass(2 * time.Minute)
	wants(t, "morning in London", [][]string{green("warning", "info")}, titles(w.sends()))
	w.same(3)
}

// TestQuietHoursAfterAFailure: what could not be sent in the evening is not sent in
// the night.
func TestQuietHoursAfterAFailure(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	w.channel(2, func(c *notice.Channel) { c.Quiet = &notice.Quiet{From: "22:00", Until: "07:00", Zone: "UTC"} })
	w.now = time.Date(2017, 5, 12, 21, 59, 58, 0, time.UTC)
	w.numbered("info", notice.Info)
	wants(t, "tried", 1, len(w.fails(notice.Failure{Why: "down"})))
	w.pass(time.Minute)
	due, next := w.s.Due(w.now)
	wants(t, "in the night", 0, len(due))
	wants(t, "next", time.Date(2017, 5, 13, 7, 0, 0, 0, time.UTC), next)
	w.now = next
	wants(t, "in the morning", [][]string{green("info")}, titles(w.sends()))
}

// TestStorm: beyond the cap of an hour what comes is collected, and nothing is lost.
func TestStorm(t *testing.T) {
	w := newWorld(t, notice.Config{Cap: 5}).partners(1)
	w.channel(1, nil)
	told := map[string]bool{}
	deliveries := 0
	take := func() {
		for _, d := range w.sends() {
			deliveries++
			for _, n := range d.Notices {
				if told[n.ID] {
					t.Errorf("%s is told twice", n.Title)
				}
				told[n.ID] = true
			}
		}
	}
	for i := range 40 {
		w.add(raising(fmt.Sprint(i), notice.Warning, id(1)))
		take()
		w.pass(30 * time.Second) // all within 20 minutes
	}
	w.add(raising("alarm", notice.Critical, id(1)))
	due, _ := w.s.Due(w.now)
	if len(due) == 0 || due[0].Notices[0].Title != "[TLP:GREEN] alarm" {
		t.Errorf("a storm of warnings holds up what is critical: %v", titles(due))
	}
	w.pass(11 * time.Minute)
	take()
	wants(t, "told", 41, len(told))
	if deliveries > 5+2+1 {
		t.Errorf("%d deliveries in half an hour, 5 and one each ten minutes are allowed, and what is critical", deliveries)
	}
	w.same(1)
}

func TestWhatAChannelIsFor(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	duty := w.channel(2, func(c *notice.Channel) { c.Topics = []notice.Topic{notice.TopicDuty} })
	severe := w.channel(2, func(c *notice.Channel) { c.MinSeverity = notice.Critical })
	standby := w.channel(2, func(c *notice.Channel) { c.Standby = true })
	to := func() []string {
		var list []string
		for _, d := range w.sends() {
			list = append(list, d.Channel.ID)
		}
		return list
	}
	w.numbered("warning", notice.Warning)
	wants(t, "a warning", nil, to())
	w.numbered("critical", notice.Critical)
	wants(t, "what is critical", []string{severe}, to())
	for _, id := range []string{duty, standby} {
		w.do(w.s.TestChannel(person(2, access.Contributor), id, w.now))
		wants(t, "its test", []string{id}, to())
	}
	w.do(w.s.RemoveChannel(person(2, access.Contributor), severe))
	w.numbered("again", notice.Critical)
	wants(t, "after it was removed", nil, to())
	w.same(2)
}

// TestOutside: what is AMBER or narrower leaves the hub with none of its words.
func TestOutside(t *testing.T) {
	secretly := []string{"CVE-2017-0144", "MS17-010", "SMB", "alert--"}
	for _, tlp := range []access.TLP{access.Clear, access.Green, access.Amber, access.AmberStrict, access.Red} {
		for _, kind := range []notice.ChannelKind{notice.Mail, notice.Webhook, notice.Slack, notice.Matrix, notice.File} {
			w := newWorld(t, notice.Config{}).partners(2)
			w.channel(2, func(c *notice.Channel) {
				c.Kind = kind
				switch kind {
				case notice.Mail:
					c.Target = "duty@partner.example"
				case notice.Matrix:
					c.Room, c.Secret = "!r:partner.example", "token"
				case notice.File:
					c.Target = "courier"
				}
			})
			to := access.ToCommunity(tlp)
			if tlp == access.Red {
				to.Recipients = []access.PartnerID{id(2)}
			}
			w.issue(nil, to)
			sent := w.sends()
			if len(sent) != 1 {
				t.Fatalf("%s by %s: %d deliveries", tlp, kind, len(sent))
			}
			n := sent[0].Notices[0]
			words := fmt.Sprintf("%+v", n)
			open := tlp == access.Clear || tlp == access.Green || kind == notice.File
			for _, secret := range secretly[1:] {
				if strings.Contains(words, secret) != open {
					t.Errorf("%s by %s: %q in %s: %v", tlp, kind, secret, words, !open)
				}
			}
			if !strings.HasPrefix(n.Title, notice.Label(tlp)) || n.Severity != notice.Critical || n.Link != "/notices/"+n.ID || n.Cause != 0 {
				t.Errorf("%s by %s: %s", tlp, kind, words)
			}
		}
	}
}

// raising is an entry by which partners are told, of a cause that it stands for.
func raising(title string, s notice.Severity, to ...access.PartnerID) ledgerDraft {
	return draft(notice.KindRaised, access.Hub, access.Audience{}, notice.Raising{
		Topic: notice.TopicAction, Severity: s, Title: title, TLP: access.Green, Why: title, Partners: to,
	})
}
