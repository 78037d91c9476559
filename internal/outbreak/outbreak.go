// Package outbreak hears an outbreak begin. At the edge a Detector watches who
// contacts whom and names what scanning hosts have in common; at the hub a
// State weighs what partners report and asks for the alarm. Both are plain
// state: no clock, no I/O; every time is one that the telemetry carries.
//
// # A scanning host
//
// Each source's first contacts with new targets on one port feed a sequential
// test; a fan-out beyond what is usual and contacts with addresses that nobody
// uses are weighed as well. Package scan has the rules and what they cost. A
// source that is one of the partner's own hosts scans outwards, any other inwards.
//
// # A suspect
//
// A value (a name asked, a file's hash) is suspect when, over the last hour of
// telemetry,
//
//   - at least 3 hosts flagged on one port share it: they showed it within 10
//     minutes before or after their scan began, its beginning being the first
//     failure of the walk that flagged them;
//   - they are at least 9 in 10 of all hosts that showed it, flagged or not;
//   - they are at least half of the last 64 hosts flagged on that port.
//
// The first says that it goes with the scan, in time; the second that healthy
// hosts do not have it; the third that it is the scan's and not the chance of a
// network of which much is already infected. The name is asked before the scan
// is seen, so the rule is asked again whenever a host is flagged. A value that
// more than 64 hosts showed within an hour is popular, and is not considered
// until an hour has passed. A lone vulnerability scanner, or two, can never
// make a suspect, whatever names they ask.
//
// # A voice
//
// The hub counts voices, not partners. Partners of one organisation are one
// voice, and so is another hub, whatever its own partners say. Who repeats word
// for word (times and counts) what another voice said of a subject adds nothing.
// Visits of a sinkhole count for nothing at all. A designated source needs no
// other voice, where presence is weighed: for scans, suspects and encryptions;
// neither does the hub's administrator.
//
// # An alarm
//
// The hub raises an outbreak when, within 60 minutes of telemetry time and of at
// least 2 sectors or 2 countries,
//
//   - 3 voices report scans of the same port by 3 own hosts or more each;
//   - 2 voices report the same suspect value: there each has hosts that scan as
//     well, and two kinds of evidence agree;
//   - 2 voices report files turned into the same extension, or the same note;
//   - 3 voices, and none of them needed, report ever more scans of one port from
//     elsewhere, or contacts with unused addresses (package trend, Pool.Rising):
//     that there are any is no evidence, for there always are;
//   - 3 voices, and more than chance makes of those that see it every day, see a
//     known indicator, or the indicators of one campaign, far more often than
//     they used to (package trend, Surge).
//
// The word of a coordinator of a designated source, or of the hub's administrator,
// rings alone. Any other coordinator's is evidence of scans or of a suspect.
//
// Sectors and countries count by their number. Which they are weighs in what is
// shown first (see Compare), and never in what is believed. What fewer than k
// voices say rings nothing, whatever they say and however often; k that lie
// together ring, which is why an alarm names what it rests on.
//
// # From then on
//
// It is raised once, and grows once per doubling of its partners or its scanning
// hosts, and with each subject that joins it: near in time, and of the same port,
// value or campaign, or of voices that for the greater part, and as many as ring,
// weigh in it already. Scans of two ports are two outbreaks, and one at more than
// half of the hub's partners takes in nothing by its partners: everything has them
// in common. Scans and surges at 2 voices join, and do not raise. Two open
// outbreaks that meet the same test are merged, the younger into the older. It
// ends when no two voices have reported for 24 hours, both by the telemetry's
// clock and by the hub's, or when a coordinator ends it. What rings afterwards is
// another one; after a false alarm only by evidence that began since, or of twice
// the hosts.
package outbreak

