package response

import (
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// step is the body of an entry about an action that exists.
type step interface {
	event() (ActionID, Event) // the action, and what its history says of the step
	// moot says why the step changes nothing as the action stands, or "" if it may
	// be taken. It is asked twice: before the append, to refuse, and when folding,
	// since another entry may have come first.
	moot(a *record, by access.PartnerID) string
	apply(s *State, a *record, e ledger.Entry)
}

// maxTaken bounds how often one partner may do anything about one action: a
// history is for people to read.
const maxTaken = 100

// take folds a step. Of what is moot, too, as much is kept as may be taken.
func take[S step](s *State) func(ledger.Entry, S) {
	return func(e ledger.Entry, body S) {
		s.mu.Lock()
		defer s.mu.Unlock()
		id, event := body.event()
		a, ok := s.actions[id]
		if !ok {
			return
		}
		partner := access.PartnerID(e.Actor)
		event.Seq, event.At, event.Kind, event.Partner = e.Seq, e.Time, e.Kind, partner
		event.Moot = a.moot(body, partner)
		if _, hub := any(body).(overdue); !hub {
			a.taken[partner]++
		}
		if event.Moot != "" && a.taken[partner] > 2*maxTaken {
			return
		}
		if event.Moot == "" {
			body.apply(s, a, e)
		}
		a.history = append(a.history, event)
		s.watch(a, nil)
		s.accounts.folded(a, e)
	}
}

func (a *record) moot(body step, by access.PartnerID) string {
	if !a.cancelledAt.IsZero() {
		return "the action was cancelled"
	}
	if _, hub := body.(overdue); !hub && a.taken[by] >= maxTaken {
		return "the partner has taken 100 steps in this action: open another one"
	}
	return body.moot(a, by)
}

func (s *State) applyOpened(e ledger.Entry, o Opening) {
	audience, err := access.ParseAudience(e.Audience)
	if err != nil || o.ID == "" || o.Validate() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	partner := access.PartnerID(e.Actor)
	event := Event{Seq: e.Seq, At: e.Time, Kind: e.Kind, Partner: partner}
	if a, exists := s.actions[o.ID]; exists {
		event.Moot = "an action with this id exists"
		if a.taken[partner]++; a.taken[partner] <= 2*maxTaken {
			a.history = append(a.history, event)
		}
		return
	}
	a := &record{
		Opening: o, seq: e.Seq, By: partner, Opened: e.Time, audience: audience, owner: partner, deadline: o.Deadline,
		verdict: Verdict{State: NoApproval}, history: []Event{event},
		parts: make(map[access.PartnerID]*part), taken: make(map[access.PartnerID]int),
	}
	if o.Owner != partner {
		a.offered = o.Owner
	}
	// Actions that were opened before approvals say nothing of them, and need none.
	if o.Approval == Needed {
		a.verdict.State = AwaitsApproval
	}
	a.origin = s.accounts.from(partner, audience)
	a.asked = slices.Sorted(slices.Values(o.AskedOf))
	var groups []string
	for _, asked := range a.asked {
		if isPartner(asked) {
			a.silent++
		} else {
			groups = append(groups, asked)
		}
	}
	a.groups, a.crowd = len(groups) > 0, strings.Join(groups, " ")
	s.actions[o.ID] = a
	s.daily[partner] = s.daily[partner].on(e.Time, 1)
	s.order = append(s.order, a)
	if o.Volunteered {
		// Whoever volunteers has promised by doing so.
		promise{Action: o.ID}.apply(s, a, e)
	}
	s.watch(a, nil)
	s.accounts.folded(a, e)
}
