package response_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// randomBoard plays actions and calls of several audiences and deadlines, and what
// six partners do about them.
func randomBoard(rt *rapid.T) *story {
	s := newStory(rt)
	s.world(6)
	audiences := []access.Audience{community, access.ToCommunity(access.Amber), {TLP: access.Red, Community: "default", Recipients: []access.PartnerID{partnerID(2), partnerID(3)}}}
	var actions []response.ActionID
	var calls []response.CallID
	for step := range rapid.IntRange(1, 60).Draw(rt, "steps") {
		at := time.Duration(step) * time.Hour
		n := rapid.IntRange(1, 6).Draw(rt, "who")
		to := rapid.SampledFrom(audiences).Draw(rt, "to")
		deadline := rapid.SampledFrom([]time.Time{{}, start, start.Add(at + 3*time.Hour), start.Add(at + 30*time.Hour)}).Draw(rt, "deadline")
		do := rapid.IntRange(0, 11).Draw(rt, "do")
		if len(actions) == 0 {
			do = 0
		}
		action := func() response.ActionID { return rapid.SampledFrom(actions).Draw(rt, "action") }
		switch do {
		case 0, 1:
			id := response.ActionID("action--00000000-0000-4000-8000-" + string(partnerID(step)[len(partnerID(step))-12:]))
			o := response.Opening{ID: id, Kind: response.Patch, Title: "p", Deadline: deadline}
			o.AskedOf = rapid.SampledFrom([][]string{asked(2, 3), asked(4), {"technology"}, {"country:JP"}, nil}).Draw(rt, "asked")
			o.Volunteered = o.AskedOf == nil
			o.Approval = rapid.SampledFrom([]response.Need{"", response.Needed}).Draw(rt, "approval")
			s.says(at, n, to, response.KindOpened, o)
			actions = append(actions, id)
		case 2, 3, 4:
			s.says(at, n, to, response.KindCommitted, response.Promise{Action: action(), Deadline: deadline})
		case 5, 6:
			s.says(at, n, to, response.KindDone, response.Completion{Action: action(), Evidence: "e"})
		case 7:
			s.says(at, n, to, response.KindRolledBack, response.Reversal{Action: action(), Reason: "r"})
		case 8:
			s.says(at, n, to, rapid.SampledFrom([]ledger.Kind{response.KindApproved, response.KindRefused}).Draw(rt, "verdict"), response.Approval{Action: action(), Reason: "r"})
		case 9:
			s.says(at, 1, to, response.KindCancelled, response.Reversal{Action: action(), Reason: "r"})
		case 10:
			s.says(at, 1, to, response.KindDeadlineMoved, response.Move{Action: action(), Deadline: start.Add(at + 20*time.Hour), Reason: "r"})
		case 11:
			if len(calls) == 0 || rapid.Bool().Draw(rt, "another call") {
				o := response.CallOpening{ID: response.CallID("call--" + string(partnerID(step))), Title: "c", Deadline: deadline}
				s.says(at, 1, to, response.KindCallOpened, o)
				calls = append(calls, o.ID)
				continue
			}
			id := rapid.SampledFrom(calls).Draw(rt, "call")
			if rapid.IntRange(0, 3).Draw(rt, "close") == 0 {
				s.says(at, 1, to, response.KindCallClosed, response.CallClosing{Call: id, Reason: "r"})
			} else {
				s.says(at, n, to, response.KindCallAnswered, response.CallAnswer{Call: id, Offer: "o"})
			}
		}
	}
	return s
}

// The running tallies say what the single dealings say; what is rebuilt is what is
// live; and whatever another sees of a partner, the partner saw a day before, of
// deadlines that had passed by then, on actions and calls that the other may see.
func TestAccountsHold(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := randomBoard(rt)
		rebuilt := response.NewState(response.Config{})
		for _, e := range s.log {
			if err := rebuilt.Apply(e); err != nil {
				rt.Fatal(err)
			}
		}
		last := s.log[len(s.log)-1].Time
		now := last.Add(time.Duration(rapid.IntRange(0, 100).Draw(rt, "hours")) * time.Hour)
		for n := 1; n <= 6; n++ {
			id := partnerID(n)
			for by := 1; by <= 6; by++ {
				who := principal(by, access.Coordinator)
				live, err := s.state.Account(who, id, now)
				if err != nil {
					rt.Fatal(err)
				}
				again, err := rebuilt.Account(who, id, now)
				if diff := cmp.Diff(live, again); diff != "" || err != nil {
					rt.Fatalf("rebuilt differs (-live +rebuilt):\n%s%v", diff, err)
				}
				list, err := s.state.Dealings(who, id, now)
				if err != nil {
					rt.Fatal(err)
				}
				kept := counted(list)
				ignore := cmpopts.IgnoreFields(response.Kept{}, "InTimePercent", "Volunteers")
				if diff := cmp.Diff(kept, live.Commitments, ignore); diff != "" {
					rt.Fatalf("partner %d of %d: the tally is not what the dealings say (-dealings +tally):\n%s%+v", by, n, diff, list)
				}
				if by == n {
					continue
				}
				for _, d := range list {
					early(rt, s, who, d, now)
				}
			}
		}
	})
}

func counted(list []response.Dealing) response.Kept {
	var k response.Kept
	for _, d := range list {
		switch d.Outcome {
		case response.KeptInTime:
			k.InTime++
		case response.KeptLate:
			k.Late++
		case response.Broken:
			k.Broken++
		case response.Reversed:
			k.RolledBack++
		case response.StillOpen:
			k.Open++
		case response.Excused:
			k.Excused++
		}
	}
	return k
}

// early fails if a dealing is shown to another partner too early, or at all.
func early(t *rapid.T, s *story, who access.Principal, d response.Dealing, now time.Time) {
	settled := d.Deadline
	if settled.IsZero() {
		settled = d.Done
	}
	if settled.IsZero() {
		settled = d.Answered
	}
	if settled.IsZero() || !now.After(settled.Add(day)) {
		t.Fatalf("at %s another sees %+v", now, d)
	}
	switch d.Outcome {
	case response.StillOpen, response.Excused, response.AskedWaiting:
		t.Fatalf("another sees %+v", d)
	}
	if d.Call != "" {
		if _, err := s.state.Call(who, d.Call); err != nil {
			t.Fatalf("another sees what came of a call that it may not see: %+v", d)
		}
		return
	}
	if _, err := s.state.Get(who, d.Action, now); err != nil {
		t.Fatalf("another sees what came of an action that it may not see: %+v", d)
	}
}
