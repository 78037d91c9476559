// Package protect turns indicators into protections: what engines should do
// about a value, decided by rule or by a coordinator, guarded, expiring,
// recallable. The decisions are entries of the ledger; State folds them.
//
// Where what is:
//
//   - The words: protection, stop, receipt, receipts; what entries hold.
//   - The state: state (Apply), record, memory, shares (what is forgotten first);
//     decision (what takes the place of what), draft (ids, entries), config.
//   - Who says what: heard (sightings), contributed, meaning, words (indicators),
//     takenback, reports; evidence (does it suffice?), standing (whose voice counts).
//   - The rule: rule (Pending), agenda (what is due when), hold (canaries, renewals),
//     confidence, marking (who may be told), radius (caps).
//   - People: ask (and recall), elsewhere (recalls that are proposed), confirm (must-resolve), halt and stops (the emergency
//     stop), quarantine, doubt; acts (what of it stories tell).
//   - Guards: guards (how they are asked), guard, core, hosting, hosting_core,
//     warning, assets, declared, declared_fold, holdings; mustresolve; target and
//     ranges (what a block hits); enforce and reconsider (what guards say later).
//   - What outlets say: receipt, receipts, kept, problems, outletlist; coverage.
//   - To read: view, listing (pages), story (why), outlook.
package protect

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// Entries of the ledger that this package folds, each with the type of its body.
const (
	KindDecided ledger.Kind = "protection.decided" // Protection: its state from now on
	KindRefused ledger.Kind = "protection.refused" // Refusal
	KindReceipt ledger.Kind = "protection.receipt" // Receipt
	KindStopped ledger.Kind = "automation.stopped" // Stop: on or off
	// KindQuarantined is a partner's word that no longer counts, or does again: Quarantine.
	KindQuarantined ledger.Kind = "partner.quarantined"
)

// Polarity is what engines should do about a value.
type Polarity string

// The polarities.
const (
	Block   Polarity = "block"
	Observe Polarity = "observe" // match and report, do not hinder
	// MustResolve marks a kill switch: the name has to answer. It outranks
	// every block, whoever asks.
	MustResolve Polarity = "must-resolve"
)

// Status is where a protection stands in its life.
type Status string

// The states of a protection's life.
const (
	Proposed Status = "proposed"
	Canary   Status = "canary"
	Active   Status = "active"
	Revoked  Status = "revoked"
	Expired  Status = "expired"
)

// Protection is one decision about one value. Whether a later decision about
// the same value takes its place, Yields says.
type Protection struct {
	ID string `json:"id"` // "protection--" and a UUID
	observable.Value
	// Exact says of a domain that the names below it are not meant: what the rule
	// decides on sightings is the name that was seen, and no more.
	Exact    bool     `json:"exact,omitempty"`
	Polarity Polarity `json:"polarity"`
	Status   Status   `json:"state"`
	// TLP is how the decision is marked: as widely as the reports that it rests
	// on allow. Empty is green. The entry's audience is what counts; this is for
	// outlets, whose readers may be more than the partner's own.
	TLP access.TLP `json:"tlp,omitempty"`
	// Confidence is how sure the hub is, 1 to 100, when it decided; 0: a person
	// did not say, which counts as 100. It decays: ConfidenceAt.
	Confidence int `json:"confidence,omitzero"`
	// Held is until when a Canary protection is in force at canary partners alone.
	Held time.Time `json:"held_until,omitzero"`
	// Confirmed is the second person's partner, of a must-resolve; without one it
	// is in force for a day at most.
	Confirmed string `json:"confirmed_by,omitempty"`
	// Person tells the people of one partner apart, of a must-resolve, and says
	// nothing else of them: who asked for it, or confirmed it last.
	Person   string             `json:"person,omitempty"`
	Rule     string             `json:"rule"`               // the rule that decided, in words
	Reason   string             `json:"reason"`             // why, for people
	By       string             `json:"by"`                 // "hub" for the rule, the deciding partner, or "administrator"
	Reports  int                `json:"reports,omitzero"`   // how many partners' reports it rests on
	Partners []access.PartnerID `json:"partners,omitempty"` // those of them whose reports the community may see
	Evidence []string           `json:"evidence,omitempty"` // ids of the latter's reports, one a partner
	Guards   []string           `json:"guards"`             // the guards that were asked and let it pass
	Answer   string             `json:"answer,omitempty"`   // must-resolve: the address to answer with
	Decided  time.Time          `json:"decided"`
	// Promoted is when what was held was put in force for all; Decided stays what it
	// was.
	Promoted time.Time `json:"promoted,omitzero"`
	// Renewed is when the rule renewed it last, because it kept being seen: its
	// confidence and its life count from then.
	Renewed time.Time `json:"renewed,omitzero"`
	Expires time.Time `json:"expires"`
}

// Holds says whether engines should act on the protection, as far as the
// decision itself says: it is no proposal, not ended, and its time is not up.
func (p Protection) Holds(now time.Time) bool { return p.inForce() && p.Expires.After(now) }

func (p Protection) inForce() bool { return p.Status == Active || p.Status == Canary }

// Yields is the one rule for whoever follows the decisions about a value:
// whether p, the zero Protection for none, yields its place to next.
//
//   - A proposal takes the place of nothing: else anyone who may propose could
//     lift a block.
//   - An end takes the place of the protection with its id, and only once.
//   - Nothing else takes the place of a must-resolve but a must-resolve, and
//     automation makes none.
//   - What has ended does not come back under its id: a renewal that a recall
//     overtook on the way to the ledger is late.
func (p Protection) Yields(next Protection) bool {
	switch {
	case next.Status == Proposed:
		return false
	case next.inForce() && next.Polarity == MustResolve && next.By == access.Hub:
		return false
	case next.inForce() && !p.inForce() && p.ID != "" && p.ID == next.ID:
		return false
	case !next.inForce():
		return p.inForce() && p.ID == next.ID
	}
	return !p.inForce() || p.Polarity != MustResolve || next.Polarity == MustResolve
}

// Refusal is a protection that was asked for and not given.
type Refusal struct {
	observable.Value
	Polarity Polarity  `json:"polarity"`
	Guard    string    `json:"guard"`  // which guard refused
	Reason   string    `json:"reason"` // for the person who asked
	Remedy   string    `json:"remedy"` // what they can do instead
	Asked    string    `json:"asked"`  // their reason
	At       time.Time `json:"at"`
}

// Receipt is an engine's word that a protection is in force, or gone.
type Receipt struct {
	Protection string    `json:"protection"`        // its ID
	Outlet     string    `json:"outlet"`            // "files", "rpz", "nft", "index"
	InForce    bool      `json:"in_force"`          // false: it is gone
	At         time.Time `json:"at"`                // by the edge's clock
	Problem    string    `json:"problem,omitempty"` // why it could not be applied, or by local policy was not
}
