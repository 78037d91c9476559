package catalog_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
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

// What is withdrawn counts once, however often and in whatever way; what only fewer
// may see is still shared.
func TestWithdrawnCountsOnce(t *testing.T) {
	log := &chain{}
	log.contribute(t, alpha, green, malware(one, "One", may, ""), malware(two, "Two", may, ""), malware(three, "Three", may, ""))
	whole := fmt.Sprintf("contribution--%d", log.head.Seq)
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"))
	done := 0
	for i, step := range []struct {
		then   contribution.Tightening
		shared int
	}{
		{contribution.Tightening{Owner: string(bravo), Contribution: whole}, 3},
		{contribution.Tightening{Owner: string(alpha), Contribution: whole, Audience: access.ToCommunity(access.Amber).String()}, 3},
		{contribution.Tightening{Owner: string(alpha), Object: "malware--" + one}, 2},
		{contribution.Tightening{Owner: string(alpha), Object: "malware--" + one}, 2},
		{contribution.Tightening{Owner: string(alpha), Contribution: whole}, 0},
		{contribution.Tightening{Owner: string(alpha), Contribution: whole}, 0},
	} {
		log.tighten(t, step.then)
		apply(t, c, log.entries[done:])
		done = len(log.entries)
		k, err := c.Contribution(t.Context(), alpha, whole)
		if err != nil || k.Objects != 3 || k.Shared != step.shared {
			t.Errorf("step %d: %+v, %v; want %d shared", i, k, err, step.shared)
		}
	}
	log.contribute(t, alpha, access.Audience{}, malware(three, "Nobody's", "2017-05-12T09:00:00.000Z", ""))
	apply(t, c, log.entries[done:])
	if list, err := c.Contributions(t.Context(), alpha, 0, 1); err != nil || len(list) != 1 || list[0].Objects != 1 || list[0].Shared != 0 {
		t.Errorf("what came for nobody: %+v, %v", list, err)
	}
}

// The counts of a large contribution are exact: they are kept, and nothing is walked
// through for them.
func TestALargeContributionIsCountedExactly(t *testing.T) {
	const parts, each = 101, 1000
	log := &chain{}
	for p := range parts {
		part := contribution.Part{ID: "contribution--large", Part: p + 1, Parts: parts, Source: "stix"}
		for i := range each {
			part.Objects = append(part.Objects, jsontext.Value(malware(fmt.Sprintf("10000000-0000-4000-8000-%012d", p*each+i), "M", may, "")))
		}
		log.add(t, contribution.KindAccepted, alpha, green, part)
	}
	log.tighten(t, contribution.Tightening{Owner: string(alpha), Object: fmt.Sprintf("malware--10000000-0000-4000-8000-%012d", parts*each-1)})
	list, err := folded(t, log).Contributions(t.Context(), alpha, 0, 10)
	if err != nil || len(list) != 1 || list[0].Objects != parts*each || list[0].Shared != parts*each-1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// BenchmarkContributions lists what a partner shared: a hundred thousand objects.
func BenchmarkContributions(b *testing.B) {
	const objects = 100_000
	log, s := &chain{}, newSynthetic()
	for range objects / objectsPerPage {
		log.add(b, contribution.KindAccepted, alpha, green, s.part())
	}
	c := folded(b, log)
	for b.Loop() {
		if list, err := c.Contributions(b.Context(), alpha, 0, objects); err != nil || len(list) != objects/objectsPerPage {
			b.Fatalf("%d, %v", len(list), err)
		}
	}
}
