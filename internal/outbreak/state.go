package outbreak

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// maxReports bounds the memory of which reports were counted already.
const maxReports = 1 << 16

// State is the hub's view of evidence and outbreaks, and the decider that asks
// for alarms. Its methods may be called from many goroutines at once.
type State struct {
	cfg Config

	mu           sync.RWMutex
	reports      generations[reportKey, struct{}]
	contributors map[access.PartnerID]*contributor
	subjects     map[Subject]*evidence
	flows        []*evidence // those with a trend that is followed
	campaigns    campaigns
	threads      generations[observable.Value, string] // the campaign of values that were seen
	outbreaks    map[string]*record
	partners     int                // that the hub has
	open         map[Subject]string // the open outbreak that each subject of one belongs to

	now    time.Time     // of the last entry
	latest time.Time     // of the telemetry so far
	lag    time.Duration // of the telemetry behind the hub's clock, as of the last report

	// What was touched since Pending last found nothing about it.
	dirty   map[Subject]struct{}
	touched map[string]struct{}
	stirred map[string]bool // outbreaks that what was put aside may be part of; true: by more than their time
	parked  parked

	altered   []string            // outbreaks that the latest entry told something of
	crowds    map[string]crowd    // of outbreaks, within one round
	verdicts  map[Subject]verdict // of a rehearsal
	unfit     []Subject           // what can only join, and had nothing to join in the last round
	weighed   int                 // candidates so far
	rehearses bool                // it only tries out decisions
}

// reportKey holds the partner as well: ids are the partners' choice, and one
// partner must not be able to use up another's.
type reportKey struct {
	partner access.PartnerID
	report  string
}

// NewState makes a state that knows nothing yet.
func NewState(cfg Config) *State {
	return &State{
		cfg:          cfg.withDefaults(),
		reports:      newGenerations[reportKey, struct{}](maxReports),
		contributors: make(map[access.PartnerID]*contributor),
		subjects:     make(map[Subject]*evidence),
		campaigns:    campaigns{newGenerations[string, string](maxCampaigns)},
		threads:      newGenerations[observable.Value, string](maxCampaigns),
		outbreaks:    make(map[string]*record),
		open:         make(map[Subject]string),
		dirty:        make(map[Subject]struct{}),
		touched:      make(map[string]struct{}),
		stirred:      make(map[string]bool),
		parked:       parked{make(map[access.PartnerID]*contributor), make(map[Subject]struct{})},
	}
}

// Apply folds one entry; kinds of other packages are ignored. An entry whose
// body cannot be read is an error and changes nothing.
func (s *State) Apply(e ledger.Entry) error {
	s.mu.Lock()
	s.altered = s.altered[:0]
	s.mu.Unlock()
	switch e.Kind {
	case sighting.KindReported:
		var r sighting.Report
		if err := json.Unmarshal(e.Body, &r); err != nil {
			return fmt.Errorf("fold report of sightings: %w", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.report(e, &r)
	case KindWord:
		var w Warning
		if err := json.Unmarshal(e.Body, &w); err != nil {
			return fmt.Errorf("fold warning: %w", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.warned(e, w)
	case KindRaised, KindGrown, KindMerged, KindEnded:
		var o Outbreak
		if err := json.Unmarshal(e.Body, &o); err != nil {
			return fmt.Errorf("fold outbreak: %w", err)
		}
		if o.ID == "" {
			return errors.New("fold outbreak: it has no id")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now = later(s.now, e.Time)
		s.decided(o)
	case access.KindPartnerJoined, access.KindPartnerLeft:
		s.mu.Lock()
		defer s.mu.Unlock()
		if e.Kind == access.KindPartnerJoined {
			s.members(s.partners + 1)
		} else {
			s.members(s.partners - 1)
		}
	case contribution.KindAccepted:
		list, err := readTold(e)
		if err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.campaigns.learn(e.Actor, list)
	}
	return nil
}

// List is every outbreak, the first raised first, brought up to date with the
// evidence that came in since its last entry. See Compare for the order in which
// people look.
func (s *State) List() []Outbreak {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Outbreak, 0, len(s.outbreaks))
	for _, rec := range s.outbreaks {
		list = append(list, rec.live.clone())
	}
	slices.SortFunc(list, compareRaised)
	return list
}

// Altered are the ids of the outbreaks that the entry which was folded last told
// something of: a view that is folded after this one asks what has become of them.
func (s *State) Altered() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Compact(slices.Sorted(slices.Values(s.altered)))
}

func (s *State) alter(id string) {
	if n := len(s.altered); n == 0 || s.altered[n-1] != id {
		s.altered = append(s.altered, id)
	}
}

// Get is one outbreak, as List has it.
func (s *State) Get(id string) (Outbreak, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	rec, ok := s.outbreaks[id]
	if !ok {
		return Outbreak{}, false
	}
	return rec.live.clone(), true
}
