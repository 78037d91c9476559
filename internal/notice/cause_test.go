package notice_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// inboxes are the titles of each partner's notices, the newest first, of those who have any.
func (w *world) inboxes(partners int) map[int][]string {
	list := map[int][]string{}
	for i := 1; i <= partners; i++ {
		for _, n := range w.s.Inbox(person(i, access.Viewer), false) {
			list[i] = append(list[i], fmt.Sprintf("%s %s", n.Severity, n.Title))
		}
	}
	return list
}

func all(n int, except int, title string) map[int][]string {
	list := map[int][]string{}
	for i := 1; i <= n; i++ {
		if i != except {
			list[i] = []string{title}
		}
	}
	return list
}

var community = access.ToCommunity(access.Green)

const theAction = "action--00000000-0000-4000-8000-000000000001"

// opening is partner 1's.
func opening(change func(*response.Opening)) ledgerDraft {
	o := response.Opening{ID: theAction, Kind: response.Patch, Title: "Patch", AskedOf: []string{"healthcare", string(id(2))}}
	change(&o)
	return draft(response.KindOpened, string(id(1)), community, o)
}

func TestCauses(t *testing.T) {
	raised := outbreak.Outbreak{ID: "outbreak--1", Rule: "scans of port 445\nby many", Severity: outbreak.Severe}
	domain := observable.Value{Type: observable.Domain, Text: "killswitch.example"}
	block := protect.Protection{ID: "protection--1", Value: domain, Polarity: protect.Block, Status: protect.Revoked, Reason: "a mistake"}
	mustResolve := protect.Protection{ID: "protection--2", Value: domain, Polarity: protect.MustResolve, Status: protect.Active, Reason: "a kill switch"}
	asked := opening(func(*response.Opening) {})
	promise := draft(response.KindCommitted, string(id(2)), community, response.Promise{Action: theAction})
	toTwo := access.Audience{TLP: access.Red, Recipients: []access.PartnerID{id(2)}}
	for name, c := range map[string]struct {
		entries []ledgerDraft
		later   time.Duration
		want    map[int][]string
	}{
		"an outbreak": {[]ledgerDraft{draft(outbreak.KindRaised, access.Hub, community, raised)}, 0,
			all(6, 0, "critical [TLP:GREEN] outbreak: scans of port 445 by many")},
		"one that few may see": {[]ledgerDraft{draft(outbreak.KindRaised, access.Hub, toTwo, raised)}, 0,
			map[int][]string{2: {"critical [TLP:RED] outbreak: scans of port 445 by many"}}},
		"its end": {[]ledgerDraft{draft(outbreak.KindEnded, access.Hub, community, outbreak.Outbreak{Rule: "scans", FalseAlarm: true})}, 0,
			all(6, 0, "info [TLP:GREEN] false alarm: scans")},
		"a call": {[]ledgerDraft{draft(response.KindCallOpened, string(id(1)), community, response.CallOpening{ID: "call--1", Title: "Who can help?"})}, 0,
			all(6, 1, "warning [TLP:GREEN] call for assistance: Who can help?")},
		"an action that is asked": {[]ledgerDraft{asked}, 0, map[int][]string{
			2: {"warning [TLP:GREEN] asked of you: Patch (patch)"}, 3: {"warning [TLP:GREEN] asked of you: Patch (patch)"}, 6: {"warning [TLP:GREEN] asked of you: Patch (patch)"},
		}},
		"of a country": {[]ledgerDraft{opening(func(o *response.Opening) { o.AskedOf = []string{"country:JP", "kind:vendor"} })}, 0, map[int][]string{
			3: {"warning [TLP:GREEN] asked of you: Patch (patch)"}, 6: {"warning [TLP:GREEN] asked of you: Patch (patch)"},
		}},
		"one that is volunteered": {[]ledgerDraft{opening(func(o *response.Opening) { o.AskedOf, o.Volunteered = nil, true })}, 0, map[int][]string{}},
		"approval is needed":      {[]ledgerDraft{opening(func(o *response.Opening) { o.AskedOf, o.Volunteered, o.Approval = nil, true, response.Needed })}, 0, all(6, 1, "info [TLP:GREEN] needs the approval of another organisation: Patch (patch)")},
		"approval of what is asked": {[]ledgerDraft{opening(func(o *response.Opening) { o.AskedOf, o.Approval = []string{string(id(2))}, response.Needed })}, 0, map[int][]string{
			2: {"info [TLP:GREEN] needs the approval of another organisation: Patch (patch)", "warning [TLP:GREEN] asked of you: Patch (patch)"},
			3: {"info [TLP:GREEN] needs the approval of another organisation: Patch (patch)"}, 4: {"info [TLP:GREEN] needs the approval of another organisation: Patch (patch)"},
			5: {"info [TLP:GREEN] needs the approval of another organisation: Patch (patch)"}, 6: {"info [TLP:GREEN] needs the approval of another organisation: Patch (patch)"},
		}},
		"contested, late, called off": {[]ledgerDraft{
			opening(func(o *response.Opening) { o.AskedOf = []string{string(id(2))} }), promise,
			draft(response.KindContested, string(id(3)), community, response.Contest{Action: theAction, Partner: id(2), Reason: "it still answers"}),
			draft(response.KindOverdue, access.Hub, community, response.Overdue{Action: theAction, Partner: id(2)}),
			draft(response.KindCancelled, string(id(1)), community, response.Reversal{Action: theAction, Reason: "over"}),
		}, 0, map[int][]string{2: {
			"info [TLP:GREEN] called off: Patch (patch)", "warning [TLP:GREEN] your part is overdue: Patch (patch)",
			"warning [TLP:GREEN] your evidence is contested: Patch (patch)", "warning [TLP:GREEN] asked of you: Patch (patch)",
		}}},
		"a duty": {[]ledgerDraft{draft(duty.KindWarned, access.Hub, toTwo, duty.Warning{Duty: "duty--1", Partner: id(2), Name: "NIS2: early warning", Left: duty.Late})}, 0,
			map[int][]string{2: {"critical [TLP:RED] overdue: NIS2: early warning"}}},
		"a recall": {[]ledgerDraft{draft(protect.KindDecided, access.Hub, community, block)}, 10 * time.Second, map[int][]string{
			1: {"warning [TLP:GREEN] recalled, and it was in force with you: killswitch.example"}, 2: {"warning [TLP:GREEN] recalled, and it was in force with you: killswitch.example"},
		}},
		"recalls together": {[]ledgerDraft{draft(protect.KindDecided, access.Hub, community, block), draft(protect.KindDecided, access.Hub, community, block)}, 10 * time.Second, map[int][]string{
			1: {"warning [TLP:GREEN] 2 protections were recalled, killswitch.example among them; some were in force with you"},
			2: {"warning [TLP:GREEN] 2 protections were recalled, killswitch.example among them; some were in force with you"},
		}},
		"a name that must resolve, and its renewal": {[]ledgerDraft{draft(protect.KindDecided, access.Hub, community, mustResolve), draft(protect.KindDecided, access.Hub, community, mustResolve)}, 0,
			all(6, 0, "warning [TLP:GREEN] must resolve: killswitch.example")},
		"what is taken back": {[]ledgerDraft{
			draft(contribution.KindTightened, string(id(1)), access.Audience{}, contribution.Tightening{Owner: string(id(1)), Audience: toTwo.String(), Before: []string{community.String()}}),
			draft(contribution.KindTightened, string(id(1)), access.Audience{}, contribution.Tightening{Owner: string(id(1)), Audience: toTwo.String(), Before: []string{community.String()}}),
		}, 5 * time.Minute, map[int][]string{
			3: {"info [TLP:GREEN] Partner 1 has taken back what it shared, in 2 acts"}, 4: {"info [TLP:GREEN] Partner 1 has taken back what it shared, in 2 acts"},
			5: {"info [TLP:GREEN] Partner 1 has taken back what it shared, in 2 acts"}, 6: {"info [TLP:GREEN] Partner 1 has taken back what it shared, in 2 acts"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, notice.Config{}).partners(6)
			w.add(c.entries...)
			if c.later > 0 {
				wants(t, "at once", map[int][]string{}, w.inboxes(6))
				w.same(6)
				w.pass(c.later)
			}
			wants(t, "inboxes", c.want, w.inboxes(6))
			w.same(6)
		})
	}
}

