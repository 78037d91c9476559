package response_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// deed is one act that the property draws, and who may do it to an action as a
// reader sees it: an oracle beside the room's own checks, in the words.
type deed struct {
	name string
	do   func(s *response.State, by access.Principal, a response.Action, n int, now time.Time) (ledger.Draft, error)
	may  func(by access.Principal, a response.Action) bool
}

func leads(by access.Principal, who access.PartnerID) bool {
	return by.Partner == who && by.AtLeast(access.Contributor) || by.AtLeast(access.Administrator)
}

func contributes(by access.Principal, _ response.Action) bool {
	return by.Partner != "" && by.AtLeast(access.Contributor)
}

var deeds = []deed{
	{"commit", func(s *response.State, by access.Principal, a response.Action, _ int, now time.Time) (ledger.Draft, error) {
		return s.Commit(by, response.Promise{Action: a.ID, Deadline: now.Add(time.Minute)})
	}, contributes},
	{"done", func(s *response.State, by access.Principal, a response.Action, _ int, _ time.Time) (ledger.Draft, error) {
		return s.Done(context.Background(), by, response.Completion{Action: a.ID, Evidence: "e"})
	}, func(by access.Principal, a response.Action) bool {
		committed := slices.ContainsFunc(a.Commitments, func(c response.Commitment) bool { return c.Partner == by.Partner })
		return contributes(by, a) && committed && (a.Verdict.State == response.NoApproval || a.Verdict.State == response.ApprovalGiven)
	}},
	{"roll back", func(s *response.State, by access.Principal, a response.Action, _ int, _ time.Time) (ledger.Draft, error) {
		return s.RollBack(by, response.Reversal{Action: a.ID, Reason: "r"})
	}, contributes},
	{"cancel", func(s *response.State, by access.Principal, a response.Action, _ int, _ time.Time) (ledger.Draft, error) {
		return s.Cancel(by, response.Reversal{Action: a.ID, Reason: "r"})
	}, func(by access.Principal, a response.Action) bool { return leads(by, a.By) || leads(by, a.Owner) }},
	{"approve", func(s *response.State, by access.Principal, a response.Action, n int, _ time.Time) (ledger.Draft, error) {
		return s.Approve(by, response.Approval{Action: a.ID, Refused: n%2 == 0, Reason: "r"})
	}, func(by access.Principal, a response.Action) bool {
		return by.AtLeast(access.Coordinator) && access.PartnerID(by.Actor()) != a.By && (by.Partner != "" || by.AtLeast(access.Administrator))
	}},
	{"contest", func(s *response.State, by access.Principal, a response.Action, n int, _ time.Time) (ledger.Draft, error) {
		return s.Contest(by, response.Contest{Action: a.ID, Partner: partnerID(n%4 + 1), Reason: "r", Withdraw: n%3 == 0})
	}, func(by access.Principal, a response.Action) bool { return leads(by, a.By) }},
	{"move", func(s *response.State, by access.Principal, a response.Action, n int, now time.Time) (ledger.Draft, error) {
		return s.MoveDeadline(by, response.Move{Action: a.ID, Deadline: now.Add(time.Duration(n+1) * time.Minute), Reason: "r"}, now)
	}, func(by access.Principal, a response.Action) bool { return leads(by, a.Owner) }},
	{"offer", func(s *response.State, by access.Principal, a response.Action, n int, _ time.Time) (ledger.Draft, error) {
		return s.HandOver(by, response.Handover{Action: a.ID, To: partnerID(n%4 + 1)})
	}, func(by access.Principal, a response.Action) bool { return leads(by, a.Owner) }},
	{"accept", func(s *response.State, by access.Principal, a response.Action, _ int, _ time.Time) (ledger.Draft, error) {
		return s.HandOver(by, response.Handover{Action: a.ID, Answer: "accept"})
	}, func(by access.Principal, a response.Action) bool {
		return contributes(by, a) && a.OfferedTo == by.Partner
	}},
	{"template", func(s *response.State, by access.Principal, _ response.Action, n int, _ time.Time) (ledger.Draft, error) {
		return s.SetTemplate(by, response.Template{ID: "t", Title: "t", Steps: []response.Step{{Key: "k", Kind: response.Kinds()[n%8], Title: "k", AskedOf: []string{"energy"}}}})
	}, func(by access.Principal, _ response.Action) bool {
		return by.Partner != "" && by.AtLeast(access.Coordinator) || by.AtLeast(access.Administrator)
	}},
}

