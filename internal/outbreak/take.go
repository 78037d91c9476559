package outbreak

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak/scan"
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

	var observed []sighting.Scan //nolint:prealloc // nil where there is nothing
	for _, p := range d.scans.Take(d.due) {
		direction := sighting.Out
		if p.Inbound {
			direction = sighting.In
		}
		observed = append(observed, sighting.Scan{
			Port: p.Port, Direction: direction, Sources: p.Sources, Fresh: p.Fresh,
			Contacts: p.Contacts, Dark: p.Dark, FirstSeen: p.First, LastSeen: p.Last,
		})
	}
	return sightings, observed
}

func (d *Detector) due(p *scan.Port) bool {
	return p.Fresh > 0 && (p.Sources >= 2*(p.Sources-p.Fresh) || p.Last.Sub(p.Taken) >= d.cfg.Every)
}

func (s *suspect) due(every time.Duration) bool {
	return s.count > 0 && (s.report == 1 || len(s.hosts) >= 2*s.reported || s.last.Sub(s.reportedAt) >= every)
}

func compareValues(a, b observable.Value) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Text, b.Text))
}
