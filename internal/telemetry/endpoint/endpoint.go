// Package endpoint reads what agents on hosts record: Sysmon's events and
// osquery's results, as JSON, one record a line. Each becomes events of
// telemetry: processes, files with their names and hashes, registry keys, DNS
// lookups, connections, services, mutexes.
//
// Names of accounts are not read. A person's registry hive is written without
// its SID (observable.RegistryKey); paths stay as they are, and with them a
// profile's directory, since they are what is looked for. Nothing here sends
// anything.
package endpoint

import (
	"io"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// maxDepth is how deep a record may nest; those of the agents need less than
// ten.
const maxDepth = 64

// reader is what both formats share.
type reader struct {
	lines *telemetry.LineSource
	json  walker
	event telemetry.Event
	made  builder
}

func newReader(r io.Reader, opts telemetry.Options) reader {
	return reader{lines: telemetry.NewLineSource(r, opts)}
}

// Stats says what has been read so far.
func (r *reader) Stats() telemetry.Stats { return r.lines.Stats }

// begin makes the event ready for the line's next record.
func (r *reader) begin() *telemetry.Event {
	e := &r.event
	*e = telemetry.Event{Observables: e.Observables[:0], Properties: e.Properties[:0]}
	r.lines.Place(e)
	r.made = builder{event: e, json: &r.json, stats: &r.lines.Stats}
	return e
}

// finish dates the event and counts it.
func (r *reader) finish(timestamps ...string) *telemetry.Event {
	e := &r.event
	for _, text := range timestamps {
		if text == "" {
			continue
		}
		if e.Timestamp == "" {
			e.Timestamp = text
		}
		if t, ok := parseTime(text); ok {
			e.Timestamp, e.Time = text, t
			break
		}
	}
	if e.Time.IsZero() {
		r.lines.Stats.Undated++
	}
	r.lines.Stats.Events++
	return e
}

var (
	_ telemetry.Source = (*Sysmon)(nil)
	_ telemetry.Source = (*Osquery)(nil)
)