// TestTheHubWasAway: a restart between a cause and its notice loses and doubles
// nothing; what is older than a day tells nobody.
func TestTheHubWasAway(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(3)
	w.fold(draft(outbreak.KindRaised, access.Hub, community, outbreak.Outbreak{ID: "outbreak--1", Rule: "scans", Severity: outbreak.Low}))
	w.s = w.rebuilt()
	wants(t, "before the deciders are asked", map[int][]string{}, w.inboxes(3))
	w.decide()
	wants(t, "afterwards", all(3, 0, "warning [TLP:GREEN] outbreak: scans"), w.inboxes(3))
	wants(t, "entries", 1, w.count(notice.KindRaised))
	ids := w.s.Inbox(person(2, access.Viewer), false)[0].ID
	again := newWorld(t, notice.Config{}).partners(3)
	again.add(draft(outbreak.KindRaised, access.Hub, community, outbreak.Outbreak{ID: "outbreak--1", Rule: "scans", Severity: outbreak.Low}))
	wants(t, "the same cause, the same id", ids, again.s.Inbox(person(2, access.Viewer), false)[0].ID)
	raised := w.entries[len(w.entries)-1]
	w.add(ledgerDraft{Kind: raised.Kind, Actor: raised.Actor, Audience: raised.Audience, Body: raised.Body})
	wants(t, "the same entry twice", all(3, 0, "warning [TLP:GREEN] outbreak: scans"), w.inboxes(3))

	old := newWorld(t, notice.Config{}).partners(3)
	old.fold(draft(outbreak.KindRaised, access.Hub, community, outbreak.Outbreak{ID: "outbreak--1", Rule: "scans"}))
	old.pass(25 * time.Hour)
	wants(t, "of yesterday", map[int][]string{}, old.inboxes(3))
	old.add(draft(outbreak.KindEnded, access.Hub, community, outbreak.Outbreak{ID: "outbreak--1", Rule: "scans"}))
	wants(t, "of today", all(3, 0, "info [TLP:GREEN] outbreak ended: scans"), old.inboxes(3))
	old.same(3)
}

// TestAPartnerLeaves: nothing of it is kept, and nobody else is told less.
func TestAPartnerLeaves(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(3)
	hook := w.channel(2, nil)
	w.do(w.s.SetLadder(person(2, access.Contributor), notice.Ladder{Steps: []notice.Rung{{After: notice.Span(time.Hour), Channels: []string{hook}}}}))
	w.issue(nil, access.Audience{})
	w.add(draft(access.KindPartnerLeft, access.Hub, community, access.Departure{Partner: id(2), Reason: "merged"}))
	wants(t, "due", 0, len(w.sends()))
	w.pass(time.Hour)
	wants(t, "due after an hour", 0, len(w.sends()))
	w.issue(nil, access.Audience{})
	wants(t, "inboxes", map[int]int{3: 2}, map[int]int{3: len(w.s.Inbox(person(3, access.Viewer), false)) + len(w.s.Inbox(person(2, access.Viewer), false))})
	w.same(3)
}
