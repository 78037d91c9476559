package protect_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func (h *hub) quarantine(by access.Principal, partner access.PartnerID, since time.Time, on bool) error {
	h.t.Helper()
	d, err := h.Quarantine(by, protect.Quarantine{Partner: partner, Since: since, On: on, Reason: "its tokens were stolen"}, h.now)
	if err == nil {
		h.append(d)
	}
	return err
}

func TestWhoQuarantinesWhom(t *testing.T) {
	h := newHub(t, protect.Config{})
	analyst := coordinator
	analyst.Role = access.Analyst
	for _, tt := range []struct {
		name    string
		by      access.Principal
		partner access.PartnerID
		since   time.Time
		on      bool
		want    error
	}{
		{"an analyst", analyst, "identity--a", now, true, protect.ErrForbidden},
		{"itself", coordinator, coordinator.Partner, now, true, protect.ErrForbidden},
		{"nobody", coordinator, "", now, true, protect.ErrInvalid},
		{"the hub", coordinator, "hub", now, true, protect.ErrInvalid},
		{"no time", coordinator, "identity--a", time.Time{}, true, protect.ErrInvalid},
		{"ahead", coordinator, "identity--a", now.Add(time.Second), true, protect.ErrInvalid},
		{"lift nothing", coordinator, "identity--a", now, false, protect.ErrConflict},
		{"a coordinator", coordinator, "identity--a", now, true, nil},
		{"again", coordinator, "identity--a", now, true, protect.ErrConflict},
		{"further back", administrator, "identity--a", now.Add(-time.Hour), true, nil},
		{"lift", administrator, "identity--a", time.Time{}, false, nil},
	} {
		if err := h.quarantine(tt.by, tt.partner, tt.since, tt.on); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	member := access.Principal{Partner: "identity--a", Role: access.Coordinator, Communities: []string{"default"}}
	h.must(h.quarantine(coordinator, "identity--a", now, true))
	for _, e := range h.entries {
		a, err := access.ParseAudience(e.Audience)
		h.must(err)
		if member.MaySee(access.PartnerID(e.Actor), a) {
			t.Errorf("the partner is told: %s", e.Body)
		}
	}
	if len(h.Quarantines(member)) != 0 || len(h.Quarantines(coordinator)) != 1 || len(h.Quarantines(contributor)) != 0 {
		t.Error("who is shown the quarantine")
	}
}

// A partner whose word does not count neither decides, nor recalls, nor stops
// the hub, nor judges others; it may stop its own automation.
func TestUnderQuarantineNothingIsDecided(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(coordinator, "c2.example", protect.Block))
	h.must(h.quarantine(administrator, coordinator.Partner, h.now.Add(-time.Hour), true))
	if h.settle(); h.stands("c2.example") != "block revoked" {
		t.Errorf("what it decided is %q", h.stands("c2.example"))
	}
	_, recall := h.Recall(coordinator, value(t, "c2.example"), "r", h.now)
	for name, err := range map[string]error{
		"ask": h.ask(coordinator, "c3.example", protect.Block), "recall": recall,
		"stop the hub": h.halt(coordinator, stopHub), "quarantine": h.quarantine(coordinator, "identity--a", h.now, true),
	} {
		if !errors.Is(err, protect.ErrForbidden) || strings.Contains(err.Error(), "stolen") {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.must(h.halt(coordinator, protect.Stop{Scope: protect.ScopePartner, Partner: coordinator.Partner, On: true}))
}

// Who administers the hub is not disarmed by the quarantine of the partner that it
// acts for: any coordinator of another could do that. What it would decide in that
// partner's name does not count either, and it is told what to do.
func TestAQuarantineDoesNotDisarmAnAdministrator(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.must(h.ask(administrator, "c2.example", protect.Block))
	both := access.Principal{Partner: "identity--a", Role: access.Administrator, Communities: []string{"default"}}
	h.must(h.quarantine(coordinator, both.Partner, h.now, true))
	h.must(h.Trusted(both))
	if len(h.Quarantines(both)) != 1 {
		t.Error("the quarantine is not shown to who can lift it")
	}
	h.must(h.halt(both, stopHub))
	resumed := stopHub
	resumed.On = false
	h.must(h.halt(both, resumed))
	h.must(h.halt(both, protect.Stop{Scope: protect.ScopePartner, Partner: "identity--b", On: true}))
	h.must(h.quarantine(both, "identity--b", h.now, true))
	_, recall := h.Recall(both, value(t, "c2.example"), "r", h.now)
	for name, err := range map[string]error{"ask": h.ask(both, "c3.example", protect.Block), "recall": recall} {
		if !errors.Is(err, protect.ErrForbidden) || !strings.Contains(err.Error(), "lift the quarantine") {
			t.Errorf("%s: %v", name, err)
		}
	}
	h.must(h.quarantine(both, both.Partner, time.Time{}, false))
	h.must(h.quarantine(both, both.Partner, h.now, true))
	h.must(h.quarantine(both, both.Partner, time.Time{}, false))
	for _, e := range h.entries {
		if a, err := access.ParseAudience(e.Audience); e.Kind == protect.KindQuarantined && (err != nil || both.MaySee(access.PartnerID(e.Actor), a)) {
			t.Errorf("people of the partner are told: %s", e.Body)
		}
	}
	h.must(h.ask(both, "c3.example", protect.Block))
	h.sameRebuilt(value(t, "c2.example"), value(t, "c3.example"))
}

// A must-resolve stays, and coordinators are told to look at it. What the partner
// recalled is not brought back, and listed.
func TestQuarantineKeepsKillSwitches(t *testing.T) {
	h := newHub(t, protect.Config{})
	h.suspicion("c2.example")
	h.settle()
	h.must(h.ask(coordinator, killSwitch, protect.MustResolve))
	d, err := h.Recall(coordinator, value(t, "c2.example"), "r", h.now)
	h.must(err)
	h.append(d)
	h.must(h.quarantine(administrator, coordinator.Partner, h.now.Add(-time.Hour), true))
	h.settle()
	if got := h.stands(killSwitch); got != "must-resolve active" {
		t.Errorf("the kill switch is %q", got)
	}
	doubt := only(t, h.Doubts(administrator))
	if doubt.Text != killSwitch || !strings.Contains(doubt.Why, string(coordinator.Partner)) || len(h.Doubts(coordinator)) != 0 {
		t.Errorf("doubts: %+v", doubt)
	}
	if q := only(t, h.Quarantines(administrator)); !slices.Equal(q.Lifted, []string{"c2.example"}) || q.Recalled != 0 {
		t.Errorf("quarantine: %+v", q)
	}
	h.must(h.ask(administrator, killSwitch, protect.MustResolve))
	if got := h.Doubts(administrator); len(got) != 0 {
		t.Errorf("asked for anew it is still in doubt: %+v", got)
	}
	h.sameRebuilt(value(t, killSwitch), value(t, "c2.example"))
}

// What a partner said is told apart by the ledger's clock; what its telemetry says
// may be of another year, or of a clock that runs ahead.
func TestQuarantineGoesByTheLedgersClock(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"a replay": -7 * 365 * 24 * time.Hour, "now": 0, "a clock ahead": 2 * time.Hour} {
		h := newHub(t, protect.Config{})
		said := func(by, text string, from, to time.Duration) {
			s := seen(t, text, 0, 1)
			s.FirstSeen, s.LastSeen = h.now.Add(ahead+from), h.now.Add(ahead+to)
			h.report(by, s)
		}
		said("identity--bad", "before.example", -time.Hour, 3*time.Hour)
		said("identity--b", "before.example", 150*time.Minute, 160*time.Minute)
		said("identity--b", "since.example", 0, time.Minute)
		h.now = h.now.Add(time.Minute)
		said("identity--bad", "since.example", -time.Minute, 0)
		h.settle()
		h.must(h.quarantine(administrator, "identity--bad", h.now, true))
		h.settle()
		if before, since := h.stands("before.example"), h.stands("since.example"); before != "block active" || since != "block revoked" {
			t.Errorf("%s: said before %q, since %q", name, before, since)
		}
	}
}
