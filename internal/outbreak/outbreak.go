// Package outbreak hears an outbreak begin. At the edge a Detector watches who
// contacts whom and names what scanning hosts have in common; at the hub a
// State weighs what partners report and asks for the alarm. Both are plain
// state: no clock, no I/O; every time is one that the telemetry carries.
//
// # A scanning host
//
// Each source's first contacts with new targets on one port feed a sequential
// test, Threshold Random Walk (Jung, Paxson, Berger, Balakrishnan: Fast
// Portscan Detection Using Sequential Hypothesis Testing, IEEE S&P 2004). The
// likelihood ratio starts at 1. A failed first contact multiplies it by
// (1-theta1)/(1-theta0), a successful one by theta1/theta0, with theta0 = 0.8
// and theta1 = 0.2 the chances that a benign and a scanning host's contact
// succeeds. At beta/alpha = 99 the source is flagged (alpha = 0.01 false alarms
// and beta = 0.99 detections wanted), so that four failures in a row suffice.
// At (1-beta)/(1-alpha) = 1/99 the walk begins anew at 1, rather than ending as
// in the paper: a host that was benign this morning may be infected at noon. A
// flag lasts for the window of one hour; then the test starts over.
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
// # An alarm
//
// The hub raises an outbreak when, within 60 minutes of telemetry time and of at
// least 2 sectors or 2 countries, at least 3 partners report scans of the same
// port by 3 hosts or more each, or at least 2 partners report the same suspect
// value: there each has hosts that scan as well, and two kinds of evidence
// agree. A partner counts once, however often it reports. Values and a port
// whose partners are for the greater part the same belong to one outbreak, which
// scans by two partners join but do not raise. It is raised once, and grows once per doubling of its partners or scanning hosts.
package outbreak

import (
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
	Sources   int                `json:"sources"`  // hosts: the sum of each partner's largest count
	Evidence  []string           `json:"evidence"` // ids of reports: those that satisfied the rule, then each further partner's first
	Rule      string             `json:"rule"`     // what rang, in words
}
