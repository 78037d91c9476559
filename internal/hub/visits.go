package hub

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// visits counts who comes to the hub's sinkhole, by the name that they ask for,
// and has the hub report it as a partner reports its own sightings: once a second
// at most, with the basis that speaks neither for a value nor against it. The
// hub's own word never counts as a voice.
type visits struct {
	mu   sync.Mutex
	seen map[observable.Value]sighting.Sighting
	lost int           // visits of names beyond what one second may hold
	some chan struct{} // there is something to report
}

const (
	visitsEvery = time.Second
	// maxVisited bounds the names of one second; who invents more is not told of.
	maxVisited = 1000
)

func newVisits() *visits {
	return &visits{seen: map[observable.Value]sighting.Sighting{}, some: make(chan struct{}, 1)}
}

// visited counts a visit. Whoever is counted under feed.OtherHosts named nothing
// that could be reported.
func (v *visits) visited(host string, at time.Time) {
	name, err := observable.Host(host)
	if host == feed.OtherHosts || err != nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	one, known := v.seen[name]
	if !known && len(v.seen) >= maxVisited {
		v.lost++
		return
	}
	if !known {
		one = sighting.Sighting{Value: name, Basis: sighting.Sinkhole, FirstSeen: at, LastSeen: at}
	}
	one.Count++
	one.FirstSeen = earlier(one.FirstSeen, at)
	one.LastSeen = later(one.LastSeen, at)
	v.seen[name] = one
	select {
	case v.some <- struct{}{}:
	default:
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// take is the report of what was counted since the last one; false for nothing.
func (v *visits) take() (report sighting.Report, lost int, some bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	report = sighting.Report{ID: uuid.NewString(), TLP: string(access.Green)}
	for _, one := range v.seen {
		one.FirstSeen, one.LastSeen = one.FirstSeen.UTC(), one.LastSeen.UTC()
		report.Sightings = append(report.Sightings, one)
	}
	slices.SortFunc(report.Sightings, func(a, b sighting.Sighting) int {
		return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Type, b.Type))
	})
	lost, v.lost = v.lost, 0
	clear(v.seen)
	return report, lost, len(report.Sightings) > 0
}

// reportVisits appends the hub's reports of visits to its sinkhole.
func (h *Hub) reportVisits(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.visits.some:
		}
		report, lost, some := h.visits.take()
		if lost > 0 {
			h.cfg.Logger.Warn("visits to the sinkhole under more names than are told apart in a second", "visits", lost)
		}
		if report.Sightings = h.thatMustResolve(report.Sightings); some && len(report.Sightings) > 0 {
			draft, err := ledger.NewDraft(sighting.KindReported, access.Hub, access.ToCommunity(access.Green).String(), report)
			if err == nil {
				_, err = h.Views.Append(ctx, draft)
			}
			if err != nil && ctx.Err() == nil { // a full disk may get room again
				h.cfg.Logger.Error("visits to the sinkhole are not on the ledger", "names", len(report.Sightings), "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(visitsEvery):
		}
	}
}

// thatMustResolve are the visits that say something: whoever reaches the sinkhole
// may put any name into its question, and is not to write it on the ledger.
func (h *Hub) thatMustResolve(visits []sighting.Sighting) []sighting.Sighting {
	return slices.DeleteFunc(visits, func(one sighting.Sighting) bool {
		p, known := h.Views.Protect.Get(one.Value)
		return !known || p.Polarity != protect.MustResolve
	})
}
