// Package sighting is what leaves a partner: that something was seen, how often
// and when, and coarsely where. Never the raw record.
package sighting

import (
	"net/netip"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// KindReported is the ledger entry whose body is a Report.
const KindReported ledger.Kind = "sighting.reported"

// Report is one partner's batch. The partner is the entry's actor. What it says
// of the partner the hub fills in, whatever was sent.
type Report struct {
	ID           string `json:"id"`                     // chosen by the edge; a report sent twice is kept once
	TLP          string `json:"tlp,omitempty"`          // "green", "amber" or "amber+strict"; empty is green
	Sector       string `json:"sector,omitempty"`       // of the partner
	Country      string `json:"country,omitempty"`      // of the partner
	Organisation string `json:"organisation,omitempty"` // that the partner is part of: partners of one count as one
	Designated   bool   `json:"designated,omitempty"`   // the partner's word needs no corroboration
	// Via are the hubs that the report came through, by their ids, if another hub told
	// of it: the first is the one at which it was made.
	Via         []string     `json:"via,omitempty"`
	Sightings   []Sighting   `json:"sightings,omitempty"`
	Scans       []Scan       `json:"scans,omitempty"`
	Encryptions []Encryption `json:"encryptions,omitempty"`
}

// Findings is how many there are in the report.
func (r Report) Findings() int { return len(r.Sightings) + len(r.Scans) + len(r.Encryptions) }

// Sighting is one value that was seen. Times are those of the telemetry.
type Sighting struct {
	observable.Value
	Basis     Basis     `json:"basis"`
	Count     int       `json:"count"` // events since the last report
	Hosts     int       `json:"hosts"` // distinct hosts behind them
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	// Unresolved says that every DNS answer seen for the name was NXDOMAIN.
	// Blocking such a name gains nothing, and it may be a kill switch.
	Unresolved bool `json:"unresolved,omitempty"`
	// Of is the id of the STIX indicator that was hit, where it has one.
	Of string `json:"of,omitempty"`
	// Attached are fields of one record, by their place in it, that the
	// partner's own policy adds: nothing else of a record ever leaves.
	Attached map[string]string `json:"attached,omitempty"`
}

// MaxAttached and MaxAttachedText bound what may be attached: fields, and bytes
// of each.
const (
	MaxAttached     = 8
	MaxAttachedText = 1 << 10
)

// Basis says why the edge reports the value.
type Basis string

const (
	// Indicator says that the value is an indicator that the hub released to the edge.
	Indicator Basis = "indicator"
	// Suspect says that hosts that scan share the value, and others do not.
	Suspect Basis = "suspect"
	// Sinkhole says that a sinkhole was visited. Whoever likes can visit one:
	// such visits corroborate nothing.
	Sinkhole Basis = "sinkhole"
)

// Scan is a scan observation: hosts that contact many others, most of them in
// vain. It is counts, without an address of the partner's own unless its policy says so.
type Scan struct {
	Port      uint16    `json:"port"`
	Direction Direction `json:"direction,omitempty"` // empty is Out
	Sources   int       `json:"sources"`             // distinct scanning hosts so far
	Fresh     int       `json:"fresh,omitempty"`     // of them, those that are new since the last report
	Contacts  int       `json:"contacts"`            // of scanning hosts, so far
	Dark      int       `json:"dark,omitempty"`      // contacts with addresses that nobody uses, so far
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	// Hosts are those that were found last, if the partner's own policy names
	// them: at most MaxScanHosts.
	Hosts []netip.Addr `json:"hosts,omitempty"`
}

// MaxScanHosts bounds the hosts that one scan observation may name.
const MaxScanHosts = 64

// Direction says whose hosts scan.
type Direction string

const (
	// Out says that hosts of the partner's own scan: they are infected.
	Out Direction = "out"
	// In says that hosts elsewhere scan the partner.
	In Direction = "in"
)

// Inbound says that hosts elsewhere scan the partner.
func (s Scan) Inbound() bool { return s.Direction == In }

// Encryption is what ransomware leaves: hosts on which one process, or from
// which one client, turned many files into one new extension, or left the same
// note in many folders. Counts and the two names only.
type Encryption struct {
	Extension string    `json:"extension,omitempty"` // with its dot, in small letters
	Note      string    `json:"note,omitempty"`      // the file's name
	Hosts     int       `json:"hosts"`               // so far
	Files     int       `json:"files"`               // so far
	Folders   int       `json:"folders"`             // so far
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
}

// Scanning is how many hosts behind the sighting are known to scan: those that
// share a suspect. Hosts that met a known indicator may have been stopped by it.
func (s Sighting) Scanning() int {
	if s.Basis == Suspect {
		return s.Hosts
	}
	return 0
}
