package response_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// says appends an entry of a partner about the board; 0 is the hub.
func (s *story) says(after time.Duration, n int, to access.Audience, kind ledger.Kind, body any) {
	s.t.Helper()
	actor := access.Hub
	if n > 0 {
		actor = string(partnerID(n))
	}
	d, err := ledger.NewDraft(kind, actor, to.String(), body)
	s.add(after, d, err)
}

var community = access.ToCommunity(access.Green)

// asks has partner 1 ask others for an action.
func (s *story) asks(after time.Duration, o response.Opening) response.ActionID {
	s.t.Helper()
	if o.ID == "" {
		o.ID = response.ActionID("action--" + uuid.NewString())
	}
	o.Kind, o.Title = response.Patch, "Patch"
	s.says(after, 1, community, response.KindOpened, o)
	return o.ID
}

func (s *story) commits(after time.Duration, n int, id response.ActionID) {
	s.t.Helper()
	s.says(after, n, community, response.KindCommitted, response.Promise{Action: id})
}

func (s *story) reports(after time.Duration, n int, id response.ActionID) {
	s.t.Helper()
	s.says(after, n, community, response.KindDone, response.Completion{Action: id, Evidence: "ticket 17"})
}

func (s *story) account(of, by int, role access.Role, after time.Duration) response.Account {
	s.t.Helper()
	a, err := s.state.Account(principal(by, role), partnerID(of), start.Add(after))
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

const day = 24 * time.Hour

// Each way in which a commitment can go, on its own: what the partner sees of it
// right after, and what a coordinator sees a day after the deadline.
func TestWhatCountsAsWhat(t *testing.T) {
	two := []string{string(partnerID(2))}
	deadline := start.Add(10 * time.Hour)
	open := response.Opening{AskedOf: two, Deadline: deadline}
	asked := response.Asks{Asked: 1, Answered: 1}
	for name, c := range map[string]struct {
		play      func(*story)
		own, them response.Kept
		asks      response.Asks // its own
		theirAsks response.Asks
	}{
		"kept in time": {func(s *story) {
			id := s.asks(0, open)
			s.commits(time.Hour, 2, id)
			s.reports(10*time.Hour, 2, id)
		}, response.Kept{InTime: 1}, response.Kept{InTime: 1}, asked, asked},
		"kept late, within the grace": {func(s *story) {
			id := s.asks(0, open)
			s.commits(time.Hour, 2, id)
			s.reports(10*time.Hour+time.Minute, 2, id)
		}, response.Kept{Late: 1}, response.Kept{Late: 1}, asked, asked},
		"broken": {func(s *story) {
			s.commits(time.Hour, 2, s.asks(0, open))
		}, response.Kept{Broken: 1}, response.Kept{Broken: 1}, asked, asked},
		"late after all": {func(s *story) {
			id := s.asks(0, open)
			s.commits(time.Hour, 2, id)
			s.reports(11*time.Hour+30*time.Minute, 2, id)
		}, response.Kept{Late: 1}, response.Kept{Late: 1}, asked, asked},
		"without a deadline": {func(s *story) {
			s.commits(time.Hour, 2, s.asks(0, response.Opening{AskedOf: two}))
		}, response.Kept{Open: 1}, response.Kept{}, asked, asked},
		"rolled back is not broken": {func(s *story) {
			id := s.asks(0, open)
			s.commits(time.Hour, 2, id)
			s.reports(2*time.Hour, 2, id)
			s.says(3*time.Hour, 2, community, response.KindRolledBack, response.Reversal{Action: id, Reason: "it broke the wards' printers"})
		}, response.Kept{RolledBack: 1}, response.Kept{RolledBack: 1}, asked, asked},
		"rolled back, and done again": {func(s *story) {
			id := s.asks(0, open)
			s.commits(time.Hour, 2, id)
			s.reports(2*time.Hour, 2, id)
			s.says(3*time.Hour, 2, community, response.KindRolledBack, response.Reversal{Action: id, Reason: "printers"})
			s.commits(4*time.Hour, 2, id)
			s.reports(5*time.Hour, 2, id)
		}, response.Kept{RolledBack: 1, InTime: 1}, response.Kept{RolledBack: 1, InTime: 1}, asked, asked},
		"cancelled": {func(s *story) {
			id := s.asks(0, open)
			s.commits(time.Hour, 2, id)
			s.says(12*time.Hour, 1, community, response.KindCancelled, response.Reversal{Action: id, Reason: "the vendor did it"})
		}, response.Kept{Excused: 1}, response.Kept{}, asked, asked},
		"awaiting approval": {func(s *story) {
			s.commits(time.Hour, 2, s.asks(0, response.Opening{AskedOf: two, Deadline: deadline, Approval: response.Needed}))
		}, response.Kept{Open: 1}, response.Kept{}, asked, asked},
		"approved after the deadline": {func(s *story) {
			id := s.asks(0, response.Opening{AskedOf: two, Deadline: deadline, Approval: response.Needed})
			s.commits(time.Hour, 2, id)
			s.says(10*time.Hour+time.Minute, 3, community, response.KindApproved, response.Approval{Action: id})
			s.reports(11*time.Hour, 2, id)
		}, response.Kept{InTime: 1}, response.Kept{InTime: 1}, asked, asked},
		"approval refused": {func(s *story) {
			id := s.asks(0, response.Opening{AskedOf: two, Deadline: deadline, Approval: response.Needed})
			s.commits(time.Hour, 2, id)
			s.says(2*time.Hour, 3, community, response.KindRefused, response.Approval{Action: id, Refused: true, Reason: "clinical"})
		}, response.Kept{Excused: 1}, response.Kept{}, asked, asked},
		"contested by the opener": {func(s *story) {
			id := s.asks(0, open)
			s.commits(time.Hour, 2, id)
			s.reports(2*time.Hour, 2, id)
			s.says(3*time.Hour, 1, community, response.KindContested, response.Contest{Action: id, Partner: partnerID(2), Reason: "still answers"})
		}, response.Kept{InTime: 1}, response.Kept{InTime: 1}, asked, asked},
		"the deadline is moved": {func(s *story) {
			id := s.asks(0, open)
			s.commits(time.Hour, 2, id)
			s.says(2*time.Hour, 1, community, response.KindDeadlineMoved, response.Move{Action: id, Deadline: start.Add(12 * time.Hour), Reason: "the patch is late"})
			s.reports(11*time.Hour+59*time.Minute, 2, id)
		}, response.Kept{InTime: 1}, response.Kept{InTime: 1}, asked, asked},
		"asked and silent": {func(s *story) { s.asks(0, open) },
			response.Kept{}, response.Kept{}, response.Asks{Asked: 1, Silent: 1}, response.Asks{Asked: 1, Silent: 1}},
		"asked without a deadline": {func(s *story) { s.asks(0, response.Opening{AskedOf: two}) },
			response.Kept{}, response.Kept{}, response.Asks{Asked: 1, Waiting: 1}, response.Asks{}},
		"asked for what was cancelled": {func(s *story) {
			s.says(11*time.Hour, 1, community, response.KindCancelled, response.Reversal{Action: s.asks(0, open), Reason: "over"})
		}, response.Kept{Excused: 1}, response.Kept{}, response.Asks{}, response.Asks{}},
		"never asked": {func(s *story) {
			s.asks(0, response.Opening{AskedOf: []string{string(partnerID(3))}, Deadline: deadline})
		},
			response.Kept{}, response.Kept{}, response.Asks{}, response.Asks{}},
		"asked by sector": {func(s *story) {
			s.asks(0, response.Opening{AskedOf: []string{"telecommunications", "energy"}, Deadline: deadline})
		},
			response.Kept{}, response.Kept{}, response.Asks{Asked: 1, Silent: 1}, response.Asks{Asked: 1, Silent: 1}},
		"asked in another community": {func(s *story) {
			s.says(0, 1, access.Audience{TLP: access.Green, Community: "ward"}, response.KindOpened, response.Opening{ID: "action--00000000-0000-4000-8000-000000000001", Kind: response.Patch, Title: "p", AskedOf: two, Deadline: deadline})
		}, response.Kept{}, response.Kept{}, response.Asks{}, response.Asks{}},
		"volunteered": {func(s *story) {
			id := response.ActionID("action--00000000-0000-4000-8000-000000000001")
			s.says(0, 2, community, response.KindOpened, response.Opening{ID: id, Kind: response.Patch, Title: "p", Volunteered: true, Deadline: deadline})
			s.reports(time.Hour, 2, id)
		}, response.Kept{InTime: 1, Volunteers: 1}, response.Kept{InTime: 1, Volunteers: 1}, response.Asks{}, response.Asks{}},
		"committed when the deadline was over": {func(s *story) {
			s.commits(10*time.Hour+30*time.Minute, 2, s.asks(0, open))
		}, response.Kept{Open: 1}, response.Kept{}, asked, asked},
		"a call, refused": {func(s *story) {
			id := s.call(0, coordinator, access.Audience{}, response.CallOpening{Title: "Help", Deadline: deadline})
			s.answer(time.Hour, 2, response.CallAnswer{Call: id, Declined: true})
		}, response.Kept{}, response.Kept{}, asked, asked},
		"a call, unheard": {func(s *story) {
			s.call(0, coordinator, access.Audience{}, response.CallOpening{Title: "Help", Deadline: deadline})
		}, response.Kept{}, response.Kept{}, response.Asks{Asked: 1, Silent: 1}, response.Asks{Asked: 1, Silent: 1}},
		"a call that was closed before": {func(s *story) {
			id := s.call(0, coordinator, access.Audience{}, response.CallOpening{Title: "Help", Deadline: deadline})
			s.says(time.Hour, 1, community, response.KindCallClosed, response.CallClosing{Call: id, Reason: "enough"})
		}, response.Kept{Excused: 1}, response.Kept{}, response.Asks{}, response.Asks{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			s.world(6)
			c.play(s)
			// An hour after the deadline the grace ends; at 10h+24h others begin to see.
			own := s.account(2, 2, access.Viewer, 12*time.Hour+time.Minute)
			if diff := cmp.Diff(c.own, own.Commitments); diff != "" {
				t.Errorf("its own (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.asks, own.Asks); diff != "" {
				t.Errorf("what it was asked (-want +got):\n%s", diff)
			}
			before := s.account(2, 3, access.Coordinator, 10*time.Hour)
			if before.Commitments != (response.Kept{}) || before.Asks != (response.Asks{}) || before.FromAsk.Answer.Count != 0 {
				t.Errorf("a coordinator sees at the deadline: %+v", before)
			}
			after := s.account(2, 3, access.Coordinator, 60*time.Hour)
			if diff := cmp.Diff(c.them, after.Commitments); diff != "" {
				t.Errorf("a coordinator, later (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.theirAsks, after.Asks); diff != "" {
				t.Errorf("a coordinator, later, of what it was asked (-want +got):\n%s", diff)
			}
		})
	}
}
