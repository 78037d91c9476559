package catalog_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// Who shared which version is told to those who may see it, and to no others.
func TestSaid(t *testing.T) {
	const id = "10000000-0000-4000-8000-000000000001"
	log := &chain{}
	log.contribute(t, alpha, green, malware(id, "One", "2017-05-12T08:00:00.000Z", ""))
	log.contribute(t, bravo, red, malware(id, "One", "2017-05-12T08:00:00.000Z", ""))
	log.contribute(t, alpha, green, malware(id, "Two", "2017-05-12T09:00:00.000Z", ""))
	c := folded(t, log)
	for who, want := range map[access.PartnerID]int{alpha: 2, bravo: 3} {
		said, more, err := c.Said(t.Context(), member(who), "malware--"+id, 10)
		if err != nil || more || len(said) != want {
			t.Fatalf("%s is told %+v, %t, %v", who, said, more, err)
		}
		if !said[0].Current || said[0].Owner != alpha || said[0].Modified.Hour() != 9 || said[len(said)-1].Current {
			t.Errorf("%s is told %+v", who, said)
		}
		if said, more, err = c.Said(t.Context(), member(who), "malware--"+id, 1); err != nil || !more || len(said) != 1 {
			t.Errorf("%s is told %+v, %t, %v", who, said, more, err)
		}
	}
	if _, _, err := c.Said(t.Context(), member(alpha), "malware--20000000-0000-4000-8000-000000000001", 10); err == nil {
		t.Error("of nothing something is said")
	}
}

func TestLastSightings(t *testing.T) {
	v, err := observable.Infer("bad.example")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)
	log := &chain{}
	for i, to := range []access.Audience{green, red, green, green} {
		log.report(t, bravo, to, "report-"+string(rune('a'+i)), sighting.Sighting{Value: v, Basis: "suspect", Count: i + 1, Hosts: 1, FirstSeen: at, LastSeen: at})
	}
	c := folded(t, log)
	seen, more, err := c.LastSightings(t.Context(), member(alpha), v, 2)
	if err != nil || !more || len(seen) != 2 || seen[0].Count != 4 || seen[1].Count != 3 {
		t.Errorf("%+v, %t, %v", seen, more, err)
	}
	if seen, more, err = c.LastSightings(t.Context(), member(bravo), v, 10); err != nil || more || len(seen) != 4 {
		t.Errorf("its owner: %+v, %t, %v", seen, more, err)
	}
}
