package edge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// Attach is the owner's policy on what of a record goes with a sighting. The
// zero Attach is nothing: a sighting is counts and times.
type Attach struct {
	Fields []string // places in the record, as hits name them: "dns.rrname", "src_ip"; or ScanSources
	TLP    access.TLP
}

// ScanSources is the field by which the owner lets the addresses of hosts that
// scan go with the scan observation.
const ScanSources = "scan.sources"

// Validate says what is wrong with a policy.
func (a Attach) Validate() error {
	switch {
	case len(a.Fields) > sighting.MaxAttached:
		return fmt.Errorf("%d fields are to be attached, at most %d can be", len(a.Fields), sighting.MaxAttached)
	case len(a.Fields) > 0 && a.TLP != access.Green && a.TLP != access.Amber && a.TLP != access.AmberStrict:
		return fmt.Errorf("what is attached needs a marking: green, amber or amber+strict, not %q", a.TLP)
	}
	return nil
}

// scanning names the owner's hosts behind scans, where that is allowed, and parts
// those scans from the others. The caller holds reading.
func (e *Edge) scanning(scans []sighting.Scan) (named, others []sighting.Scan) {
	if !slices.Contains(e.cfg.Attach.Fields, ScanSources) {
		return nil, scans
	}
	for _, s := range scans {
		if s.Inbound() {
			others = append(others, s)
			continue
		}
		s.Hosts = e.detect.Scanning(s.Port)
		named = append(named, s)
	}
	return named, others
}

// attachedOf gives the fields of an event that the owner lets go, when they are
// asked for; nil where that is none.
func (e *Edge) attachedOf(event *telemetry.Event) func() map[string]string {
	if len(e.cfg.Attach.Fields) == 0 {
		return nil
	}
	return func() map[string]string {
		fields := map[string]string{}
		for i := range event.Observables {
			seen := &event.Observables[i]
			if _, taken := fields[seen.Field]; !taken && slices.Contains(e.cfg.Attach.Fields, seen.Field) {
				fields[seen.Field] = strings.ToValidUTF8(seen.Raw[:min(len(seen.Raw), sighting.MaxAttachedText-3)], "?")
			}
		}
		return fields
	}
}
