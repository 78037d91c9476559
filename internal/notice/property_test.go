package notice_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// TestWhateverHappens plays a worker, partners and receivers that are down at times
// against the room, restarts it in between, and holds it to what it promises: what is
// rebuilt says what the live one says; no channel is told the same twice, by the keys
// that receivers go by; in quiet hours only what breaks them is tried; what no channel
// was told before it was withdrawn none is told afterwards; and once all receivers
// work, everything that a channel is to be told it was told.
func TestWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &game{world: newWorld(t, notice.Config{Cap: 3}).partners(4), t: t, told: map[string]map[string]bool{}, down: map[string]bool{}, withdrawn: map[string]bool{}}
		g.setUp()
		for range rapid.IntRange(5, 60).Draw(t, "steps") {
			g.step()
		}
		g.same(4)
		g.end()
		g.same(4)
	})
}

type game struct {
	*world
	t         *rapid.T
	channels  []notice.Channel
	alerts    []notice.AlertID
	told      map[string]map[string]bool // by channel, the notices
	down      map[string]bool            // channels whose receivers do not answer
	withdrawn map[string]bool            // notices that were taken back before a channel was told of them
	n         int
}

func (g *game) setUp() {
	for of := 2; of <= 4; of++ {
		for range rapid.IntRange(0, 2).Draw(g.t, "channels") {
			c := notice.Channel{Kind: notice.Webhook, Target: fmt.Sprintf("https://partner.example/%d", len(g.channels))}
			c.MinSeverity = rapid.SampledFrom([]notice.Severity{"", notice.Info, notice.Warning}).Draw(g.t, "least")
			c.Digest = rapid.SampledFrom([]notice.Span{0, 0, notice.Span(time.Minute), notice.Span(time.Hour)}).Draw(g.t, "digest")
			c.Standby = rapid.Bool().Draw(g.t, "standby")
			if rapid.Bool().Draw(g.t, "quiet") {
				c.Quiet = &notice.Quiet{From: "22:00", Until: "07:00", Zone: rapid.SampledFrom([]string{"UTC", "Asia/Tokyo", "America/New_York"}).Draw(g.t, "zone")}
				c.Quiet.Break = rapid.SampledFrom([]notice.Severity{"", notice.Warning}).Draw(g.t, "break")
			}
			added, d, err := g.s.AddChannel(person(of, access.Contributor), c, g.now)
			g.do(d, err)
			g.channels = append(g.channels, added)
			if rapid.Bool().Draw(g.t, "ladder") {
				g.do(g.s.SetLadder(person(of, access.Contributor), notice.Ladder{Steps: []notice.Rung{
					{After: notice.Span(10 * time.Minute), Channels: []string{added.ID}}, {After: notice.Span(3 * time.Hour), Channels: []string{added.ID}},
				}}))
			}
		}
	}
}

func (g *game) step() {
	switch rapid.IntRange(0, 8).Draw(g.t, "step") {
	case 0, 1:
		g.n++
		severity := rapid.SampledFrom(notice.Severities()).Draw(g.t, "severity")
		a := notice.Alert{Title: fmt.Sprintf("alert %d", g.n), Text: "text", Severity: severity}
		if len(g.alerts) > 0 && rapid.IntRange(0, 3).Draw(g.t, "correct") == 0 {
			a.Replaces = g.alerts[len(g.alerts)-1]
		}
		alert, d, err := g.s.Issue(person(1, access.Coordinator), a, access.Audience{}, g.now)
		if err == nil {
			g.beforeTakingBack(a.Replaces)
			g.do(d, nil)
			g.alerts = append(g.alerts, alert)
		}
	case 2:
		g.n++
		g.add(raising(fmt.Sprint(g.n), rapid.SampledFrom(notice.Severities()).Draw(g.t, "severity"), id(2), id(3), id(4)))
	case 3:
		if len(g.alerts) > 0 {
			alert := rapid.SampledFrom(g.alerts).Draw(g.t, "alert")
			if d, err := g.s.Withdraw(person(1, access.Coordinator), notice.Withdrawal{Alert: alert, Reason: "wrong"}); err == nil {
				g.beforeTakingBack(alert)
				g.do(d, nil)
			}
		}
	case 4:
		who := person(rapid.IntRange(2, 4).Draw(g.t, "who"), access.Contributor)
		if list := g.s.Inbox(who, true); len(list) > 0 {
			g.do(g.s.Acknowledge(who, notice.Reading{Notices: []string{list[0].ID}}))
		}
	case 5:
		if len(g.channels) > 0 {
			c := rapid.SampledFrom(g.channels).Draw(g.t, "channel").ID
			g.down[c] = !g.down[c]
		}
	case 6:
		g.s = g.rebuilt()
	case 7:
		g.pass(time.Duration(rapid.IntRange(1, 12*60).Draw(g.t, "minutes")) * time.Minute)
	}
	g.pass(time.Duration(rapid.IntRange(1, 100).Draw(g.t, "seconds")) * time.Second)
	g.work()
}

