package outbreak

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// maxReports bounds the memory of which reports were counted already.
const maxReports = 1 << 16

// State is the hub's view of evidence and outbreaks, and the decider that asks
// for alarms. Its methods may be called from many goroutines at once.
type State struct {
	cfg Config

	mu        sync.RWMutex
	reports   generations[reportKey, struct{}]
	subjects  generations[subject, *evidence]
	dirty     map[subject]struct{} // touched since Pending last found nothing about them
	outbreaks map[string]*record
	open      map[subject]string // the outbreak that each subject of one belongs to
}

// reportKey holds the partner as well: ids are the partners' choice, and one
// partner must not be able to use up another's.
type reportKey struct {
	partner access.PartnerID
	report  string
}

// NewState makes a state that knows nothing yet.
func NewState(cfg Config) *State {
	cfg = cfg.withDefaults()
	return &State{
		cfg:       cfg,
		reports:   newGenerations[reportKey, struct{}](maxReports),
		subjects:  newGenerations[subject, *evidence](cfg.MaxSubjects),
		dirty:     make(map[subject]struct{}),
		outbreaks: make(map[string]*record),
		open:      make(map[subject]string),
	}
}

// Apply folds one entry; kinds of other packages are ignored. An entry whose
// body cannot be read is an error and changes nothing.
func (s *State) Apply(e ledger.Entry) error {
	switch e.Kind {
	case sighting.KindReported:
		var r sighting.Report
		if err := json.Unmarshal(e.Body, &r); err != nil {
			return fmt.Errorf("fold report of sightings: %w", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.report(access.PartnerID(e.Actor), r, e.Time)
	case KindRaised, KindGrown:
		var o Outbreak
		if err := json.Unmarshal(e.Body, &o); err != nil {
			return fmt.Errorf("fold outbreak: %w", err)
		}
		if o.ID == "" {
			return errors.New("fold outbreak: it has no id")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.decided(o)
	}
	return nil
}

// report takes in one partner's batch.
func (s *State) report(from access.PartnerID, r sighting.Report, accepted time.Time) {
	key := reportKey{from, r.ID}
	if _, again := s.reports.get(key); again && r.ID != "" {
		return
	}
	s.reports.put(key, struct{}{})
	for _, scan := range r.Scans {
		if scan.Port != 0 {
			p := s.point(r.ID, scan.FirstSeen, scan.LastSeen, accepted)
			s.observe(subject{port: scan.Port}, from, r, p, scan.Sources, scan.Sources >= s.cfg.Sources)
		}
	}
	for _, seen := range r.Sightings {
		p := s.point(r.ID, seen.FirstSeen, seen.LastSeen, accepted)
		s.observe(subject{value: seen.Value}, from, r, p, seen.Scanning(), seen.Basis == sighting.Suspect)
	}
}

// point bounds what a partner's clock can do: nothing was seen after the hub
// accepted the report of it, and nothing counts as having gone on for longer
// than an outbreak may be quiet. A time that cannot be meant is the zero point.
func (s *State) point(report string, first, last, accepted time.Time) point {
	if last.Year() < 1990 {
		return point{}
	}
	if !accepted.IsZero() && last.After(accepted.Add(s.cfg.Skew)) {
		last = accepted
	}
	if first.After(last) {
		first = last
	}
	return point{first: later(first, last.Add(-s.cfg.Quiet)), at: last, report: report}
}

// observe notes one observation. What does not weigh enough to raise an alarm
// (a lone scanner, a value that is already a known indicator) still says that an
// outbreak which there is has reached the partner.
func (s *State) observe(about subject, from access.PartnerID, r sighting.Report, p point, sources int, weighs bool) {
	if p.at.IsZero() {
		return
	}
	ev, ok := s.subjects.get(about)
	if !ok {
		if !weighs && s.open[about] == "" {
			return
		}
		ev = &evidence{byPartner: make(map[access.PartnerID]*account), outbreak: s.open[about]}
		s.subjects.put(about, ev)
	}
	a := ev.byPartner[from]
	if a == nil {
		if !weighs && ev.outbreak == "" {
			return
		}
		a = &account{}
		ev.byPartner[from] = a
	}
	a.sector, a.country = r.Sector, r.Country
	a.sources = max(a.sources, sources)
	if weighs {
		a.add(p)
	}
	s.dirty[about] = struct{}{}
	s.absorb(about, ev, a.observation(from, p))
}

// absorb adds an observation to the outbreak that its subject belongs to, or
// parts the subject from an outbreak that has been quiet for too long.
func (s *State) absorb(about subject, ev *evidence, o Observation) {
	rec := s.outbreaks[ev.outbreak]
	if rec == nil {
		return
	}
	if o.At.Sub(rec.live.LastSeen) > s.cfg.Quiet {
		delete(s.open, about)
		ev.outbreak, ev.after = "", rec.live.LastSeen
		return
	}
	rec.absorb(o)
}

// decided takes in an outbreak as the ledger has it from now on.
func (s *State) decided(o Outbreak) {
	rec := &record{sources: make(map[access.PartnerID]int)}
	if known := s.outbreaks[o.ID]; known != nil {
		rec = known.copy() // a rehearsal of Pending may share it
	}
	s.outbreaks[o.ID] = rec
	rec.settle(o)
	for _, about := range o.subjects() {
		s.open[about] = o.ID
		s.dirty[about] = struct{}{}
		ev, ok := s.subjects.get(about)
		if !ok || ev.outbreak == o.ID {
			continue
		}
		ev.outbreak = o.ID
		known := ev.observations(time.Time{})
		slices.SortFunc(known, compareObservations)
		for _, seen := range known {
			s.absorb(about, ev, seen)
		}
	}
}

// List is every outbreak, the first raised first, brought up to date with the
// evidence that came in since its last entry.
func (s *State) List() []Outbreak {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Outbreak, 0, len(s.outbreaks))
	for _, rec := range s.outbreaks {
		list = append(list, rec.live.clone())
	}
	slices.SortFunc(list, compareOutbreaks)
	return list
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
