// Package watch asks of each event which indicators name something in it, and
// which patterns it satisfies. It is where telemetry and knowledge meet, for
// the edge and for "tocsin match" alike.
package watch

import (
	"sync/atomic"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// Library is a body of indicators. Patterns may be nil.
type Library struct {
	Index    *match.Index
	Patterns *patternset.Set
	Own      bool // it is the partner's own business: what hits it is told to nobody else
}

// Watch holds libraries; readers never wait for one that is exchanged.
type Watch struct{ libraries atomic.Pointer[[]Library] }

// New watches for what the libraries hold, now and later.
func New(libraries ...Library) *Watch {
	w := &Watch{}
	w.Exchange(libraries...)
	return w
}

// Exchange puts other libraries in the place of those before.
func (w *Watch) Exchange(libraries ...Library) { w.libraries.Store(&libraries) }

// Hit says that an indicator names something in an event.
type Hit struct {
	// Indicator is what hit; of a pattern it has the ID only.
	Indicator match.Indicator
	Pattern   bool
	// Value and Field are what was seen, and where in the record; of a pattern
	// what completed it, and its path.
	Value, Field string
	// Refs are the events of which a pattern was made up, as the caller named
	// them.
	Refs []uint64
	Own  bool // of its library
}

// Watcher asks of events, one after the other. It belongs to one goroutine.
type Watcher struct {
	watch  *Watch
	values []observable.Value // of the event
	hits   []Hit
}

// Watcher makes a watcher of what is watched for.
func (w *Watch) Watcher() *Watcher { return &Watcher{watch: w} }

// Hits are those of an event, each indicator once for each field that it is
// seen in; ref is the caller's name of the event. They are valid until the next
// call, and as long as the event.
func (w *Watcher) Hits(e *telemetry.Event, ref uint64) []Hit {
	w.hits, w.values = w.hits[:0], w.values[:0]
	for i := range e.Observables {
		w.values = append(w.values, e.Observables[i].Value)
	}
	for _, l := range *w.watch.libraries.Load() {
		if l.Index != nil && l.Index.Len() > 0 {
			l.Index.Each(w.values, func(i int, ind match.Indicator) bool {
				w.add(Hit{Indicator: ind, Value: e.Observables[i].Raw, Field: e.Observables[i].Field, Own: l.Own})
				return true
			})
		}
		if l.Patterns != nil && l.Patterns.Len() > 0 {
			l.Patterns.Match(e, ref, func(h patternset.Hit) bool {
				w.add(Hit{Indicator: match.Indicator{ID: h.ID}, Pattern: true, Value: h.Value, Field: h.Path, Refs: h.Refs, Own: l.Own})
				return true
			})
		}
	}
	return w.hits
}

func (w *Watcher) add(h Hit) {
	for i := range w.hits {
		if w.hits[i].Field == h.Field && w.hits[i].Indicator.ID == h.Indicator.ID && w.hits[i].Indicator.Text == h.Indicator.Text {
			return
		}
	}
	w.hits = append(w.hits, h)
}
