// Package watch asks of each event which indicators name something in it, and
// which patterns it satisfies. It is where telemetry and knowledge meet, for
// the edge and for "tocsin match" alike.
package watch

import (
	"slices"
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

// Watcher asks of events, one after the other. It belongs to one goroutine, but
// for Cut.
type Watcher struct {
	watch  *Watch
	values []observable.Value // of the event
	hits   []Hit
	known  map[place]struct{} // of the hits, once they are more than few
	left   bool               // some of the event's were left out
	cut    atomic.Uint64
}

// place is what two hits do not share.
type place struct{ field, id, text string }

// What keeps those who contribute indicators from holding up the reading of
// telemetry: what one library says of one event, and of one value in it, ends
// there. A library takes no room away from another.
const (
	MostHits    = 256 // of one library in one event
	mostOfValue = 64  // of them, of one of its values
	few         = 16  // hits that are compared one by one
)

// Watcher makes a watcher of what is watched for.
func (w *Watch) Watcher() *Watcher { return &Watcher{watch: w, known: map[place]struct{}{}} }

// Cut counts the events of which some hits were left out, because they had more
// than there is room for. How many more is not known: to count them is the work
// that is to be saved.
func (w *Watcher) Cut() uint64 { return w.cut.Load() }

// Hits are those of an event, each indicator once for each field that it is
// seen in, up to MostHits of each library; ref is the caller's name of the
// event. They are valid until the next call, and as long as the event.
func (w *Watcher) Hits(e *telemetry.Event, ref uint64) []Hit {
	w.begin(e)
	for _, l := range *w.watch.libraries.Load() {
		room := len(w.hits) + MostHits
		w.named(l, e, room)
		if l.Patterns != nil && l.Patterns.Len() > 0 {
			l.Patterns.Match(e, ref, func(h patternset.Hit) bool {
				if len(w.hits) == room {
					w.left = true
					return false
				}
				w.add(Hit{Indicator: match.Indicator{ID: h.ID}, Pattern: true, Value: h.Value, Field: h.Path, Refs: h.Refs, Own: l.Own})
				return true
			})
		}
	}
	return w.end()
}

// Renewed are the hits of the event that was asked about last, by what the
// libraries name by now. Patterns are not asked again: an event that completed
// one is spent.
func (w *Watcher) Renewed(e *telemetry.Event) []Hit {
	patterns := slices.DeleteFunc(slices.Clone(w.hits), func(h Hit) bool { return !h.Pattern })
	w.begin(e)
	for _, l := range *w.watch.libraries.Load() {
		w.named(l, e, len(w.hits)+MostHits)
	}
	for _, h := range patterns {
		w.add(h)
	}
	return w.end()
}

func (w *Watcher) begin(e *telemetry.Event) {
	clear(w.hits) // they would keep what is gone elsewhere
	w.hits, w.values = w.hits[:0], w.values[:0]
	clear(w.known)
	for i := range e.Observables {
		w.values = append(w.values, e.Observables[i].Value)
	}
	w.left = false
}

func (w *Watcher) end() []Hit {
	if w.left {
		w.cut.Add(1)
	}
	return w.hits
}

// named adds what a library names of an event, until there are room hits. A
// value of which too many indicators name something is left for the next.
func (w *Watcher) named(l Library, e *telemetry.Event, room int) {
	if l.Index == nil || l.Index.Len() == 0 {
		return
	}
	for from := 0; from < len(w.values); {
		at, of, over := -1, 0, false
		l.Index.Each(w.values[from:], func(i int, ind match.Indicator) bool {
			if i != at {
				at, of = i, 0
			}
			if over = of == mostOfValue || len(w.hits) == room; over {
				return false
			}
			of++
			seen := &e.Observables[from+i]
			w.add(Hit{Indicator: ind, Value: seen.Raw, Field: seen.Field, Own: l.Own})
			return true
		})
		if !over {
			return
		}
		w.left = true
		if len(w.hits) == room {
			return
		}
		from += at + 1
	}
}

// add adds a hit unless there is one of the same place.
func (w *Watcher) add(h Hit) {
	at := place{h.Field, h.Indicator.ID, h.Indicator.Text}
	if len(w.hits) < few {
		for i := range w.hits {
			if w.hits[i].place() == at {
				return
			}
		}
	} else {
		if len(w.known) == 0 {
			for i := range w.hits {
				w.known[w.hits[i].place()] = struct{}{}
			}
		}
		if _, again := w.known[at]; again {
			return
		}
		w.known[at] = struct{}{}
	}
	w.hits = append(w.hits, h)
}

func (h *Hit) place() place { return place{h.Field, h.Indicator.ID, h.Indicator.Text} }
