package response_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

func TestHandOver(t *testing.T) {
	s := consulted(t, 5)
	id := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "Patch", AskedOf: asked(2), Owner: partnerID(3)})
	if a := s.get(0, id); a.Owner != partnerID(1) || a.OfferedTo != partnerID(3) {
		t.Errorf("opened: owner %s, offered to %s", a.Owner, a.OfferedTo)
	}
	over := func(n int, h response.Handover) (ledger.Draft, error) {
		h.Action = id
		return s.state.HandOver(principal(n, access.Contributor), h)
	}
	_, err := over(2, response.Handover{Answer: "accept"})
	refused(t, "accepted by another", err, access.ErrConflict, "not been asked")
	_, err = over(3, response.Handover{To: partnerID(2)})
	refused(t, "offered by who does not lead", err, access.ErrForbidden, string(partnerID(1)))
	_, err = over(1, response.Handover{To: partnerID(99)})
	refused(t, "to nobody", err, access.ErrInvalid, string(partnerID(99)))
	_, err = over(1, response.Handover{To: "me"})
	refused(t, "to no id", err, access.ErrInvalid, "identity--")
	_, err = over(3, response.Handover{Answer: "perhaps"})
	refused(t, "neither yes nor no", err, access.ErrInvalid, "decline")

	d, err := over(3, response.Handover{Answer: "decline", Note: "no shift tonight"})
	s.add(time.Minute, d, err)
	if a := s.get(time.Minute, id); a.Owner != partnerID(1) || a.OfferedTo != "" {
		t.Errorf("declined: %+v", a)
	}
	d, err = over(1, response.Handover{To: partnerID(2)})
	s.add(2*time.Minute, d, err)
	d, err = over(1, response.Handover{To: partnerID(1)})
	s.add(3*time.Minute, d, err)
	_, err = over(2, response.Handover{Answer: "accept"})
	refused(t, "accepted what was taken back", err, access.ErrConflict, "not been asked")
	d, err = over(1, response.Handover{To: partnerID(2)})
	s.add(4*time.Minute, d, err)
	d, err = over(2, response.Handover{Answer: "accept"})
	s.add(5*time.Minute, d, err)
	if a := s.get(5*time.Minute, id); a.Owner != partnerID(2) || a.By != partnerID(1) {
		t.Errorf("accepted: %+v", a)
	}
	_, err = s.state.MoveDeadline(coordinator, response.Move{Action: id, Deadline: start.Add(time.Hour), Reason: "r"}, start)
	refused(t, "moved by who opened it", err, access.ErrForbidden, string(partnerID(2)))
	_, err = s.state.Cancel(principal(2, access.Contributor), response.Reversal{Action: id, Reason: "r"})
	if err != nil {
		t.Errorf("its owner cannot cancel: %v", err)
	}
}

// pending folds what the ledger has to say by then.
func (s *story) pending(after time.Duration) []ledger.Draft {
	s.t.Helper()
	drafts := s.state.Pending(start.Add(after))
	for _, d := range drafts {
		s.add(after, d, nil)
	}
	return drafts
}

func TestDeadlines(t *testing.T) {
	s := newStory(t)
	id := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "Patch", AskedOf: asked(2, 3, 4), Deadline: start.Add(time.Hour)})
	s.commit(time.Minute, 2, response.Promise{Action: id})
	s.commit(time.Minute, 3, response.Promise{Action: id, Deadline: start.Add(3 * time.Hour)})
	move := func(m response.Move, now time.Duration) (ledger.Draft, error) {
		m.Action = id
		return s.state.MoveDeadline(coordinator, m, start.Add(now))
	}
	_, err := move(response.Move{Deadline: start.Add(time.Hour), Reason: "r"}, 2*time.Hour)
	refused(t, "into the past", err, access.ErrInvalid, "passed")
	_, err = move(response.Move{Deadline: start.Add(2 * time.Hour)}, 0)
	refused(t, "without reason", err, access.ErrInvalid, "reason")
	_, err = move(response.Move{Deadline: start.Add(time.Hour), Reason: "r"}, 0)
	refused(t, "to where it is", err, access.ErrConflict, "already")

	if n := len(s.pending(time.Hour)); n != 0 {
		t.Fatalf("%d drafts when no deadline has passed", n)
	}
	first := s.pending(time.Hour + time.Second) // the action's, and partner 2's
	if len(first) != 2 || len(s.pending(time.Hour+2*time.Second)) != 0 {
		t.Fatalf("overdue: %v", first)
	}
	d, err := move(response.Move{Deadline: start.Add(4 * time.Hour), Reason: "the update was withdrawn"}, 90*time.Minute)
	s.add(90*time.Minute, d, err)
	a := s.get(2*time.Hour, id)
	want := []response.Moved{{At: start.Add(90 * time.Minute), By: partnerID(1), From: start.Add(time.Hour), To: start.Add(4 * time.Hour), Reason: "the update was withdrawn"}}
	if diff := cmp.Diff(want, a.Deadlines); diff != "" || a.Overdue || !a.Commitments[0].Deadline.Equal(start.Add(4*time.Hour)) || !a.Commitments[1].Deadline.Equal(start.Add(3*time.Hour)) {
		t.Errorf("moved: %+v\n%s", a, diff)
	}
	s.done(2*time.Hour, 2, id, "patched")
	if drafts := s.pending(3*time.Hour + time.Second); len(drafts) != 1 { // partner 3's own
		t.Errorf("overdue: %v", drafts)
	}
	a = s.get(3*time.Hour+time.Second, id)
	if got := (response.PartCounts{Late: 1, Done: 1}); a.Parts != got || !a.Overdue || a.Commitments[1].Overdue.IsZero() {
		t.Errorf("late: %+v", a)
	}
	if drafts := s.pending(5 * time.Hour); len(drafts) != 1 { // the action's, once more
		t.Errorf("overdue after it was moved: %v", drafts)
	}
}