import (
	"cmp"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// Entries of the ledger that this package decides and folds; their body is an
// Outbreak, each time as it stands from then on.
const (
	KindRaised ledger.Kind = "outbreak.raised"
	KindGrown  ledger.Kind = "outbreak.grown"
	KindMerged ledger.Kind = "outbreak.merged" // it goes on as another
	KindEnded  ledger.Kind = "outbreak.ended"
)

// Outbreak is an alarm and what it rests on. Times are those of the telemetry.
type Outbreak struct {
	ID        string             `json:"id"`               // "outbreak--" and a UUID
	Port      uint16             `json:"port,omitempty"`   // that is being scanned, if scans are part of it
	Values    []observable.Value `json:"values,omitempty"` // suspects that met the rule
	Raised    time.Time          `json:"raised"`           // of the observation that satisfied the rule
	FirstSeen time.Time          `json:"first_seen"`
	LastSeen  time.Time          `json:"last_seen"`
	Partners  []access.PartnerID `json:"partners"` // sorted
	Sectors   []string           `json:"sectors"`
	Countries []string           `json:"countries"`
	Sources   int                `json:"sources"`       // own hosts: the sum of each partner's largest count
	Evidence  []string           `json:"evidence"`      // ids of reports: those that satisfied the rule, then each further partner's first
	Rule      string             `json:"rule"`          // what rang, in words
	TLP       access.TLP         `json:"tlp,omitempty"` // the narrowest marking of its evidence; empty is green

	About    []Subject  `json:"about"`    // what the evidence is about, by kind
	Kinds    []Evidence `json:"kinds"`    // of the evidence that there is, sorted
	Severity Severity   `json:"severity"` // what is shown first; it changes no decision
	Critical []string   `json:"critical"` // the critical sectors among Sectors, health first
	Growth   *Growth    `json:"growth,omitempty"`
	Reach    *Reach     `json:"reach,omitempty"`

	Status Status    `json:"status"`
	Ended  time.Time `json:"ended,omitzero"` // by the hub's clock
	Into   string    `json:"into,omitempty"` // the outbreak that it was merged into
	// Why it ended, and by whom: the hub's actor, or a coordinator's.
	Because    string `json:"because,omitempty"`
	By         string `json:"by,omitempty"`
	FalseAlarm bool   `json:"false_alarm,omitzero"`
}

// Audience is who may be told of it: it names what its evidence does.
func (o Outbreak) Audience() access.Audience { return access.ToCommunity(narrower(o.TLP, "")) }

// narrower is the narrower of two markings, green where there is none.
func narrower(a, b access.TLP) access.TLP {
	return access.Narrower(cmp.Or(a, access.Green), cmp.Or(b, access.Green))
}

// Evidence is a kind of it.
type Evidence string

// Own hosts, what they share, what was done to them; and what others see or say.
const (
	Scans       Evidence = "scans"       // hosts of partners scan
	Inbound     Evidence = "inbound"     // scans from elsewhere grow
	Suspects    Evidence = "suspects"    // scanning hosts share a value
	Surge       Evidence = "surge"       // a known indicator or campaign is seen far more than before
	Encryptions Evidence = "encryptions" // files are turned into one new extension
	Word        Evidence = "word"        // of a designated source, or of a coordinator
)

// Status is how far an outbreak is.
type Status string

// An outbreak is open until it is merged into another, or ended.
const (
	Open   Status = "open"
	Merged Status = "merged"
	Ended  Status = "ended"
)

// Severity is how bad an outbreak is, for the order in which people look.
type Severity string

// In rising order.
const (
	Low      Severity = "low"
	Moderate Severity = "moderate"
	Severe   Severity = "severe"
	Critical Severity = "critical"
)

// Interval is an estimate and the bounds between which it is with 95 in 100.
type Interval struct {
	Low  float64 `json:"low"`
	Mid  float64 `json:"mid"`
	High float64 `json:"high"`
}

// Growth is how fast an outbreak grows.
type Growth struct {
	Rate     Interval  `json:"rate_per_hour"`        // exponential; below zero it shrinks
	Doubling *Interval `json:"doubling_s,omitempty"` // nil where it does not grow for certain
	Settled  bool      `json:"settled"`              // the estimate has come to rest above zero
	At       time.Time `json:"at"`                   // of the telemetry
}

// Reach is how far it will have come an hour after At if nothing stops it.
type Reach struct {
	Hosts    Interval  `json:"hosts"`
	Partners Interval  `json:"partners"`
	At       time.Time `json:"at"`
}
