package response

import (
	"cmp"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/disclosure"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries of the ledger about accountability, each with the type of its body.
// They are the partner's own: who else sees what they say, the room decides.
const (
	KindExplained     ledger.Kind = "accountability.explained" // Explanation
	KindAccountShared ledger.Kind = "accountability.shared"    // AccountSharing
)

const (
	// defaultGrace is how long after its deadline a commitment counts as broken, and
	// who was asked as silent: clocks and shifts differ.
	defaultGrace = time.Hour
	// defaultDelay is how long after a deadline others see what came of it.
	defaultDelay = 24 * time.Hour
	// leastSample is how many commitments have to be settled for a percentage of
	// them to say anything.
	leastSample = 10
)

func (c Config) grace() time.Duration { return cmp.Or(c.Grace, defaultGrace) }

// delay is never shorter than the grace: nobody else is to see as broken what is not.
func (c Config) delay() time.Duration {
	return max(cmp.Or(c.AccountabilityDelay, defaultDelay), c.grace())
}

// Explanation is what a partner says to one of its commitments, or to having been
// asked. It is shown beside it. The latest one stands.
type Explanation struct {
	Action ActionID `json:"action,omitempty"`
	Call   CallID   `json:"call,omitempty" doc:"instead of an action"`
	Text   string   `json:"text"`
}

// AccountSharing is to whom beside coordinators a partner shows its own; it takes
// the place of what was said before.
type AccountSharing struct {
	With []access.PartnerID `json:"with"`
}

// Kept counts commitments. What does not count against a partner (the action was
// cancelled or refused) is in none but Excused; a commitment whose approval is
// awaited, or was given after the deadline, has no deadline.
type Kept struct {
	InTime     int `json:"in_time"` // done by the deadline, or without one
	Late       int `json:"late"`    // done after it
	Broken     int `json:"broken"`  // not done when the deadline had passed by more than the grace
	RolledBack int `json:"rolled_back"`
	Open       int `json:"open,omitzero" doc:"for the partner itself"`
	Excused    int `json:"excused,omitzero" doc:"for the partner itself: cancelled or refused by others"`
	Volunteers int `json:"volunteered"` // of those that were done, the ones that nobody asked for
	// InTimePercent is that of InTime among InTime, Late, Broken and RolledBack; nil
	// for fewer than ten.
	InTimePercent *int `json:"in_time_percent,omitempty"`
}

// Asks counts how often a partner was asked, by actions and calls.
type Asks struct {
	Asked    int `json:"asked"`
	Answered int `json:"answered"` // a refusal is an answer
	Silent   int `json:"silent"`   // no answer when the deadline had passed by more than the grace
	Waiting  int `json:"waiting,omitzero" doc:"for the partner itself: not answered, and not late"`
}

// Span sums durations up, in seconds. The median of an even number is the lower of
// the two in the middle.
type Span struct {
	Count   int      `json:"count"`
	MedianS *float64 `json:"median_s,omitempty"`
	WorstS  *float64 `json:"worst_s,omitempty"`
}

// Spans are the times to the first answer, to the commitment and to the report
// that it is done.
type Spans struct {
	Answer     Span `json:"answer"`
	Commitment Span `json:"commitment"`
	Done       Span `json:"done"`
}

// Account is what one partner promised and did, as of a time. For others than the
// partner it holds only what was due a day before (Config.AccountabilityDelay), of
// actions and calls that the reader may see.
type Account struct {
	Partner     access.PartnerID `json:"partner"`
	AsOf        time.Time        `json:"as_of"`
	Own         bool             `json:"own"`
	Commitments Kept             `json:"commitments"`
	Asks        Asks             `json:"asks"`
	FromAsk     Spans            `json:"from_ask"`   // of what it was asked for
	FromAlarm   Spans            `json:"from_alarm"` // of what answers an outbreak, from its alarm, volunteered or asked
}

// Outcome is what came of one commitment or of having been asked.
type Outcome string

// The outcomes.
const (
	KeptInTime   Outcome = "kept-in-time"
	KeptLate     Outcome = "kept-late"
	Broken       Outcome = "broken"
	Reversed     Outcome = "rolled-back"
	StillOpen    Outcome = "open"
	Excused      Outcome = "excused"
	AskedWaiting Outcome = "asked"    // not answered, and not late
	AskedSilent  Outcome = "silent"   // not answered
	AskAnswered  Outcome = "answered" // a call
)

// Dealing is one commitment, or one time that a partner was asked and has not
// committed.
type Dealing struct {
	Key       string    `json:"key"` // tells it from the partner's others
	Action    ActionID  `json:"action,omitempty"`
	Call      CallID    `json:"call,omitempty"`
	Title     string    `json:"title"`
	Asked     bool      `json:"asked"` // false: volunteered
	Opened    time.Time `json:"opened"`
	Answered  time.Time `json:"answered,omitzero"`
	Deadline  time.Time `json:"deadline,omitzero"` // as it binds the partner
	Done      time.Time `json:"done,omitzero"`
	Outcome   Outcome   `json:"outcome"`
	Said      string    `json:"explanation,omitempty"`
	SaidAt    time.Time `json:"explained,omitzero"`
	shownFrom int64     // microseconds since 1970 after which others see it
}

// AccountSummary is what all partners together kept, for everyone in the
// community, as others see each. Counts are those of Columns.
type AccountSummary struct {
	AsOf      time.Time          `json:"as_of"`
	Columns   []string           `json:"columns"`
	Least     int                `json:"least"` // organisations in the smallest group that is shown
	Sectors   []disclosure.Group `json:"sectors"`
	Countries []disclosure.Group `json:"countries"`
	// TooFew says that fewer organisations than Least have anything to sum up.
	TooFew bool `json:"too_few"`
}