// What is done before its deadline, called off or refused is not overdue; what was
// done and rolled back can be promised and be overdue again.
func TestNotOverdue(t *testing.T) {
	s := newStory(t)
	opening := response.Opening{Kind: response.Patch, Title: "Patch", AskedOf: asked(2), Deadline: start.Add(time.Hour)}
	id, off := s.open(0, coordinator, opening), s.open(0, coordinator, opening)
	for _, one := range []response.ActionID{id, off} {
		s.commit(time.Minute, 2, response.Promise{Action: one})
	}
	s.done(2*time.Minute, 2, id, "patched")
	d, err := s.state.Cancel(coordinator, response.Reversal{Action: off, Reason: "r"})
	s.add(3*time.Minute, d, err)
	if drafts := s.pending(2 * time.Hour); len(drafts) != 0 {
		t.Errorf("overdue: %v", drafts)
	}
	d, err = s.state.RollBack(principal(2, access.Contributor), response.Reversal{Action: id, Reason: "it broke the scanners"})
	s.add(3*time.Hour, d, err)
	if drafts := s.pending(4 * time.Hour); len(drafts) != 0 || s.get(4*time.Hour, id).Status != response.RolledBack {
		t.Errorf("rolled back: %v", drafts)
	}
	s.commit(5*time.Hour, 2, response.Promise{Action: id, Deadline: start.Add(6 * time.Hour)})
	if drafts := s.pending(5*time.Hour + time.Second); len(drafts) != 1 { // the action's deadline has passed and it is not done
		t.Errorf("promised again: %v", drafts)
	}
	s.done(6*time.Hour, 2, id, "patched, scanners restarted")
	if a := s.get(7*time.Hour, id); len(s.pending(7*time.Hour)) != 0 || a.Status != response.Done || a.Commitments[0].DoneLate {
		t.Errorf("done again: %+v", a)
	}
}

// A history is for people to read: one partner cannot fill it.
func TestStepsAreBounded(t *testing.T) {
	s := newStory(t)
	id := s.open(0, coordinator, response.Opening{Kind: response.Patch, Title: "Patch", AskedOf: asked(2)})
	var err error
	for i := range 101 {
		var d ledger.Draft
		if d, err = s.state.HandOver(coordinator, response.Handover{Action: id, To: partnerID(5 + i%2)}); err != nil {
			break
		}
		s.add(time.Duration(i)*time.Second, d, nil)
	}
	refused(t, "the 101st step", err, access.ErrConflict, "100 steps")
	s.commit(time.Hour, 2, response.Promise{Action: id})
	stale, _ := ledger.NewDraft(response.KindOwnerOffered, string(partnerID(1)), "", response.Handover{Action: id, To: partnerID(9)})
	for range 300 {
		s.add(2*time.Hour, stale, nil)
	}
	if a := s.get(2*time.Hour, id); len(a.History) > 210 || a.OfferedTo == partnerID(9) {
		t.Errorf("%d events, offered to %s", len(a.History), a.OfferedTo)
	}
}

// A round of Pending is bounded, and the next goes on.
func TestManyOverdueAtOnce(t *testing.T) {
	s := newStory(t)
	for i := range 1500 {
		o := response.Opening{ID: response.ActionID(fmt.Sprintf("action--00000000-0000-4000-8000-%012d", i)), Kind: response.Patch, Title: "t", AskedOf: asked(2), Deadline: start.Add(time.Hour)}
		d, err := ledger.NewDraft(response.KindOpened, string(partnerID(1)), access.ToCommunity(access.Green).String(), o)
		s.add(0, d, err)
	}
	if a, b, c := len(s.pending(2*time.Hour)), len(s.pending(2*time.Hour)), len(s.pending(2*time.Hour)); a != 1000 || b != 500 || c != 0 {
		t.Errorf("%d, %d, %d", a, b, c)
	}
}
