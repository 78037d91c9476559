package response

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// State is the fold of all action entries. Its methods may be called from many
// goroutines at once. Make one with NewState.
type State struct {
	mu      sync.RWMutex
	actions map[ActionID]*record
	order   []ActionID // as they were opened
}

// record is an action as folded, without what depends on the time of asking.
type record struct {
	Opening
	By           access.PartnerID
	Opened       time.Time
	audience     access.Audience
	cancelledAt  time.Time
	cancelReason string
	commitments  []Commitment
	history      []Event
}

// NewState is the state of an empty ledger.
func NewState() *State { return &State{actions: make(map[ActionID]*record)} }

// Apply folds one entry; entries of other kinds it ignores. An error means that
// the entry's body is not what its kind promises; the state is then unchanged.
// An entry that came too late (say, a commitment after the cancellation) is
// kept in the action's history as moot.
func (s *State) Apply(e ledger.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	switch e.Kind {
	case KindOpened:
		err = s.applyOpened(e)
	case KindCommitted:
		err = fold(s, e, func(p Promise) (ActionID, string) { return p.Action, p.Note }, (*record).commit)
	case KindDone:
		err = fold(s, e, func(c Completion) (ActionID, string) { return c.Action, c.Evidence }, (*record).done)
	case KindRolledBack:
		err = fold(s, e, func(r Reversal) (ActionID, string) { return r.Action, r.Reason }, (*record).rollBack)
	case KindCancelled:
		err = fold(s, e, func(r Reversal) (ActionID, string) { return r.Action, r.Reason }, (*record).cancel)
	}
	if err != nil {
		return fmt.Errorf("apply entry %d (%s): %w", e.Seq, e.Kind, err)
	}
	return nil
}

func (s *State) applyOpened(e ledger.Entry) error {
	var o Opening
	if err := json.Unmarshal(e.Body, &o); err != nil {
		return err
	}
	if err := o.Validate(); err != nil {
		return err
	}
	if o.ID == "" {
		return fmt.Errorf("%w: id is missing", access.ErrInvalid)
	}
	audience, err := access.ParseAudience(e.Audience)
	if err != nil {
		return err
	}
	partner := access.PartnerID(e.Actor)
	event := Event{Seq: e.Seq, At: e.Time, Kind: e.Kind, Partner: partner}
	if a, exists := s.actions[o.ID]; exists {
		event.Moot = "an action with this id exists"
		a.history = append(a.history, event)
		return nil
	}
	a := &record{Opening: o, By: partner, Opened: e.Time, audience: audience, history: []Event{event}}
	if o.Volunteered {
		// Whoever volunteers has promised by doing so.
		a.commit(e, Promise{Action: o.ID})
	}
	s.actions[o.ID] = a
	s.order = append(s.order, o.ID)
	return nil
}

// fold reads a step's body, finds its action and applies the step, or records
// why it is moot.
func fold[B any](s *State, e ledger.Entry, of func(B) (ActionID, string), apply func(*record, ledger.Entry, B)) error {
	var body B
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return err
	}
	id, note := of(body)
	a, ok := s.actions[id]
	if !ok {
		return fmt.Errorf("%w: %s", access.ErrNotFound, id)
	}
	partner := access.PartnerID(e.Actor)
	moot := a.allows(e.Kind, partner)
	if moot == "" {
		apply(a, e, body)
	}
	a.history = append(a.history, Event{Seq: e.Seq, At: e.Time, Kind: e.Kind, Partner: partner, Note: note, Moot: moot})
	return nil
}

func (a *record) commit(e ledger.Entry, p Promise) {
	c := Commitment{
		Action: a.ID, Partner: access.PartnerID(e.Actor), Note: p.Note,
		At: e.Time, Deadline: p.Deadline, Status: Committed,
	}
	if c.Deadline.IsZero() {
		c.Deadline = a.Deadline
	}
	// A partner that rolled back and commits again starts anew; its first
	// attempt stays in the history.
	a.commitments = slices.DeleteFunc(a.commitments, func(old Commitment) bool { return old.Partner == c.Partner })
	a.commitments = append(a.commitments, c)
}

func (a *record) done(e ledger.Entry, body Completion) {
	c := a.commitment(access.PartnerID(e.Actor))
	c.Status, c.DoneAt, c.Evidence = Done, e.Time, body.Evidence
	c.DoneLate = !c.Deadline.IsZero() && e.Time.After(c.Deadline)
}

func (a *record) rollBack(e ledger.Entry, body Reversal) {
	c := a.commitment(access.PartnerID(e.Actor))
	c.Status, c.Reversed, c.Reason = RolledBack, e.Time, body.Reason
}

func (a *record) cancel(e ledger.Entry, body Reversal) {
	a.cancelledAt, a.cancelReason = e.Time, body.Reason
	for i := range a.commitments {
		if a.commitments[i].Status == Committed {
			a.commitments[i].Status = Cancelled
		}
	}
}

func (a *record) commitment(partner access.PartnerID) *Commitment {
	for i := range a.commitments {
		if a.commitments[i].Partner == partner {
			return &a.commitments[i]
		}
	}
	return nil
}
