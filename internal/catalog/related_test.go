package catalog_test

import (
	"context"
	"fmt"
	"testing"
)

// Of very many relations there are the thousand that were added last, in
// either direction, and the answer says so. Those that are not shown do not
// count.
func TestVeryManyRelations(t *testing.T) {
	hub, spoke := "malware--"+one, "malware--"+two
	log, n := &chain{}, 0
	relate := func(to int) (objects []string) {
		for ; n < to; n++ {
			ends := []string{hub, spoke}
			objects = append(objects, relationship(fmt.Sprintf("00000000-0000-4000-8000-%012d", n), "uses", ends[n%2], ends[1-n%2]))
		}
		return objects
	}
	log.contribute(t, alpha, green, malware(one, "hub", may, ""), malware(two, "spoke", may, ""))
	log.contribute(t, alpha, green, relate(1000)...)
	c := folded(t, log)
	ask := func(want int, wantMore bool, oldest int) {
		t.Helper()
		relations, more, err := c.Relations(context.Background(), member(bravo), hub)
		if err != nil || len(relations) != want || more != wantMore {
			t.Fatalf("%d relations, more %v, %v; want %d, %v", len(relations), more, err, want, wantMore)
		}
		for _, r := range relations {
			if r.ID < fmt.Sprintf("relationship--00000000-0000-4000-8000-%012d", oldest) {
				t.Errorf("there is %s, which is older than the others", r.ID)
			}
		}
	}
	ask(1000, false, 0)
	log.contribute(t, alpha, red, relate(1100)...) // hidden from bravo
	apply(t, c, log.entries)
	ask(1000, false, 0)
	log.contribute(t, alpha, green, relate(1105)...)
	apply(t, c, log.entries)
	ask(1000, true, 5)
}
