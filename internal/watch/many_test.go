package watch_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/watch"
)

func domain(name string) observable.Value {
	return observable.Value{Type: observable.Domain, Text: name}
}

// crowd is so many indicators of one value.
func crowd(n int, names ...string) *match.Index {
	x := match.New()
	for _, name := range names {
		for i := range n {
			x.Add(match.Indicator{ID: fmt.Sprintf("indicator--%s-%d", name, i), Value: domain(name)})
		}
	}
	return x
}

func eventOf(names ...string) *telemetry.Event {
	e := &telemetry.Event{Source: netip.MustParseAddr("192.0.2.1")}
	for i, name := range names {
		e.Observables = append(e.Observables, telemetry.Seen{Value: domain(name), Field: fmt.Sprint("field", i/2), Raw: name})
	}
	return e
}

// Whoever contributes very many indicators of what everybody sees neither holds
// up the reading nor hides what others know of the same event.
func TestACrowdHidesNothing(t *testing.T) {
	partners := crowd(5000, "popular.example", "www.popular.example")
	partners.Add(match.Indicator{ID: "evil", Value: domain("evil.example")})
	own := match.New()
	own.Add(match.Indicator{ID: "mine", Value: domain("popular.example")})
	w := watch.New(watch.Library{Index: partners}, watch.Library{Index: own, Own: true}).Watcher()
	found := map[string]int{}
	hits := w.Hits(eventOf("popular.example", "www.popular.example", "evil.example"), 1)
	for _, h := range hits {
		found[h.Indicator.ID+h.Field]++
		if found[h.Indicator.ID+h.Field] > 1 {
			t.Fatalf("%v twice", h)
		}
	}
	if found["evilfield1"] != 1 || found["minefield0"] != 1 {
		t.Errorf("hidden behind %d hits", len(hits))
	}
	if len(hits) > 2*watch.MostHits || w.Cut() != 1 {
		t.Errorf("%d hits, %d events cut", len(hits), w.Cut())
	}
	if hits := w.Hits(eventOf("evil.example", "evil.example"), 2); len(hits) != 1 || w.Cut() != 1 {
		t.Errorf("seen twice in one field it is %d hits; %d events cut", len(hits), w.Cut())
	}
}

func TestHitsOfOneLibraryEnd(t *testing.T) {
	names := make([]string, 10)
	for i := range names {
		names[i] = fmt.Sprint("n", i, ".example")
	}
	w := watch.New(watch.Library{Index: crowd(60, names...)}, watch.Library{Index: crowd(1, names...), Own: true}).Watcher()
	own, others, twice := 0, 0, 0
	for _, h := range w.Hits(eventOf(names...), 1) {
		if h.Own {
			own++
			continue
		}
		others++
		if strings.HasSuffix(h.Indicator.ID, "-0") {
			twice++
		}
	}
	// The partner's own ten are named as the first of each crowd: those that were
	// hits already are no others. Which of a crowd come before its end is the
	// index's choice.
	if others != watch.MostHits || own != len(names)-twice || twice > 5 || w.Cut() != 1 {
		t.Errorf("%d hits, %d of them named as the partner's own, and %d of these; %d events cut", others, twice, own, w.Cut())
	}
}

// More than a few hits are compared by a map: each place is still told once.
func TestEachPlaceOnce(t *testing.T) {
	w := watch.New(watch.Library{Index: crowd(12, "a.example", "b.example")}, watch.Library{Index: crowd(20, "a.example", "b.example")}).Watcher()
	for range 2 {
		if hits := w.Hits(eventOf("a.example", "b.example", "a.example", "a.example"), 1); len(hits) != 60 || w.Cut() != 0 {
			t.Errorf("%d hits; want 20 of each of two names in one field, and 20 of one in the other", len(hits))
		}
	}
}

func BenchmarkCrowd(b *testing.B) {
	for _, n := range []int{1000, 16000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w, e := watch.New(watch.Library{Index: crowd(n, "popular.example")}).Watcher(), eventOf("popular.example")
			b.ReportAllocs()
			for b.Loop() {
				w.Hits(e, 1)
			}
		})
	}
}
