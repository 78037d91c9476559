package outbreak

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// Take returns what is to be reported since the last call, sorted; nil where
// there is nothing. What is new is due at once. What was reported before is due
// again when its hosts have doubled, or when it has grown and Every has passed
// since in telemetry time, so that a long outbreak does not flood the ledger.
func (d *Detector) Take() ([]sighting.Sighting, []sighting.Scan) {
	var sightings []sighting.Sighting
	for v, s := range d.suspects.all() {
		if !s.due(d.cfg.Every) {
			continue
		}
		sightings = append(sightings, sighting.Sighting{
			Value: v, Basis: sighting.Suspect, Count: s.count, Hosts: s.fresh,
			FirstSeen: s.first, LastSeen: s.last, Unresolved: s.domain && !s.resolved,
		})
		s.reported, s.reportedAt = len(s.hosts), s.last
		s.report++
		s.count, s.fresh, s.first = 0, 0, time.Time{}
	}
	slices.SortFunc(sightings, func(a, b sighting.Sighting) int { return compareValues(a.Value, b.Value) })

	var observed []sighting.Scan
	for _, port := range slices.Sorted(maps.Keys(d.ports)) {
		s := d.ports[port]
		if !s.due(d.cfg.Every) {
			continue
		}
		observed = append(observed, sighting.Scan{
			Port: port, Sources: s.sources, Contacts: s.contacts, FirstSeen: s.first, LastSeen: s.last,
		})
		s.reported, s.reportedAt = s.sources, s.last
	}
	return sightings, observed
}

func (s *suspect) due(every time.Duration) bool {
	return s.count > 0 && (s.report == 1 || len(s.hosts) >= 2*s.reported || s.last.Sub(s.reportedAt) >= every)
}

func (s *scans) due(every time.Duration) bool {
	return s.sources > s.reported && (s.sources >= 2*s.reported || s.last.Sub(s.reportedAt) >= every)
}

func compareValues(a, b observable.Value) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Text, b.Text))
}
