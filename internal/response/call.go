package response

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries of the ledger about calls for assistance, each with the type of its body.
const (
	KindCallOpened   ledger.Kind = "call.opened"   // CallOpening
	KindCallAnswered ledger.Kind = "call.answered" // CallAnswer
	KindCallClosed   ledger.Kind = "call.closed"   // CallClosing
)

// CallID is "call--" and a UUID.
type CallID string

// CallOpening is a call for assistance as it was opened. It reaches the partners
// that match each of the four lists, an empty one being matched by everybody, and
// those it names; if it names some and all lists are empty, only those. Nobody is
// reached who may not see the call.
type CallOpening struct {
	ID        CallID             `json:"id,omitempty" doc:"given by the hub"`
	Outbreak  string             `json:"outbreak,omitempty" doc:"id of the outbreak that it is about"`
	Title     string             `json:"title"`
	Text      string             `json:"text,omitempty" doc:"what is needed, in words"`
	Sectors   []string           `json:"sectors,omitempty"`
	Countries []string           `json:"countries,omitempty" doc:"ISO 3166-1 alpha-2"`
	Kinds     []string           `json:"kinds,omitempty" doc:"of partner, such as security"`
	Skills    []string           `json:"skills,omitempty" doc:"any of which is enough"`
	Partners  []access.PartnerID `json:"partners,omitempty"`
	Deadline  time.Time          `json:"deadline,omitzero" doc:"until when answers are awaited"`
}

// CallAnswer is what a partner says to a call: what it offers, or that it cannot
// help. The latest one stands.
type CallAnswer struct {
	Call     CallID   `json:"call"`
	Offer    string   `json:"offer,omitempty" doc:"with what, in words; may be left out of a refusal"`
	Skills   []string `json:"skills,omitempty"`
	Declined bool     `json:"declined,omitzero"`
}

// CallClosing ends a call: nobody can answer it any more.
type CallClosing struct {
	Call   CallID `json:"call"`
	Reason string `json:"reason"`
}

// Call is a call as one reader sees it at one time. Counts are of partners.
type Call struct {
	CallOpening
	By        access.PartnerID `json:"by"`
	Opened    time.Time        `json:"opened"`
	Audience  access.Audience  `json:"audience"`
	Automatic bool             `json:"automatic,omitzero"` // by the hub, on an alarm
	Closed    time.Time        `json:"closed,omitzero"`
	Reason    string           `json:"reason,omitempty"` // why it was closed

	Reached    int `json:"reached"`
	Offers     int `json:"offers"`     // partners that offer something, called or not
	Declined   int `json:"declined"`   // that cannot help
	Volunteers int `json:"volunteers"` // of the offers, those of partners that were not called

	CalledYou bool   `json:"called_you,omitzero"`   // the reader's partner was reached
	Your      *Reply `json:"your_answer,omitempty"` // of the reader's partner
	// Waiting are the partners that were reached and have not answered, in the order
	// of their ids: for a partner's coordinators and for who opened the call; nil for
	// others, and in lists.
	Waiting []access.PartnerID `json:"waiting,omitempty"`
}

// Reply is a partner's answer as it stands. The first one's time counts.
type Reply struct {
	Partner  access.PartnerID `json:"partner"`
	At       time.Time        `json:"at"`
	AfterS   float64          `json:"after_s"` // seconds from the opening to the first answer
	Called   bool             `json:"called"`  // false: it answered without being called
	Late     bool             `json:"late,omitzero"`
	Declined bool             `json:"declined,omitzero"`
	Offer    string           `json:"offer,omitempty"`
	Skills   []string         `json:"skills,omitempty"`
	Changed  time.Time        `json:"changed,omitzero"`  // when it was changed last
	Earlier  []Version        `json:"earlier,omitempty"` // answers that no longer stand, the oldest first
}

// Version is one wording of an answer.
type Version struct {
	At       time.Time `json:"at"`
	Declined bool      `json:"declined,omitzero"`
	Offer    string    `json:"offer,omitempty"`
	Skills   []string  `json:"skills,omitempty"`
}

// callRecord is a call as folded.
type callRecord struct {
	CallOpening
	by       access.PartnerID
	opened   time.Time
	audience access.Audience
	reached  []access.PartnerID // when it was opened, sorted
	answers  map[access.PartnerID][]Version
	order    []access.PartnerID // as they answered first
	closed   time.Time
	reason   string

	offers, declined, volunteers int // of the answers that stand
}
