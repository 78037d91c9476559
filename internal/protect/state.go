package protect

import (
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// State is the view of all protections, and the decider that asks for them.
// It changes by Apply alone; everything else reads. Its methods may be called
// from many goroutines at once.
type State struct {
	mu      sync.RWMutex
	cfg     Config
	applied ledger.Seq

	values map[observable.Value]*record
	ids    map[string]*slot // every protection ever decided, by id
	lives  lifetimes
	due    []dueRecord // in the order of the ledger; those no longer due are skipped
	added  []time.Time // when automation added, for the cap

	kill     mustResolve
	doubtful map[*slot]struct{} // blocks in force that may have to go
	reports  reportIDs
	refusals []PartnerRefusal
	receipts map[string]map[receiptKey]PartnerReceipt
	heard    standings
}

// dueRecord is a record that became due with an entry; it still is if the
// record says the same.
type dueRecord struct {
	*record
	since ledger.Seq
}

// NewState is the state of an empty ledger.
func NewState(cfg Config) *State {
	cfg = cfg.withDefaults()
	return &State{
		cfg: cfg, values: map[observable.Value]*record{}, ids: map[string]*slot{},
		kill: newMustResolve(cfg.Sinkhole), doubtful: map[*slot]struct{}{},
		receipts: map[string]map[receiptKey]PartnerReceipt{}, heard: standings{},
	}
}

// Apply folds an entry; kinds that are not its own it leaves alone, and an
// entry that it has folded already as well. Entries have to come in the order
// of the ledger.
func (s *State) Apply(e ledger.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Seq <= s.applied {
		return nil
	}
	var err error
	switch e.Kind {
	case sighting.KindReported:
		err = ledger.Fold(e, s.applyReport)
	case access.KindPartnerChanged:
		err = ledger.Fold(e, s.applyDesignation)
	case KindDecided:
		err = ledger.Fold(e, s.applyDecision)
	case KindRefused:
		err = ledger.Fold(e, s.applyRefusal)
	case KindReceipt:
		err = ledger.Fold(e, s.applyReceipt)
	}
	if err != nil {
		return err
	}
	s.applied = e.Seq
	return nil
}

func (s *State) record(v observable.Value) *record {
	r, ok := s.values[v]
	if !ok {
		r = &record{value: v}
		s.values[v] = r
	}
	return r
}

func (s *State) applyReport(e ledger.Entry, report sighting.Report) {
	partner := access.PartnerID(e.Actor)
	if !s.reports.first(partner, report.ID, e.Time) {
		return
	}
	s.stands(partner, standing{Standing: access.Standing{Organisation: report.Organisation, Designated: report.Designated}})
	audience, err := access.ParseAudience(e.Audience)
	open := err == nil && (audience.TLP == access.Clear || audience.TLP != access.Red && audience.Community == access.DefaultCommunity)
	for _, sight := range report.Sightings {
		v, err := observable.New(sight.Type, sight.Text)
		if err != nil {
			continue // nothing can match it; intake says so to the sender
		}
		r := s.record(v)
		r.tellSighting(e, sight)
		if sight.Basis == sighting.Sinkhole {
			continue // whoever likes can visit one: it speaks neither for the value nor against it
		}
		blocked := r.current.holds() && r.current.Polarity == Block // then it may not resolve because of us
		if sight.Unresolved && r.unresolved == 0 && !blocked {
			r.unresolved = e.Seq
		}
		if sight.Basis != sighting.Suspect || partner == "" || partner == access.Hub {
			continue
		}
		from, to := sight.FirstSeen, sight.LastSeen
		if to.Before(from) {
			from, to = to, from
		}
		r.evidence.add(partner, span{from, to, report.ID, open, report.Designated}, s.cfg.Window, s.heard)
		s.consider(r, e.Seq)
	}
}

// consider notes that automation has something to answer about the value.
func (s *State) consider(r *record, at ledger.Seq) {
	if r.due != 0 || r.current.holds() || !automatable(r.value) || s.witnesses(r) == nil {
		return
	}
	r.due = at
	s.due = append(s.due, dueRecord{r, at})
}

// settle notes that automation has its answer.
func (s *State) settle(r *record) {
	r.due = 0
	gone := 0
	for gone < len(s.due) && s.due[gone].due != s.due[gone].since {
		gone++
	}
	clear(s.due[:gone])
	s.due = s.due[gone:]
}

func (s *State) applyRefusal(e ledger.Entry, refusal Refusal) {
	audience, _ := access.ParseAudience(e.Audience) // unreadable: nobody's
	s.refusals = append(s.refusals, PartnerRefusal{Partner: access.PartnerID(e.Actor), Seq: e.Seq, Refusal: refusal, audience: audience})
	r := s.record(refusal.Value)
	if e.Actor == access.Hub && refusal.Asked == askedByRule {
		r.evidence.answer(s.heard)
		s.settle(r)
	}
	r.tell(e, Event{Refusal: &refusal})
}
