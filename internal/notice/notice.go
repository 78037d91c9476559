// Package notice decides what is to be told to whom and when: alerts that people
// issue, notices of what happened, channels, digests, quiet hours, and escalation
// until somebody acknowledges. How they are sent is package deliver's.
//
// # From a cause to a delivery
//
//  1. State.Apply finds in an entry a cause to tell somebody, and by the release
//     rule whom: cause, reach.
//  2. State.Pending appends notice.raised: one entry a cause, with the partners.
//     It is the intent; nothing leaves that is not on the ledger so: raise.
//  3. Folding it puts the notice into each partner's inbox, which is there for
//     whoever has no channel or none that works, and onto the partner's channels,
//     as parcels: at once, when quiet hours end, or when a digest closes: parcel.
//  4. State.Due is what a worker sends now. State.Sent and State.Failed are the
//     outcome, an entry each: due.
//  5. What needs an acknowledgement and has none climbs its partner's ladder:
//     notice.escalated, one entry a step: escalate.
//
// Everything but step 4's sending follows from the ledger and its times alone, so
// that a restart neither loses nor doubles a notice: ids of notices and keys of
// deliveries are derived, and what a parcel holds is settled by the ledger's times.
package notice

import (
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries of the ledger that this package folds, each with the type of its body.
const (
	KindAlertIssued       ledger.Kind = "alert.issued"       // Alert
	KindAlertAcknowledged ledger.Kind = "alert.acknowledged" // Acknowledgement
	KindAlertWithdrawn    ledger.Kind = "alert.withdrawn"    // Withdrawal

	KindRaised       ledger.Kind = "notice.raised"       // Raising
	KindAcknowledged ledger.Kind = "notice.acknowledged" // Reading
	KindEscalated    ledger.Kind = "notice.escalated"    // Escalation
	KindSent         ledger.Kind = "notice.sent"         // Outcome
	KindFailed       ledger.Kind = "notice.failed"       // Outcome

	KindChannelAdded   ledger.Kind = "channel.added"   // Channel, with its secret: see Sealed
	KindChannelRemoved ledger.Kind = "channel.removed" // ChannelRemoval
	KindChannelTested  ledger.Kind = "channel.tested"  // ChannelTest
	KindEscalationSet  ledger.Kind = "escalation.set"  // Ladder
)

// Sealed says whether bodies of the kind hold what nobody may read in a copy of the
// ledger: secrets, and addresses of people. They are to be kept under keys of their
// own.
func Sealed(kind ledger.Kind) bool { return kind == KindChannelAdded }

// Topic is what a notice is about, as partners choose what a channel is told.
type Topic string

// The topics.
const (
	TopicOutbreak   Topic = "outbreak"   // raised, or ended
	TopicAlert      Topic = "alert"      // issued, withdrawn, not acknowledged
	TopicCall       Topic = "call"       // for assistance, that reaches the partner
	TopicAction     Topic = "action"     // asked of the partner, overdue, contested, to be approved
	TopicDuty       Topic = "duty"       // a report's deadline
	TopicProtection Topic = "protection" // recalled where it was in force; a name that must resolve
	TopicWithdrawal Topic = "withdrawal" // what another partner had shared was taken back
	TopicChannel    Topic = "channel"    // one of the partner's channels was given up, or is tested
)

// Topics lists the topics in the order in which forms offer them.
func Topics() []Topic {
	return []Topic{TopicOutbreak, TopicAlert, TopicCall, TopicAction, TopicDuty, TopicProtection, TopicWithdrawal, TopicChannel}
}

// Severity is how much a notice matters.
type Severity string

// In rising order.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// Severities lists the severities, the least first.
func Severities() []Severity { return []Severity{Info, Warning, Critical} }

// rank is a severity's place, -1 of one that there is not.
func (s Severity) rank() int {
	switch s {
	case Info:
		return 0
	case Warning:
		return 1
	case Critical:
		return 2
	}
	return -1
}

// AtLeast says whether s matters as much as least, or more.
func (s Severity) AtLeast(least Severity) bool { return s.rank() >= least.rank() }

// Notice is one thing that one partner is told.
type Notice struct {
	// ID is "notice--" and a UUID that follows from the cause and the partner.
	ID       string           `json:"id"`
	Partner  access.PartnerID `json:"partner"`
	Topic    Topic            `json:"topic"`
	Severity Severity         `json:"severity"`
	Subject  string           `json:"subject,omitempty"` // the outbreak, action, alert or value that it is about
	Title    string           `json:"title"`             // with the marking in front: "[TLP:GREEN] ..."
	Text     string           `json:"text,omitempty"`
	TLP      access.TLP       `json:"tlp"`
	Link     string           `json:"link"` // a path at the hub
	Cause    ledger.Seq       `json:"-"`    // the entry that it tells of
	At       time.Time        `json:"at"`   // of the cause, by the ledger
	NeedsAck bool             `json:"needs_ack,omitempty"`

	Acknowledged time.Time `json:"acknowledged,omitzero"`
	Withdrawn    bool      `json:"withdrawn,omitempty"` // what it says was taken back
	Escalated    int       `json:"escalated,omitempty"` // how many steps of the ladder it has climbed
}

// space is the name space of the UUIDs that this package derives (RFC 9562, 5.5).
var space = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/tocsin-project/tocsin/internal/notice"))

// derived is "kind--" and the UUID of the parts.
func derived(kind string, parts ...string) string {
	var name []byte
	for _, p := range parts {
		name = append(append(name, p...), 0)
	}
	return kind + "--" + uuid.NewSHA1(space, name).String()
}
