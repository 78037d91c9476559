package protect

import (
	"slices"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
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
	due    []dueRecord      // in the order of the ledger; those no longer due are skipped

	added   []addition             // by the rule, of the last hour
	near    map[string][]time.Time // the same by neighbourhood
	refused hourly                 // by the rule

	lives      *agenda // decisions in force and proposals, by when they run out
	doubtful   *agenda // blocks in force that may have to go
	promotions *agenda // by when their hold ends
	renewals   *agenda // by when they may be renewed
	ghosts     *agenda // what readers may hold in force and the hub does not

	aliases map[string]map[*slot]struct{} // blocks by what they hit, where they are written otherwise
	records shares[*record]
	words   words
	listed  map[uint64]*record // by the value's print, where indicators are part of the evidence

	kill     mustResolve
	guards   Guards // all that are configured, and assets
	firm     Guards // those that nobody may overrule
	assets   *DeclaredAssets
	reports  reportIDs
	refusals []PartnerRefusal
	heard    standings
	canaries map[access.PartnerID]struct{}
	acts     acts
}

// dueRecord is a record that became due with an entry; it still is if the
// record says the same.
type dueRecord struct {
	*record
	since ledger.Seq
	at    time.Time // the entry's
}

// NewState is the state of an empty ledger.
func NewState(cfg Config) *State {
	cfg = cfg.withDefaults()
	assets := NewDeclaredAssets()
	guards := append(Guards(slices.Clip(cfg.Guards)), assets)
	return &State{
		cfg: cfg, guards: guards, firm: guards.Firm(), assets: assets, values: map[observable.Value]*record{}, ids: map[string]*slot{},
		kill: newMustResolve(cfg.Sinkhole), near: map[string][]time.Time{},
		lives: newAgenda(), doubtful: newAgenda(), promotions: newAgenda(), renewals: newAgenda(), ghosts: newAgenda(),
		aliases: map[string]map[*slot]struct{}{}, words: newWords(), listed: map[uint64]*record{},
		heard: standings{}, canaries: map[access.PartnerID]struct{}{}, acts: newActs(),
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
	case contribution.KindAccepted:
		err = s.applyContribution(e)
	case contribution.KindTightened:
		err = ledger.Fold(e, s.applyTightening)
	case access.KindPartnerJoined:
		err = ledger.Fold(e, s.applyJoined)
	case access.KindPartnerChanged:
		err = ledger.Fold(e, s.applyDesignation)
	case access.KindPartnerLeft:
		err = ledger.Fold(e, s.applyLeft)
	case KindDecided:
		err = ledger.Fold(e, s.applyDecision)
	case KindRecallProposed:
		err = ledger.Fold(e, s.applyRecallProposal)
	case KindRefused:
		err = ledger.Fold(e, s.applyRefusal)
	case KindReceipt:
		err = s.applyReceipts(e)
	case KindStopped:
		err = ledger.Fold(e, s.applyStop)
	case KindQuarantined:
		err = ledger.Fold(e, s.applyQuarantine)
	}
	if err == nil {
		err = s.assets.Apply(e)
	}
	if err != nil {
		return err
	}
	s.applied = e.Seq
	return nil
}

// maxRefusals bounds the refusals that are listed; the oldest are forgotten first.
const maxRefusals = 20_000

func (s *State) applyRefusal(e ledger.Entry, refusal Refusal) {
	audience, _ := access.ParseAudience(e.Audience) // unreadable: nobody's
	if len(s.refusals) >= maxRefusals {
		s.refusals = slices.Delete(s.refusals, 0, maxRefusals/10)
	}
	s.refusals = append(s.refusals, PartnerRefusal{Partner: access.PartnerID(e.Actor), Seq: e.Seq, Refusal: refusal, audience: audience})
	r := s.record(refusal.Value, access.PartnerID(e.Actor))
	if e.Actor == access.Hub && refusal.Asked == askedByRule {
		s.refused.note(e.Time)
		r.evidence.answer(s.heard)
		s.settle(r)
	}
	r.tell(e, Event{Refusal: &refusal})
}

// hourly counts what the rule did within the last hour. The times come in the
// order of the ledger, whose clock may be set back: then some count for longer.
type hourly []time.Time

func (h *hourly) note(at time.Time) { *h = append((*h)[h.gone(at):], at) }

func (h *hourly) gone(now time.Time) (n int) {
	for n < len(*h) && now.Sub((*h)[n]) >= time.Hour {
		n++
	}
	return n
}

func (h *hourly) within(now time.Time) int { return len(*h) - h.gone(now) }
