package outbreak

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// subject is what observations can be about: scans of a port, or a value.
type subject struct {
	port  uint16 // 0: a value
	value observable.Value
}

func (s subject) String() string {
	if s.port != 0 {
		return fmt.Sprintf("scans of port %d", s.port)
	}
	return s.value.String() + " shared by scanning hosts"
}

func compareSubjects(a, b subject) int {
	return cmp.Or(cmp.Compare(b.port, a.port), compareValues(a.value, b.value)) // ports before values
}

// maxPoints bounds what is kept of one partner on one subject: half a day of
// continuous reports at one point per slot.
const (
	maxPoints = 144
	slot      = 5 * time.Minute
)

// evidence is what partners said about one subject.
type evidence struct {
	byPartner map[access.PartnerID]*account
	outbreak  string    // the open outbreak that it belongs to
	after     time.Time // observations up to then belong to an outbreak that is over
}

// account is one partner's part of the evidence.
type account struct {
	sector, country string
	points          []point // sorted by time, at most one a slot
	sources         int     // the largest count of hosts
}

// point is one observation; first says since when it had been going on.
type point struct {
	first, at time.Time
	report    string
}

// add keeps the earliest point of each slot, and the latest slots. Another
// partner's flood cannot push it out.
func (a *account) add(p point) {
	i, _ := slices.BinarySearchFunc(a.points, p, func(x, y point) int {
		return x.at.Truncate(slot).Compare(y.at.Truncate(slot))
	})
	switch {
	case i < len(a.points) && a.points[i].at.Truncate(slot).Equal(p.at.Truncate(slot)):
		if p.at.Before(a.points[i].at) {
			a.points[i] = p
		}
	default:
		a.points = slices.Insert(a.points, i, p)
	}
	if len(a.points) > maxPoints {
		a.points = slices.Delete(a.points, 0, 1)
	}
}

// observations lists what counts for a new outbreak: after the last one ended,
// and not after the limit unless it is zero.
func (e *evidence) observations(limit time.Time) []Observation {
	var list []Observation
	for id, a := range e.byPartner {
		for _, p := range a.points {
			if p.at.After(e.after) && (limit.IsZero() || !p.at.After(limit)) {
				list = append(list, a.observation(id, p))
			}
		}
	}
	return list
}

func (a *account) observation(from access.PartnerID, p point) Observation {
	return Observation{
		Partner: from, Sector: a.sector, Country: a.country,
		Since: p.first, At: p.at, Report: p.report, Sources: a.sources,
	}
}
