// Package sighting is what leaves a partner: that something was seen, how often
// and when, and coarsely where. Never the raw record.
package sighting

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// KindReported is the ledger entry whose body is a Report.
const KindReported ledger.Kind = "sighting.reported"

// Report is one partner's batch. The partner is the entry's actor.
type Report struct {
	ID        string     `json:"id"`                // chosen by the edge; a report sent twice is kept once
	TLP       string     `json:"tlp,omitempty"`     // "green", "amber" or "amber+strict"; empty is green
	Sector    string     `json:"sector,omitempty"`  // of the partner; the hub fills it in
	Country   string     `json:"country,omitempty"` // of the partner; the hub fills it in
	Sightings []Sighting `json:"sightings,omitempty"`
	Scans     []Scan     `json:"scans,omitempty"`
}

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
)

// Scan is a scan observation: hosts that contact many others in vain. It is
// counts only, without an address of the partner's own.
type Scan struct {
	Port      uint16    `json:"port"`
	Sources   int       `json:"sources"` // distinct scanning hosts so far
	Contacts  int       `json:"contacts"`
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