// beforeTakingBack notes what of an alert no channel was told, nor is being told.
func (g *game) beforeTakingBack(alert notice.AlertID) {
	if alert == "" {
		return
	}
	for of := 2; of <= 4; of++ {
		for _, n := range g.s.Inbox(person(of, access.Viewer), false) {
			if n.Subject == string(alert) {
				g.withdrawn[n.ID] = true
			}
		}
	}
}

// work is the worker's round.
func (g *game) work() {
	due, _ := g.s.Due(g.now)
	seen := map[string]bool{}
	for _, d := range due {
		if seen[d.Channel.ID] {
			g.t.Fatalf("two deliveries of %s at a time", d.Channel.ID)
		}
		seen[d.Channel.ID] = true
		g.checkQuiet(d)
		if g.down[d.Channel.ID] {
			g.do(g.s.Failed(d, notice.Failure{Why: "down"}, g.now))
			continue
		}
		g.received(d)
		if rapid.IntRange(0, 9).Draw(g.t, "killed") == 0 { // between the sending and its entry
			g.s = g.rebuilt()
			continue
		}
		g.do(g.s.Sent(d, g.now))
	}
}

// received is a receiver that knows keys.
func (g *game) received(d notice.Due) {
	told := g.told[d.Channel.ID]
	if told == nil {
		told = map[string]bool{}
		g.told[d.Channel.ID] = told
	}
	if told[d.Key] {
		return
	}
	told[d.Key] = true
	for _, n := range d.Notices {
		if n.Escalated > 0 {
			continue // it may be told again, by a step of the ladder
		}
		if told[n.ID] {
			g.t.Fatalf("%s is told %s (%s) twice", d.Channel.ID, n.ID, n.Title)
		}
		if g.withdrawn[n.ID] && n.Withdrawn {
			g.t.Fatalf("%s is told %s, which was withdrawn", d.Channel.ID, n.Title)
		}
		told[n.ID] = true
	}
}

func (g *game) checkQuiet(d notice.Due) {
	q := d.Channel.Quiet
	if q == nil {
		return
	}
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		g.t.Fatal(err)
	}
	breaks := q.Break
	if breaks == "" {
		breaks = notice.Critical
	}
	hour := g.now.In(zone).Hour()
	for _, n := range d.Notices {
		if (hour >= 22 || hour < 7) && !n.Severity.AtLeast(breaks) {
			g.t.Fatalf("at %s %s is told %s (%s)", g.now.In(zone), d.Channel.ID, n.Title, n.Severity)
		}
	}
}

// end lets all receivers work, and time pass.
func (g *game) end() {
	clear(g.down)
	for range 80 {
		g.pass(30 * time.Minute)
		for range 20 {
			g.work()
		}
	}
	for _, c := range g.channels {
		status, err := g.s.ChannelOf(access.Principal{Partner: c.Partner}, c.ID)
		if err != nil || status.Waiting > 0 {
			g.t.Fatalf("in the end there waits %+v, %v", status, err)
		}
		inbox := g.s.Inbox(access.Principal{Partner: c.Partner}, false)
		for _, n := range inbox {
			least := c.MinSeverity
			if least == "" {
				least = notice.Info
			}
			wanted := !c.Standby && n.Severity.AtLeast(least) && n.Acknowledged.IsZero() && !n.Withdrawn && status.GivenUp == 0
			excused := n.Topic == notice.TopicAlert && !n.NeedsAck // a withdrawal of what it was not told, a channel's own failure
			if wanted && !excused && n.Topic != notice.TopicChannel && n.Escalated == 0 && !g.told[c.ID][n.ID] {
				g.t.Fatalf("%s was never told %s (%s)", c.ID, n.Title, n.ID)
			}
		}
	}
}
