package response_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// consulted is a story whose board knows partners 1 to n of world, and the
// others given.
func consulted(t fataler, n int, others ...access.Partner) *story {
	s := newStory(t)
	s.world(n)
	for _, p := range others {
		s.joins(p)
	}
	directory := access.NewDirectory()
	for _, e := range s.log {
		if err := directory.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	s.state.Consult(directory, nil)
	return s
}

// refused fails unless the error is of the kind and says the words.
func refused(t *testing.T, what string, err, kind error, says string) {
	t.Helper()
	if !errors.Is(err, kind) || err != nil && !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %v; want a %v that says %q", what, err, kind, says)
	}
}

func TestApproval(t *testing.T) {
	sister := access.Partner{ID: partnerID(20), Sector: "government", Country: "NL", Kind: "cert", Organisation: "state"}
	opener := access.Partner{ID: partnerID(21), Sector: "government", Country: "NL", Kind: "cert", Organisation: "state"}
	s := consulted(t, 5, sister, opener)
	by := principal(21, access.Coordinator)
	approve := func(who access.Principal, v response.Approval) error {
		_, err := s.state.Approve(who, v)
		return err
	}
	for _, kind := range response.Kinds() {
		id := s.open(0, by, response.Opening{Kind: kind, Title: "t", AskedOf: asked(2)})
		want := response.NoApproval
		if kind == response.Takedown || kind == response.AccountShutdown || kind == response.Sinkhole || kind == response.Isolate {
			want = response.AwaitsApproval
		}
		if got := s.get(0, id).Verdict.State; got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
	id := s.open(0, by, response.Opening{Kind: response.Takedown, Title: "C2 at 192.0.2.7", AskedOf: asked(2), Deadline: start.Add(time.Hour)})
	s.commit(time.Minute, 2, response.Promise{Action: id})
	_, err := s.state.Done(context.Background(), principal(2, access.Contributor), response.Completion{Action: id, Evidence: "gone"})
	refused(t, "done before approval", err, access.ErrConflict, "not been approved")
	refused(t, "by the opener", approve(by, response.Approval{Action: id}), access.ErrForbidden, "same organisation")
	refused(t, "by its sister", approve(principal(20, access.Coordinator), response.Approval{Action: id}), access.ErrForbidden, "same organisation")
	refused(t, "by a contributor", approve(principal(3, access.Contributor), response.Approval{Action: id}), access.ErrForbidden, "coordinator")
	refused(t, "refusal without words", approve(coordinator, response.Approval{Action: id, Refused: true}), access.ErrInvalid, "reason")
	refused(t, "what needs none", approve(coordinator, response.Approval{Action: s.open(0, by, response.Opening{Kind: response.Patch, Title: "t", AskedOf: asked(2)})}), access.ErrConflict, "needs no approval")

	d, err := s.state.Approve(coordinator, response.Approval{Action: id, Refused: true, Reason: "it is the kill switch's server"})
	s.add(2*time.Minute, d, err)
	if a := s.get(2*time.Minute, id); a.Status != response.Refused || a.Verdict.By != partnerID(1) || a.Verdict.Reason == "" || a.Overdue {
		t.Errorf("refused: %+v", a)
	}
	_, err = s.state.Done(context.Background(), principal(2, access.Contributor), response.Completion{Action: id, Evidence: "gone"})
	refused(t, "done after a refusal", err, access.ErrConflict, "refused")
	_, err = s.state.Commit(principal(3, access.Contributor), response.Promise{Action: id})
	refused(t, "commit after a refusal", err, access.ErrConflict, "refused")
	refused(t, "overruled by a third", approve(principal(3, access.Coordinator), response.Approval{Action: id}), access.ErrForbidden, "only it can take that back")

	// The approval comes after the deadline: nobody is late for having waited.
	s.approve(2*time.Hour, 1, id)
	s.done(3*time.Hour, 2, id, "gone")
	if a := s.get(3*time.Hour, id); a.Status != response.Done || a.Commitments[0].DoneLate {
		t.Errorf("done after the approval: %+v", a)
	}
	refused(t, "approved twice", approve(coordinator, response.Approval{Action: id}), access.ErrConflict, "already")
}

// Only an administrator opens without approval what needs it, and says why.
func TestWithoutApproval(t *testing.T) {
	s := newStory(t)
	o := response.Opening{Kind: response.Isolate, Title: "Our own hosts", Volunteered: true, Approval: response.NotNeeded}
	_, _, err := s.state.Open(coordinator, o)
	refused(t, "by a coordinator", err, access.ErrForbidden, "administrator")
	_, _, err = s.state.Open(principal(1, access.Administrator), o)
	refused(t, "without authority", err, access.ErrInvalid, "authority")
	o.Authority = "its own house"
	id := s.open(0, principal(1, access.Administrator), o)
	s.done(time.Minute, 1, id, "12 hosts off the network")
	asks := s.open(0, principal(7, access.Contributor), response.Opening{Kind: response.Patch, Title: "p", Volunteered: true, Approval: response.Needed})
	if s.get(0, id).Status != response.Done || s.get(0, asks).Verdict.State != response.AwaitsApproval {
		t.Errorf("%+v, %+v", s.get(0, id), s.get(0, asks))
	}
}

// What was opened before there were approvals needs none, whatever its kind.
func TestOlderEntriesNeedNoApproval(t *testing.T) {
	s := newStory(t)
	id := response.ActionID("action--00000000-0000-4000-8000-000000000001")
	d, err := ledger.NewDraft(response.KindOpened, string(partnerID(1)), access.ToCommunity(access.Green).String(),
		map[string]any{"id": id, "kind": "takedown", "title": "t", "volunteered": true})
	s.add(0, d, err)
	s.done(time.Minute, 1, id, "gone")
	if a := s.get(time.Minute, id); a.Status != response.Done {
		t.Errorf("%+v", a)
	}
}

func TestContest(t *testing.T) {
	s := newStory(t)
	id := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "Patch", AskedOf: asked(2), Deadline: start.Add(time.Hour)})
	contest := func(who access.Principal, c response.Contest) (ledger.Draft, error) { return s.state.Contest(who, c) }
	c := response.Contest{Action: id, Partner: partnerID(2), Reason: "the scan still shows 14 hosts"}
	_, err := contest(coordinator, c)
	refused(t, "before it committed", err, access.ErrConflict, "not committed")
	s.commit(time.Minute, 2, response.Promise{Action: id})
	_, err = contest(coordinator, c)
	refused(t, "before it is done", err, access.ErrConflict, "not reported")
	s.done(2*time.Minute, 2, id, "all patched")
	_, err = contest(principal(3, access.Coordinator), c)
	refused(t, "by another", err, access.ErrForbidden, string(partnerID(1)))
	_, err = contest(coordinator, response.Contest{Action: id, Partner: partnerID(2)})
	refused(t, "without reason", err, access.ErrInvalid, "reason")

	d, err := contest(coordinator, c)
	s.add(3*time.Minute, d, err)
	a := s.get(3*time.Minute, id)
	if a.Status != response.Contested || a.Commitments[0].Status != response.Contested || a.Commitments[0].Contest != c.Reason || a.Parts.Contested != 1 {
		t.Errorf("contested: %+v", a)
	}
	_, err = contest(coordinator, c)
	refused(t, "twice", err, access.ErrConflict, "already")

	withdraw := response.Contest{Action: id, Partner: partnerID(2), Reason: "read the wrong list", Withdraw: true}
	d, err = contest(coordinator, withdraw)
	s.add(4*time.Minute, d, err)
	if a := s.get(4*time.Minute, id); a.Status != response.Done || a.Commitments[0].Contest != "" || !a.Commitments[0].DoneAt.Equal(start.Add(2*time.Minute)) {
		t.Errorf("withdrawn: %+v", a)
	}
	_, err = contest(coordinator, withdraw)
	refused(t, "withdraw twice", err, access.ErrConflict, "not contested")

	// New evidence ends a contest, by its own time; the old is in the history.
	d, err = contest(coordinator, c)
	s.add(5*time.Minute, d, err)
	s.done(90*time.Minute, 2, id, "scan report 18")
	a = s.get(90*time.Minute, id)
	if got := a.Commitments[0]; a.Status != response.Done || got.Evidence != "scan report 18" || !got.DoneLate || got.Contest != "" {
		t.Errorf("new evidence: %+v", a)
	}
	if a.History[2].Note != "all patched" || a.History[3].About != partnerID(2) || a.History[3].Seq != 0 {
		t.Errorf("history: %+v", a.History)
	}
	own := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "Ours", Volunteered: true})
	s.done(time.Minute, 1, own, "done")
	_, err = contest(coordinator, response.Contest{Action: own, Partner: partnerID(1), Reason: "r"})
	refused(t, "its own", err, access.ErrConflict, "roll back")
}
