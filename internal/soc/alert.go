// Package soc tells a partner's own security operations centre what his edge
// has found: as JSON lines, syslog (RFC 5424) or CEF, to a file, standard
// output, a socket or a syslog server. Nothing here goes to the hub.
//
// An alert's values come from attackers. However they are made, none can forge
// a second record or a second field: text is cleaned (see clean) before the
// escaping of each format.
//
// # What may be lost
//
// Send never waits. Alerts wait in a bounded queue while the receiver is away;
// what does not fit is dropped, counted and logged. Repeated hits of the same
// indicator and host are told at once the first time, and as one alert with
// their number at the end of each window (see flood.go). TCP has no
// acknowledgement: what was on its way when a connection broke may be lost,
// though not the alert whose writing failed; UDP loses what the network loses.
package soc

import (
	"net/netip"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// Polarity is what the protection behind an indicator asks for; empty is an
// indicator without one, which is observed.
type Polarity string

// The polarities, as protections name them.
const (
	Block       Polarity = "block"
	Observe     Polarity = "observe"
	MustResolve Polarity = "must-resolve"
)

// Indicator is what the value was matched with.
type Indicator struct {
	ID     string // STIX or protection id
	Name   string // if known
	Reason string // why it is an indicator, if known
}

// Alert is one hit, or several that are told as one.
type Alert struct {
	// Time is when the telemetry saw it; of several, the last.
	Time time.Time
	// First is the first time of several; zero is Time.
	First time.Time

	observable.Value                // what was seen
	Field            string         // where in the record: "dns.rrname"
	Kind             telemetry.Kind // of the record

	Indicator Indicator
	Polarity  Polarity
	// Past says that the value was seen before the indicator was known.
	Past bool

	Log    string // the file or socket that the record came from
	Line   int    // from 1; 0 is not known
	Offset int64  // bytes; counts only with a Line

	Source, Target netip.Addr // who began, and whom it contacted, as far as known

	// Count is how many events it stands for; 0 means 1.
	Count uint64
	// Window is over how long they were gathered; zero for a single one.
	Window time.Duration
}

// clone does not share strings with a reader's buffer.
func (a Alert) clone() Alert {
	for _, s := range []*string{&a.Text, &a.Field, &a.Log, &a.Indicator.ID, &a.Indicator.Name, &a.Indicator.Reason} {
		*s = strings.Clone(*s)
	}
	return a
}

// bare is the address alone: a zone is any text.
func bare(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

func (a Alert) count() uint64 { return max(a.Count, 1) }

func (a Alert) first() time.Time {
	if a.First.IsZero() {
		return a.Time
	}
	return a.First
}

func (a Alert) polarity() Polarity {
	if a.Polarity == "" {
		return Observe
	}
	return a.Polarity
}

// severity is that of RFC 5424, section 6.2.1 (0 the worst, to 7) and that of
// CEF (10 the worst, to 0). A kill switch that is asked for tells of an
// infection for certain; a block has prevented something, if it is in force;
// what is observed may be harmless.
func (a Alert) severity() (syslog, cef int) {
	switch a.polarity() {
	case MustResolve:
		return 1, 10 // alert: action must be taken immediately
	case Block:
		return 2, 8 // critical
	}
	return 4, 5 // warning
}
