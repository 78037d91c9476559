package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

func indicator(n int, pattern string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--10000000-0000-4000-8000-%012d","created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z","name":"worm host %d","pattern":"%s","pattern_type":"stix","valid_from":"2017-05-12T08:00:00Z"}`, n, n, pattern)
}

// What is found is counted by what it is, for those who may see it, and each count
// leads to as many.
func TestFind(t *testing.T) {
	log := &chain{}
	for n := range 7 {
		log.contribute(t, alpha, green, indicator(n, fmt.Sprintf("[domain-name:value = 'Bad%d.example']", n)))
	}
	log.contribute(t, bravo, access.ToCommunity(access.Amber), indicator(7, "[ipv4-addr:value = '198.51.100.7']"))
	log.contribute(t, bravo, red, indicator(8, "[ipv4-addr:value = '198.51.100.8']"))
	log.contribute(t, bravo, green, malware("10000000-0000-4000-8000-000000000099", "worm", "2017-05-12T08:00:00.000Z", ""))
	at := time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)
	for i, text := range []string{"bad3.example", "198.51.100.7"} {
		v, err := observable.Infer(text)
		if err != nil {
			t.Fatal(err)
		}
		log.report(t, bravo, []access.Audience{green, red}[i], text, sighting.Sighting{Value: v, Basis: "suspect", Count: 1, Hosts: 1, FirstSeen: at, LastSeen: at})
	}
	c := folded(t, log)
	find := func(q string, n catalog.Narrow, after catalog.Place) catalog.Found {
		t.Helper()
		found, err := c.Find(t.Context(), member(alpha), q, n, false, after, 4)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	for _, q := range []string{"worm", ""} {
		found := find(q, catalog.Narrow{}, 0)
		want := catalog.Found{Matches: 9, All: true, More: true, Sighted: 1, Next: found.Next, Objects: found.Objects, Added: found.Added,
			Types: []catalog.Facet{{"indicator", 8}, {"malware", 1}}, TLPs: []catalog.Facet{{"green", 8}, {"amber", 1}},
			Owners: []catalog.Facet{{string(alpha), 7}, {string(bravo), 2}}, Observed: []catalog.Facet{{"domain-name", 7}, {"ipv4-addr", 1}}}
		if diff := cmp.Diff(want, found); diff != "" || len(found.Objects) != 4 || len(found.Added) != 9 {
			t.Errorf("%q (-want +got):\n%s", q, diff)
		}
		seen := map[string]bool{}
		for pages := 0; pages < 4; pages++ {
			for _, o := range found.Objects {
				seen[o.ID] = true
			}
			if !found.More {
				break
			}
			found = find(q, catalog.Narrow{}, found.Next)
		}
		if len(seen) != 9 {
			t.Errorf("%q: the pages have %d objects", q, len(seen))
		}
	}
	for n, want := range map[catalog.Narrow]int{
		{Type: "indicator"}: 8, {Type: "indicator", Owner: bravo}: 1, {TLP: access.Amber}: 1, {TLP: access.Red}: 0, {Owner: alpha}: 7,
		{Observed: "ipv4-addr"}: 1, {Sighted: true}: 1, {Since: start.Add(7 * time.Millisecond)}: 2, {Since: start.Add(time.Hour)}: 0,
	} {
		if found := find("worm", n, 0); found.Matches != want || !found.All {
			t.Errorf("%+v: %d of all (%t), want %d", n, found.Matches, found.All, want)
		}
	}
	for q, want := range map[string]int{"wor": 9, "wo": 0, "host wo": 0, "host wor": 8, "host 3": 1, "bad3.e": 1} {
		if found := find(q, catalog.Narrow{}, 0); found.Matches != want || !found.All {
			t.Errorf("%q: %d of all (%t), want %d", q, found.Matches, found.All, want)
		}
	}
	if found := find("worm", catalog.Narrow{}, 0); found.Objects[0].Name != "worm" {
		t.Errorf("the exact name is not the first: %s", found.Objects[0].Name)
	}
}
