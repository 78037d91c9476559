package impact

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/disclosure"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Config is how the room works. Zero values take the defaults.
type Config struct {
	SmallestGroup int // of organisations in an aggregate; disclosure.DefaultLeast
}

// State is the view of what the ledger says of impact and ransom. Its methods may be
// called from many goroutines at once. Make one with NewState.
type State struct {
	least int

	mu        sync.RWMutex
	partners  map[access.PartnerID]access.Partner
	shared    map[access.PartnerID][]access.PartnerID
	incidents map[string]*incident
	ransom    ransoms
}

// incident is what was reported for one outbreak. A partner has at most a row for
// each country and criticality, and there are 249 and 4.
type incident struct {
	rows    []*row // as they were first reported
	at      map[rowKey]*row
	changed map[string]bool // organisations since the last point of the history
	history []Point
	settled []row // as they were at the last point
}

type rowKey struct {
	partner     access.PartnerID
	country     string
	criticality Criticality
}

// row is a partner's latest report of one country and criticality.
type row struct {
	Report
	by access.PartnerID
	at time.Time
}

func (r *row) key() rowKey { return rowKey{r.by, r.Country, r.Criticality} }

// maxHistory is how many points the history of an incident has; when there are more,
// every second one is left out.
const maxHistory = 2048

// NewState makes a state that knows nothing yet.
func NewState(cfg Config) *State {
	if cfg.SmallestGroup <= 0 {
		cfg.SmallestGroup = disclosure.DefaultLeast
	}
	return &State{
		least: cfg.SmallestGroup, partners: make(map[access.PartnerID]access.Partner),
		shared: make(map[access.PartnerID][]access.PartnerID), incidents: make(map[string]*incident), ransom: newRansoms(),
	}
}

// Apply folds one entry; kinds of other packages are ignored, but for those that say
// of which sector, country and organisation a partner is. An entry whose body cannot
// be read is an error and changes nothing; one that says what may not be said
// changes nothing.
func (s *State) Apply(e ledger.Entry) error {
	var err error
	switch e.Kind {
	case KindReported:
		err = fold(s, e, s.reported)
	case KindShared:
		err = fold(s, e, func(e ledger.Entry, b Sharing) {
			if b.validate() == nil {
				s.shared[access.PartnerID(e.Actor)] = b.With
			}
		})
	case KindRansom:
		err = fold(s, e, s.ransom.reported)
	case access.KindPartnerJoined:
		err = fold(s, e, func(_ ledger.Entry, p access.Partner) { s.partners[p.ID] = p })
	case access.KindPartnerChanged:
		err = fold(s, e, func(_ ledger.Entry, to access.Designation) {
			if p, known := s.partners[to.Partner]; known {
				p.Organisation = to.Organisation
				s.partners[to.Partner] = p
			}
		})
	}
	if err != nil {
		return fmt.Errorf("fold impact: %w", err)
	}
	return nil
}

func fold[T any](s *State, e ledger.Entry, apply func(ledger.Entry, T)) error {
	return ledger.Fold(e, func(e ledger.Entry, body T) {
		s.mu.Lock()
		defer s.mu.Unlock()
		apply(e, body)
	})
}

func (s *State) reported(e ledger.Entry, r Report) {
	if r.validate(e.Time) != nil {
		return
	}
	in := s.incidents[r.Outbreak]
	if in == nil {
		in = &incident{at: make(map[rowKey]*row), changed: make(map[string]bool)}
		s.incidents[r.Outbreak] = in
	}
	next := &row{Report: r, by: access.PartnerID(e.Actor), at: e.Time}
	if old := in.at[next.key()]; old != nil {
		*old = *next
	} else {
		in.at[next.key()] = next
		in.rows = append(in.rows, next)
	}
	in.changed[s.organisation(next.by)] = true
	s.remember(in, e.Time)
}

// remember adds a point to the history. It waits until as many organisations have
// said something new as an aggregate needs: else the difference of two points would
// be what one of them has said.
func (s *State) remember(in *incident, at time.Time) {
	if len(in.changed) < s.least {
		return
	}
	clear(in.changed)
	if len(in.history) == maxHistory {
		kept := in.history[:0:0]
		for i := 1; i < maxHistory; i += 2 {
			kept = append(kept, in.history[i])
		}
		in.history = kept
	}
	in.settled = make([]row, 0, len(in.rows))
	for _, r := range in.rows {
		in.settled = append(in.settled, *r)
	}
	in.history = append(slices.Clip(in.history), Point{At: at, Totals: totals(s.voices(in.rows))})
}

// organisation is whose voice a partner's word is: of several partners of one
// organisation, one.
func (s *State) organisation(p access.PartnerID) string {
	if o := s.partners[p].Organisation; o != "" {
		return o
	}
	return string(p)
}
