package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

const charlie access.PartnerID = "identity--c0000000-0000-4000-8000-000000000003"

// crowdedOut is a value that two partners saw for everybody, and one many times for
// few: before, between and after, for more and more recipients.
func crowdedOut(t *testing.T, hidden int) (*catalog.Catalog, observable.Value) {
	t.Helper()
	v, err := observable.Infer("bad.example")
	if err != nil {
		t.Fatal(err)
	}
	log, at := &chain{}, time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)
	n := 0
	reports := func(who access.PartnerID, to access.Audience) {
		n++
		log.report(t, who, to, fmt.Sprint("report-", n), sighting.Sighting{Value: v, Basis: "suspect", Count: n, Hosts: 1, FirstSeen: at, LastSeen: at})
	}
	hide := func() {
		for i := range hidden {
			to := red
			if i%2 == 0 {
				to.Recipients = []access.PartnerID{access.PartnerID(fmt.Sprintf("identity--%d", i))}
			}
			reports(alpha, to)
		}
	}
	hide()
	reports(bravo, green)
	hide()
	reports(bravo, green)
	reports(charlie, green)
	hide()
	log.contribute(t, bravo, green, `{"type":"indicator","spec_version":"2.1","id":"indicator--`+one+`","created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z","name":"bad","pattern":"[domain-name:value = 'bad.example']","pattern_type":"stix","valid_from":"2017-05-12T08:00:00Z"}`)
	return folded(t, log), v
}

// What a reader may not see takes no place of what it may.
func TestHiddenSightingsTakeNoPlaces(t *testing.T) {
	const hidden = 80
	c, v := crowdedOut(t, hidden)
	for _, ask := range []struct {
		who    access.PartnerID
		most   int
		counts []int // the last ones, first
		more   bool
	}{
		{charlie, 10, []int{2*hidden + 3, 2*hidden + 2, hidden + 1}, false},
		{charlie, 2, []int{2*hidden + 3, 2*hidden + 2}, true},
		{alpha, 2, []int{3*hidden + 3, 3*hidden + 2}, true},
		{"identity--0", 3, []int{2*hidden + 4, 2*hidden + 3, 2*hidden + 2}, true},
	} {
		seen, more, err := c.LastSightings(t.Context(), member(ask.who), v, ask.most)
		if err != nil || more != ask.more || len(seen) != len(ask.counts) {
			t.Errorf("%s asks for %d: %+v, %t, %v", ask.who, ask.most, seen, more, err)
			continue
		}
		for i, s := range seen {
			if s.Count != ask.counts[i] {
				t.Errorf("%s: sighting %d is number %d, want %d", ask.who, i, s.Count, ask.counts[i])
			}
		}
	}
	if seen, more, err := c.LastSightings(t.Context(), member(alpha), v, 1000); err != nil || more || len(seen) != 3*hidden+3 {
		t.Errorf("all of them: %d, %t, %v", len(seen), more, err)
	}
}

// What was seen is found as seen, however often somebody else saw it for few.
func TestHiddenSightingsHideNoOthers(t *testing.T) {
	c, _ := crowdedOut(t, 80)
	for who, want := range map[access.PartnerID]int{alpha: 1, charlie: 1} {
		found, err := c.Find(t.Context(), member(who), "bad", catalog.Narrow{Sighted: true}, false, 0, 10)
		if err != nil || found.Sighted != want {
			t.Errorf("%s: %d found as seen, want %d: %v", who, found.Sighted, want, err)
		}
	}
}