// Whoever does whatever, and entries race: nobody does what it may not, a view
// rebuilt from the ledger is the live one, what is done has evidence and where
// needed approval, and no deadline is told twice.
func TestNobodyDoesWhatItMayNot(t *testing.T) {
	roles := []access.Role{access.Viewer, access.Analyst, access.Contributor, access.Coordinator, access.Administrator}
	rapid.Check(t, func(rt *rapid.T) {
		s := newStory(rt)
		seen := principal(9, access.Viewer)
		var ids []response.ActionID
		for i, kind := range []response.Kind{response.Patch, response.Takedown, response.Notify} {
			o := response.Opening{Kind: kind, Title: "t", AskedOf: asked(2, 3), Deadline: start.Add(time.Duration(5*i) * time.Minute)}
			if kind == response.Notify {
				o.AskedOf, o.Volunteered = nil, true
			}
			ids = append(ids, s.open(0, coordinator, o))
		}
		var held []ledger.Draft // made earlier, appended later
		for step := range rapid.IntRange(1, 50).Draw(rt, "steps") {
			after := time.Duration(step) * time.Minute
			by := principal(rapid.IntRange(0, 4).Draw(rt, "by"), rapid.SampledFrom(roles).Draw(rt, "role"))
			if by.Partner == partnerID(0) {
				by.Partner = ""
			}
			act := rapid.SampledFrom(deeds).Draw(rt, "act")
			a, err := s.state.Get(seen, rapid.SampledFrom(ids).Draw(rt, "action"), start.Add(after))
			if err != nil {
				rt.Fatal(err)
			}
			d, err := act.do(s.state, by, a, rapid.IntRange(0, 11).Draw(rt, "n"), start.Add(after))
			switch {
			case err == nil && !act.may(by, a):
				rt.Fatalf("%s by %q as %s of %+v", act.name, by.Partner, by.Role, a)
			case err == nil && d.Actor != by.Actor():
				rt.Fatalf("%s by %s is %s's", act.name, by.Actor(), d.Actor)
			case err == nil:
				held = append(held, d)
			case !errors.Is(err, access.ErrForbidden) && !errors.Is(err, access.ErrConflict) && !errors.Is(err, access.ErrInvalid):
				rt.Fatalf("%s: %v", act.name, err)
			}
			if len(held) > 0 && rapid.Bool().Draw(rt, "append") {
				s.add(after, held[0], nil)
				held = held[1:]
			}
			s.pending(after)
		}
		rebuilt := response.NewState(response.Config{})
		told := map[string]bool{}
		for _, e := range s.log {
			if err := rebuilt.Apply(e); err != nil {
				rt.Fatal(err)
			}
			if e.Kind == response.KindOverdue && told[string(e.Body)] && !movedSince(s.log, e) {
				rt.Fatalf("told twice: %s", e.Body)
			}
			if e.Kind == response.KindOverdue {
				told[string(e.Body)] = true
			}
		}
		now := start.Add(time.Hour)
		if diff := cmp.Diff(s.state.List(coordinator, now), rebuilt.List(coordinator, now)); diff != "" {
			rt.Fatalf("rebuilt differs (-live +rebuilt):\n%s", diff)
		}
		if diff := cmp.Diff(s.state.Templates(), rebuilt.Templates()); diff != "" {
			rt.Fatalf("rebuilt templates differ (-live +rebuilt):\n%s", diff)
		}
		if live, again := len(s.state.Pending(now)), len(rebuilt.Pending(now)); live != again {
			rt.Fatalf("pending: %d live, %d rebuilt", live, again)
		}
		sound(rt, s.state.List(coordinator, now))
	})
}

// movedSince says whether a commitment was made anew or a deadline moved before
// the entry: then the same deadline may pass once more.
func movedSince(log []ledger.Entry, e ledger.Entry) bool {
	return slices.ContainsFunc(log[:e.Seq-1], func(one ledger.Entry) bool {
		return one.Kind == response.KindRolledBack || one.Kind == response.KindDeadlineMoved
	})
}

// sound holds what is true of every board.
func sound(t fataler, list []response.Action) {
	t.Helper()
	for _, a := range list {
		var n response.PartCounts
		for _, c := range a.Commitments {
			switch c.Status {
			case response.Committed:
				n.Committed++
			case response.Late:
				n.Late++
			case response.Contested:
				n.Contested++
			case response.Done:
				n.Done++
			case response.RolledBack:
				n.RolledBack++
			case response.Cancelled:
				n.Cancelled++
			}
			if c.Status == response.Done && (c.Evidence == "" || a.Verdict.State == response.AwaitsApproval) {
				t.Fatal("done without evidence or approval", c)
			}
			if a.Status == response.Done && c.Status != response.Done {
				t.Fatal("the action is done and a part is not", c)
			}
		}
		if n != a.Parts || (n.Late > 0) && !a.Overdue {
			t.Fatal("counted", a.Parts, "and there are", n, a.Overdue)
		}
	}
}
