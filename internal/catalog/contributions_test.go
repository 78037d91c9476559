package catalog_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
)

// A partner finds what it shared, the newest first, page by page, and what of it is
// withdrawn; and nobody else's.
func TestContributionsOfAPartner(t *testing.T) {
	log := &chain{}
	id := func(n int) string { return fmt.Sprintf("10000000-0000-4000-8000-%012d", n) }
	for n := range 5 {
		log.contribute(t, alpha, green, malware(id(2*n), "First", "2017-05-12T08:00:00.000Z", ""), malware(id(2*n+1), "Second", "2017-05-12T08:00:00.000Z", ""))
		log.contribute(t, bravo, green, malware(id(100+n), "Of another", "2017-05-12T08:00:00.000Z", ""))
	}
	log.tighten(t, contribution.Tightening{Owner: string(alpha), Object: "malware--" + id(4)})
	c := folded(t, log)
	first, err := c.Contributions(t.Context(), alpha, 0, 3)
	if err != nil || len(first) != 3 {
		t.Fatalf("%+v, %v", first, err)
	}
	rest, err := c.Contributions(t.Context(), alpha, first[2].First, 3)
	if err != nil || len(rest) != 2 {
		t.Fatalf("%+v, %v", rest, err)
	}
	for i, k := range append(first, rest...) {
		want := catalog.Contribution{ID: k.ID, First: log.entries[8-2*i].Seq, Last: log.entries[8-2*i].Seq, At: k.At, Objects: 2, Shared: 2}
		if i == 2 {
			want.Shared = 1
		}
		if k != want || k.At.IsZero() {
			t.Errorf("contribution %d: %+v, want %+v", i, k, want)
		}
	}
	if k, err := c.Contribution(t.Context(), alpha, first[2].ID); err != nil || k != first[2] {
		t.Errorf("by its id: %+v, %v", k, err)
	}
	if _, err := c.Contribution(t.Context(), bravo, first[2].ID); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("for another: %v", err)
	}
	brought, err := c.Brought(t.Context(), member(alpha), first[2], 10)
	if err != nil || len(brought) != 1 || brought[0].ID != "malware--"+id(5) {
		t.Errorf("of the third there are %v, %v", brought, err)
	}
	if brought, err = c.Brought(t.Context(), member(alpha), first[0], 1); err != nil || len(brought) != 1 {
		t.Errorf("one of the newest: %v, %v", brought, err)
	}
}
