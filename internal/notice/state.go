package notice

import (
	"fmt"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/disclosure"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// Config is how the room works. Zero values take the defaults.
type Config struct {
	// Severity of what has none of its own, by topic: of withdrawals info, else warning.
	Severity map[Topic]Severity
	// Fresh is how old a cause may be of which the ledger says no notice yet: 24
	// hours. A ledger from before there were notices tells nobody of its past.
	Fresh time.Duration
	// Cap is how many deliveries of one severity a channel gets in an hour, 30;
	// those beyond are collected for Calm, 10 minutes, at a time.
	Cap  int
	Calm time.Duration
	// Within is how long an alert waits to be acknowledged that does not say: DefaultWithin.
	Within time.Duration
	Dial   dial.Policy // what of a channel's target can be checked when it is added
	// SmallestGroup of organisations that is counted apart; disclosure.DefaultLeast.
	SmallestGroup int
}

// Sources are what other rooms know that a notice depends on. They are asked while
// an entry is folded, after those rooms have folded it.
type Sources struct {
	// Called says whether a call for assistance reaches who reads for a partner.
	Called func(access.Principal, response.CallID) bool
	// Holders are the partners that have a protection in force.
	Holders func(protection string) []access.PartnerID
}

// State is the view of what the ledger says of it. Its methods may be called from
// many goroutines at once.
type State struct {
	cfg  Config
	from Sources
	mu   sync.RWMutex
	crowd

	causes  []*Raising // that the ledger says no notice of yet, in order
	timers  agenda[*timer]
	ringing map[string]*node[*timer] // the timers, by their keys
	pending map[string]*gathering    // causes of one kind that are collected, by what tells them apart
	actions map[response.ActionID]*action
	names   map[string]bool // protections that must resolve, of which was told

	caused, approvals counts // notices of each partner's doing

	added, tested often // channels: by partner; tests by partner and by target
	left          ways

	inboxes    map[access.PartnerID]*inbox
	channels   map[string]*channel
	channelsOf map[access.PartnerID][]*channel
	turns      agenda[*channel] // when each channel with something to send is to be tried
	lates      agenda[*channel] // when what each channel was to be sent is given up
	ladders    map[access.PartnerID]Ladder
	climbs     agenda[*item] // when each notice takes its next step

	alerts map[AlertID]*alert
	issued []*alert // in order
	about  map[string][]*alert
	latest map[access.PartnerID][]time.Time // of each partner's alerts within a day
}

// NewState makes a state that knows nothing yet.
func NewState(cfg Config) *State {
	or(&cfg.Fresh, 24*time.Hour)
	or(&cfg.Cap, 30)
	or(&cfg.Calm, 10*time.Minute)
	or(&cfg.Within, DefaultWithin)
	or(&cfg.SmallestGroup, disclosure.DefaultLeast)
	return &State{
		cfg: cfg, crowd: newCrowd(),
		from: Sources{
			Called:  func(access.Principal, response.CallID) bool { return false },
			Holders: func(string) []access.PartnerID { return nil },
		},
		ringing: map[string]*node[*timer]{}, pending: map[string]*gathering{}, actions: map[response.ActionID]*action{}, names: map[string]bool{},
		added: often{}, tested: often{}, left: ways{},
		caused: counts{}, approvals: counts{},
		inboxes: map[access.PartnerID]*inbox{}, channels: map[string]*channel{}, channelsOf: map[access.PartnerID][]*channel{},
		ladders: map[access.PartnerID]Ladder{}, alerts: map[AlertID]*alert{}, about: map[string][]*alert{},
		latest: map[access.PartnerID][]time.Time{},
	}
}

func or[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// From tells the state whom to ask what other rooms know. Call it before the first
// entry is folded.
func (s *State) From(from Sources) { s.from = from }

// folds say what each kind of entry changes. Those of other rooms are causes.
var folds = map[ledger.Kind]func(*State, ledger.Entry) error{
	KindAlertIssued:       folding((*State).alertIssued),
	KindAlertAcknowledged: folding((*State).alertAcknowledged),
	KindAlertWithdrawn:    folding((*State).alertWithdrawn),
	KindRaised:            folding((*State).raised),
	KindAcknowledged:      folding((*State).read),
	KindEscalated:         folding((*State).escalated),
	KindSent:              folding((*State).sent),
	KindFailed:            folding((*State).failed),
	KindChannelAdded:      folding((*State).channelAdded),
	KindChannelRemoved:    folding((*State).channelRemoved),
	KindChannelTested:     folding((*State).channelTested),
	KindEscalationSet:     folding((*State).ladderSet),

	outbreak.KindRaised:        folding((*State).outbreakRaised),
	outbreak.KindEnded:         folding((*State).outbreakEnded),
	response.KindCallOpened:    folding((*State).callOpened),
	response.KindOpened:        folding((*State).actionOpened),
	response.KindApproved:      folding((*State).actionApproved),
	response.KindRefused:       folding((*State).actionApproved),
	response.KindCommitted:     folding((*State).actionCommitted),
	response.KindContested:     folding((*State).actionContested),
	response.KindOverdue:       folding((*State).actionOverdue),
	response.KindOwnerOffered:  folding((*State).ownerOffered),
	response.KindOwnerAccepted: folding((*State).ownerAccepted),
	response.KindCancelled:     folding((*State).actionCancelled),
	duty.KindWarned:            folding((*State).dutyWarned),
	protect.KindDecided:        protectionDecided,
	contribution.KindTightened: folding((*State).tightened),
}

// folding reads an entry's body and applies it while nobody reads. What was erased
// changes nothing.
func folding[T any](apply func(*State, ledger.Entry, T)) func(*State, ledger.Entry) error {
	return func(s *State, e ledger.Entry) error {
		if string(e.Body) == ledger.Erased {
			return nil
		}
		return ledger.Fold(e, func(e ledger.Entry, body T) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.outdated(e.Time)
			apply(s, e, body)
		})
	}
}

// Apply folds one entry; kinds that tell nobody anything are ignored.
func (s *State) Apply(e ledger.Entry) error {
	if err := s.applyCrowd(e); err != nil {
		return fmt.Errorf("fold notices: %w", err)
	}
	fold, ok := folds[e.Kind]
	if !ok {
		return nil
	}
	if err := fold(s, e); err != nil {
		return fmt.Errorf("fold notices: %w", err)
	}
	return nil
}

// applyCrowd folds who takes part.
func (s *State) applyCrowd(e ledger.Entry) error {
	switch e.Kind {
	case access.KindPartnerJoined, access.KindPartnerChanged, access.KindPartnerLeft,
		access.KindCommunityCreated, access.KindCommunityJoined, access.KindCommunityLeft,
		access.KindClientListed, access.KindClientUnlisted:
	default:
		return nil
	}
	if err := s.dir.Apply(e); err != nil {
		return err
	}
	if e.Kind != access.KindPartnerLeft {
		return nil
	}
	return folding(func(s *State, _ ledger.Entry, gone access.Departure) { s.departed(gone.Partner) })(s, e)
}

func (s *State) takesPart(partner access.PartnerID) bool {
	_, here := s.dir.Partner(partner)
	return here
}
