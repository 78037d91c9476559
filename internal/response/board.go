package response

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// List is every action that the principal may see, as it stands at now, the
// newest first.
func (s *State) List(p access.Principal, now time.Time) []Action {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Action, 0, len(s.order))
	for _, id := range slices.Backward(s.order) {
		if a := s.actions[id]; p.MaySee(a.By, a.audience) {
			list = append(list, a.at(now))
		}
	}
	return list
}

// Get is one action as it stands at now, or access.ErrNotFound, also for an action
// that the principal may not see.
func (s *State) Get(p access.Principal, id ActionID, now time.Time) (Action, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, err := s.visible(p, id)
	if err != nil {
		return Action{}, fmt.Errorf("get action %s: %w", id, err)
	}
	return a.at(now), nil
}

// Standing is what one partner was asked for and what came of it, each list in
// the order in which the actions were opened.
type Standing struct {
	Partner    access.PartnerID `json:"partner"`
	Waiting    []ActionID       `json:"waiting"` // asked of it, by id or sector, and not answered
	Committed  []Commitment     `json:"committed"`
	Late       []Commitment     `json:"late"`
	Done       []Commitment     `json:"done"`
	RolledBack []Commitment     `json:"rolled_back"`
	Cancelled  []Commitment     `json:"cancelled"`
}

// Standing is the board of one partner of the given sector at now, as far as
// the principal may see it.
func (s *State) Standing(p access.Principal, partner access.PartnerID, sector string, now time.Time) Standing {
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := Standing{
		Partner: partner, Waiting: []ActionID{}, Committed: []Commitment{}, Late: []Commitment{},
		Done: []Commitment{}, RolledBack: []Commitment{}, Cancelled: []Commitment{},
	}
	for _, id := range s.order {
		a := s.actions[id]
		if !p.MaySee(a.By, a.audience) {
			continue
		}
		c := a.commitment(partner)
		if c == nil {
			if a.asked(partner, sector) && a.cancelledAt.IsZero() {
				st.Waiting = append(st.Waiting, id)
			}
			continue
		}
		seen := c.at(now)
		switch seen.Status {
		case Committed:
			st.Committed = append(st.Committed, seen)
		case Late:
			st.Late = append(st.Late, seen)
		case Done:
			st.Done = append(st.Done, seen)
		case RolledBack:
			st.RolledBack = append(st.RolledBack, seen)
		case Cancelled:
			st.Cancelled = append(st.Cancelled, seen)
		}
	}
	return st
}

// Answer is a partner's first commitment to an action.
type Answer struct {
	Partner access.PartnerID `json:"partner"`
	At      time.Time        `json:"at"`
	AfterS  float64          `json:"after_s"` // seconds from the opening, by the ledger's clock
	Asked   bool             `json:"asked"`   // by id; false for a sector's member or a volunteer
	Note    string           `json:"note,omitempty"`
}

// Answers is who answered the call, and after how long, the fastest first.
func (s *State) Answers(p access.Principal, id ActionID) ([]Answer, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, err := s.visible(p, id)
	if err != nil {
		return nil, fmt.Errorf("answers to action %s: %w", id, err)
	}
	answers := []Answer{}
	seen := make(map[access.PartnerID]bool)
	for _, e := range a.history {
		promised := e.Kind == KindCommitted || e.Kind == KindOpened && a.Volunteered
		if !promised || e.Moot != "" || seen[e.Partner] {
			continue
		}
		seen[e.Partner] = true
		answers = append(answers, Answer{
			Partner: e.Partner, At: e.At, AfterS: e.At.Sub(a.Opened).Seconds(),
			Asked: a.asked(e.Partner, ""), Note: e.Note,
		})
	}
	return answers, nil
}

// visible is the action if it exists and the principal may see it. The caller
// holds the lock.
func (s *State) visible(p access.Principal, id ActionID) (*record, error) {
	a, ok := s.actions[id]
	if !ok || !p.MaySee(a.By, a.audience) {
		return nil, access.ErrNotFound
	}
	return a, nil
}

// at is the action for a reader, sharing nothing with the fold.
func (a *record) at(now time.Time) Action {
	view := Action{
		Opening: a.Opening, By: a.By, Opened: a.Opened, Status: a.status(), Cancelled: a.cancelReason,
		Commitments: make([]Commitment, 0, len(a.commitments)),
		Waiting:     []access.PartnerID{},
		History:     slices.Clone(a.history),
	}
	view.AskedOf = slices.Clone(a.AskedOf)
	for _, c := range a.commitments {
		view.Commitments = append(view.Commitments, c.at(now))
	}
	if a.cancelledAt.IsZero() {
		view.Waiting = append(view.Waiting, a.waiting()...)
	}
	return view
}

// waiting are the partners asked by id that have not answered. Members of an
// asked sector are not known here; Standing counts them partner by partner.
func (a *record) waiting() []access.PartnerID {
	var waiting []access.PartnerID
	for _, asked := range a.AskedOf {
		if isPartner(asked) && a.commitment(access.PartnerID(asked)) == nil {
			waiting = append(waiting, access.PartnerID(asked))
		}
	}
	return waiting
}

// status sums the commitments up. An action is done when every partner that was
// asked by id or has committed did its part, and at least one did; what was
// rolled back counts as not done.
func (a *record) status() Status {
	if !a.cancelledAt.IsZero() {
		return Cancelled
	}
	count := make(map[Status]int)
	for _, c := range a.commitments {
		count[c.Status]++
	}
	switch n := len(a.commitments); {
	case n == 0:
		return Open
	case count[RolledBack] == n:
		return RolledBack
	case count[Done] == n && len(a.waiting()) == 0:
		return Done
	}
	return Committed
}

func (c Commitment) at(now time.Time) Commitment {
	if c.Status == Committed && !c.Deadline.IsZero() && now.After(c.Deadline) {
		c.Status = Late
	}
	return c
}
