package response

import (
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Config is how the room works. Zero values take the defaults.
type Config struct {
	CallOnAlarm   bool // an outbreak calls for assistance by itself
	SmallestGroup int  // of organisations in an aggregate; disclosure.DefaultLeast
	// Grace is how long after its deadline a commitment counts as broken: 1h.
	Grace time.Duration
	// AccountabilityDelay is how long after a deadline others than the partner see
	// what came of it: 24h.
	AccountabilityDelay time.Duration
	Clock               func() time.Time // of the hub: time.Now
}

// Directory is what the board asks about partners; *access.Directory is one.
type Directory interface {
	Partner(access.PartnerID) (p access.Partner, present bool)
	Partners() []access.Partner
	Reader(access.PartnerID) (who access.Principal, present bool)
	CheckAudience(access.Principal, access.Audience) error
}

// State is the fold of all entries of this room. Its methods may be called from
// many goroutines at once. Make one with NewState.
type State struct {
	cfg       Config
	directory Directory // nil: nothing is known of partners but their ids
	check     Check     // nil: no reference can be checked, and none is taken

	mu        sync.RWMutex
	actions   map[ActionID]*record
	order     []*record // as they were opened
	daily     map[access.PartnerID]daily
	deadlines deadlines
	templates map[string]Template
	calls     *calls // calls for assistance, and skills
	accounts  *accounts
}

// NewState is the state of an empty ledger.
func NewState(cfg Config) *State {
	s := &State{cfg: cfg, actions: make(map[ActionID]*record), daily: make(map[access.PartnerID]daily), templates: builtin(), calls: newCalls(cfg)}
	s.accounts = newAccounts(cfg, s.calls)
	return s
}

// Consult has the board ask d about partners, and check about references in
// evidence. Call it before anything else; no entry is folded differently for it.
func (s *State) Consult(d Directory, check Check) { s.directory, s.check = d, check }

// Pending is what the ledger has to say by now that it does not say yet.
func (s *State) Pending(now time.Time) []ledger.Draft {
	return append(s.overdue(now), s.callsDue()...)
}

// Apply folds one entry; entries of other kinds it ignores. An error means that
// the entry's body cannot be read; the state is then unchanged. What says nothing
// that could be (an action of no kind, a step of an action that there is not) is
// ignored, and what came too late (say, a commitment after the cancellation) is
// kept in the action's history as moot.
func (s *State) Apply(e ledger.Entry) error {
	var err error
	switch e.Kind {
	case KindOpened:
		err = ledger.Fold(e, s.applyOpened)
	case KindApproved, KindRefused:
		err = ledger.Fold(e, take[approval](s))
	case KindCommitted:
		err = ledger.Fold(e, take[promise](s))
	case KindDone:
		err = ledger.Fold(e, take[completion](s))
	case KindContested, KindContestWithdrawn:
		err = ledger.Fold(e, take[contest](s))
	case KindRolledBack:
		err = ledger.Fold(e, take[rollback](s))
	case KindCancelled:
		err = ledger.Fold(e, take[cancellation](s))
	case KindDeadlineMoved:
		err = ledger.Fold(e, take[move](s))
	case KindOwnerOffered:
		err = ledger.Fold(e, take[offer](s))
	case KindOwnerAccepted, KindOwnerDeclined:
		err = ledger.Fold(e, take[answer](s))
	case KindOverdue:
		err = ledger.Fold(e, take[overdue](s))
	case KindTemplateSet:
		err = ledger.Fold(e, s.applyTemplate)
	default:
		err = s.applyBeside(e)
	}
	if err != nil {
		return fmt.Errorf("apply entry %d: %w", e.Seq, err)
	}
	return nil
}
