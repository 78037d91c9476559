package duty

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Config is how the room works. Zero values take the defaults.
type Config struct {
	Templates []Template // the operator's own, as ReadTemplates gives them
}

// State is the view of what the ledger says of duties, and the decider that warns of
// deadlines. Its methods may be called from many goroutines at once. Make one with
// NewState.
type State struct {
	templates []Template
	board     Board

	mu     sync.Mutex
	duties map[ID]*record
	order  []*record // as they were opened
	of     map[access.PartnerID]*holding
	clock  clock
}

// record is a duty as folded, without what depends on the time of asking.
type record struct {
	Opening
	by      access.PartnerID
	written int // bytes of the opening as it is on the ledger
	seq     ledger.Seq
	opened  time.Time
	handled time.Time
	with    []access.PartnerID
	closed  time.Time
	because string       // it was closed
	stages  []stageState // as in the template
}

// stageState is what was done about one stage.
type stageState struct {
	sent   []sent
	waived *waived
	warned warned
	queued time.Time // the moment for which the clock has it
}

// sent is a submission with what the hub adds. Of one that another has replaced
// the text is on the ledger alone.
type sent struct {
	at     time.Time
	due    time.Time         // the deadline then; zero: none
	fields map[string]string // nil: replaced
	digest [sha256.Size]byte // of the entry's body
	seq    ledger.Seq
}

type waived struct {
	at     time.Time
	reason string
}

// warned is the last moment that was warned of, and for which deadline.
type warned struct{ due, deadline time.Time }

// NewState makes a state that knows nothing yet.
func NewState(cfg Config) *State {
	return &State{
		templates: Templates(cfg.Templates), board: nothing{},
		duties: make(map[ID]*record), of: make(map[access.PartnerID]*holding),
	}
}

// nothing is a board on which nothing stands.
type nothing struct{}

func (nothing) Known(access.Principal, string) bool                           { return false }
func (nothing) Fact(access.Principal, string, Fact, time.Time) (words string) { return "" }

// SetBoard says what forms are filled from. Call it before anything else.
func (s *State) SetBoard(b Board) { s.board = b }

// Templates are those that a duty can be opened from, the hub's own first.
func (s *State) Templates() []Template { return slices.Clone(s.templates) }

// Apply folds one entry; kinds of other packages are ignored. An entry whose body
// cannot be read is an error and changes nothing; one that does not fit what is
// there changes nothing.
func (s *State) Apply(e ledger.Entry) error {
	var err error
	switch e.Kind {
	case KindOpened:
		err = ledger.Fold(e, s.applyOpened)
	case KindSubmitted:
		err = fold(s, e, func(b Submission) ID { return b.Duty }, (*record).submitted)
	case KindWaived:
		err = fold(s, e, func(b Waiver) ID { return b.Duty }, (*record).waive)
	case KindHandled:
		err = fold(s, e, func(b Handled) ID { return b.Duty }, (*record).handle)
	case KindShared:
		err = fold(s, e, func(b Sharing) ID { return b.Duty }, (*record).share)
	case KindClosed:
		err = fold(s, e, func(b Closing) ID { return b.Duty }, (*record).close)
	case KindWarned:
		err = ledger.Fold(e, s.applyWarned)
	}
	if err != nil {
		return fmt.Errorf("fold duty: %w", err)
	}
	return nil
}

func (s *State) applyOpened(e ledger.Entry, o Opening) {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := access.PartnerID(e.Actor)
	if s.duties[o.ID] != nil || o.Template.Validate() != nil || o.check(e.Time) != nil {
		return
	}
	r := o.record(by, len(e.Body))
	r.seq, r.opened = e.Seq, e.Time
	if s.holds(by).refuses(r) != nil {
		return
	}
	s.duties[o.ID] = r
	s.order = append(s.order, r)
	s.holds(by).take(r)
	s.clock.schedule(r)
}

// fold applies what a partner says of one of its duties, if it may still be said.
func fold[T any](s *State, e ledger.Entry, of func(T) ID, apply func(*record, ledger.Entry, T) error) error {
	return ledger.Fold(e, func(e ledger.Entry, body T) {
		s.mu.Lock()
		defer s.mu.Unlock()
		r := s.duties[of(body)]
		if r == nil || r.by != access.PartnerID(e.Actor) {
			return
		}
		tried := r.copy()
		if apply(tried, e, body) != nil || s.holds(r.by).refusesChange(r, tried) != nil {
			return
		}
		s.holds(r.by).change(r, tried)
		s.clock.schedule(r)
	})
}

func (s *State) applyWarned(e ledger.Entry, w Warning) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.duties[w.Duty]
	if r == nil || e.Actor != access.Hub {
		return
	}
	if at := r.place(w.Stage); at >= 0 {
		r.stages[at].warned = warned{due: w.Due, deadline: w.Deadline}
		s.clock.schedule(r)
	}
}

// place is where the stage with the key is, -1 if there is none.
func (r *record) place(stage string) int {
	return slices.IndexFunc(r.Template.Stages, func(s Stage) bool { return s.Key == stage })
}
