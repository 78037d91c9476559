package watch_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/watch"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// An event that is asked about again finds what was named meanwhile, and keeps
// the pattern that it completed.
func TestRenewedKeepsWhatIsSpent(t *testing.T) {
	index, patterns := match.New(), patternset.New(patternset.Options{})
	p, err := pattern.Parse("[domain-name:value LIKE 'one.%'] FOLLOWEDBY [domain-name:value LIKE 'two.%'] WITHIN 60 SECONDS")
	if err != nil {
		t.Fatal(err)
	}
	if err := patterns.Add("indicator--p", p); err != nil {
		t.Fatal(err)
	}
	w := watch.New(watch.Library{Index: index, Patterns: patterns}).Watcher()
	event := func(name string, second int) *telemetry.Event {
		v := observable.Value{Type: observable.Domain, Text: name}
		return &telemetry.Event{Time: time.Date(2017, 5, 12, 8, 0, second, 0, time.UTC), Observables: []telemetry.Seen{{Value: v, Field: "dns.rrname", Raw: name}}}
	}
	if hits := w.Hits(event("one.example", 0), 1); len(hits) != 0 {
		t.Fatalf("%+v", hits)
	}
	second := event("two.example", 1)
	if hits := w.Hits(second, 2); len(hits) != 1 || !hits[0].Pattern {
		t.Fatalf("%+v", hits)
	}
	index.Add(match.Indicator{ID: "indicator--i", Value: second.Observables[0].Value})
	if hits := w.Renewed(second); len(hits) != 2 || hits[0].Indicator.ID != "indicator--i" || hits[1].Indicator.ID != "indicator--p" {
		t.Errorf("%+v", hits)
	}
}
