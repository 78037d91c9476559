// Package chronicle keeps, for every outbreak, what happened when: how far it had
// come, who had reported it, which protections belong to it and where they were in
// force, which actions were asked for and how they stood. From it follows what the
// hub knew at any moment, without reading the ledger again.
//
// It has no rules of its own about who counts, what grows or how an action stands:
// after each entry it asks the rooms that have folded it, and notes what is new. So
// it is folded after them. What belongs to an outbreak is Belongs, which the report
// asks as well.
//
// How many hosts an outbreak has is told in steps, each of what so many organisations
// have said that the difference of two moments is about none of them alone: no event
// and no moment has the number as it was in between.
//
// Two moments are kept apart, as in a report: what happened is shown up to the
// moment that is asked about, and who may see it is asked of the markings as they
// are now. Of a step the marking of its own entry is asked as well: what was for
// fewer when it was written stays so, and what is for fewer since is so of old.
//
// # Bounds
//
// 2,048 outbreaks, of more those go first that ended first. Of each outbreak 4,096
// protections, 4,096 actions with 100 steps each on average, and 4,096 changes of its
// number of hosts; of each protection 256 changes of where it is in force. Of longer
// rows every second one of the older is let go, so that a moment long ago may show
// the number of a little earlier. What belongs to an outbreak by its reports alone is
// found among the latest 4,096 protections that were decided before its alarm.
package chronicle

import (
	"sync"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

const (
	maxStories = 2048
	maxShields = 4096 // of an outbreak
	maxActions = 4096 // of an outbreak
	maxSteps   = 100 * maxActions
	maxPoints  = 4096 // of an outbreak's hosts
	maxHeld    = 256  // of a protection
	maxRecent  = 4096
	maxWords   = 64   // of people, that an alarm may follow
	maxText    = 1000 // bytes of what somebody said
)

// Rooms are those that are asked. Each has folded an entry before the chronicle does.
type Rooms struct {
	Outbreaks   *outbreak.State
	Protections *protect.State
	Actions     *response.State
}

// State is the view. Its methods may be called from many goroutines at once.
type State struct {
	rooms Rooms

	mu      sync.RWMutex
	stories map[string]*story
	raised  []string            // ids, the oldest first
	merged  map[string][]*story // what went on as the outbreak with an id, in the order in which it did
	values  map[observable.Value][]*story
	reports map[string][]*story
	shields map[string]*shield
	recent  []protect.Protection // decided last, of no outbreak yet
	words   []said               // said last
	ignored map[access.PartnerID]bool
	actions map[response.ActionID]*action
}

// NewState is the chronicle of an empty ledger.
func NewState(rooms Rooms) *State {
	return &State{
		rooms: rooms, stories: map[string]*story{}, merged: map[string][]*story{}, values: map[observable.Value][]*story{}, reports: map[string][]*story{},
		shields: map[string]*shield{}, ignored: map[access.PartnerID]bool{}, actions: map[response.ActionID]*action{},
	}
}

// Apply folds one entry; kinds that concern no outbreak it leaves alone.
func (s *State) Apply(e ledger.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.Kind {
	case sighting.KindReported:
		s.altered(e)
	case outbreak.KindWord:
		s.altered(e)
		return ledger.Fold(e, s.word)
	case outbreak.KindRaised, outbreak.KindGrown, outbreak.KindMerged, outbreak.KindEnded:
		if err := ledger.Fold(e, s.decided); err != nil {
			return err
		}
		s.altered(e)
	case protect.KindDecided:
		return ledger.Fold(e, s.protection)
	case protect.KindReceipt:
		s.receipts(e)
	case protect.KindQuarantined:
		return ledger.Fold(e, s.quarantine)
	case response.KindOpened:
		return ledger.Fold(e, s.opened)
	case response.KindApproved, response.KindRefused, response.KindCommitted, response.KindDone, response.KindContested,
		response.KindContestWithdrawn, response.KindRolledBack, response.KindCancelled, response.KindDeadlineMoved,
		response.KindOwnerOffered, response.KindOwnerAccepted, response.KindOwnerDeclined, response.KindOverdue:
		return ledger.Fold(e, s.step)
	}
	return nil
}

// altered asks what has become of the outbreaks that an entry told something of.
func (s *State) altered(e ledger.Entry) {
	for _, id := range s.rooms.Outbreaks.Altered() {
		if of := s.stories[id]; of != nil {
			if o, known := s.rooms.Outbreaks.Get(id); known {
				of.grow(e, o, s.rooms.Outbreaks.Hosts(id))
			}
		}
	}
}
