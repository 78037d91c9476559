package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/catalog"
)

// crowd is a catalog of many objects with one word: one for everybody, and
// then those that alpha alone sees, which are looked at first.
func crowd(t *testing.T) *catalog.Catalog {
	t.Helper()
	log := &chain{}
	log.contribute(t, alpha, green, malware(one, "Alder", may, ""))
	var objects []string
	for i := range 600 {
		objects = append(objects, malware(fmt.Sprintf("10000000-0000-4000-8000-%012d", i), "Alder", may, ""))
	}
	log.contribute(t, alpha, red, objects...)
	return folded(t, log)
}

// A search that has looked at enough answers with what it has found, and if
// that is nothing says so: it does not say that there is nothing.
func TestSearchLooksAtSoMany(t *testing.T) {
	ctx, c := context.Background(), crowd(t)
	c.LimitSearches(300, time.Hour)
	if found, err := c.Search(ctx, member(bravo), "alder", 10); !errors.Is(err, catalog.ErrUnfinished) {
		t.Errorf("a search cut short finds %s, %v", names(found), err)
	}
	if found, err := c.Search(ctx, member(alpha), "alder", 400); err != nil || len(found) == 0 || len(found) > 300 {
		t.Errorf("a search cut short finds %d, %v", len(found), err)
	}
	c.LimitSearches(5000, time.Hour)
	if got := search(t, c, member(bravo), "alder"); !slices.Equal(got, []string{"malware--" + one}) {
		t.Errorf("a search with time finds %v", got)
	}
}

// Where nothing fits, a page is told so far, and who has time is told all.
func TestFindGivesUpSoon(t *testing.T) {
	c := crowd(t)
	c.HurrySearches(100)
	for _, q := range []string{"alder", ""} {
		for _, thorough := range []bool{false, true} {
			found, err := c.Find(t.Context(), member(bravo), q, catalog.Narrow{Type: "tool"}, thorough, 0, 10)
			if err != nil || found.Matches != 0 || found.All != thorough {
				t.Errorf("%q, thorough %t: %d matches, all %t, %v", q, thorough, found.Matches, found.All, err)
			}
		}
	}
}

// A search out of time says so, and one whose reader has gone says that.
func TestSearchTakesSoLong(t *testing.T) {
	c := crowd(t)
	c.LimitSearches(5000, time.Nanosecond)
	if found, err := c.Search(context.Background(), member(bravo), "alder", 10); !errors.Is(err, catalog.ErrUnfinished) {
		t.Errorf("a search without time finds %s, %v", names(found), err)
	}
	ctx, gone := context.WithCancel(context.Background())
	gone()
	if _, err := c.Search(ctx, member(bravo), "alder", 10); err == nil || errors.Is(err, catalog.ErrUnfinished) {
		t.Errorf("a search for nobody: %v", err)
	}
}

// What a contribution asks for does not wait for searches.
func TestOthersDoNotWaitForSearches(t *testing.T) {
	ctx, c := context.Background(), crowd(t)
	c.LimitSearches(5000, time.Millisecond)
	c.HoldSearches(t)
	if _, err := c.Search(ctx, member(bravo), "alder", 10); !errors.Is(err, catalog.ErrUnfinished) {
		t.Errorf("a search behind others: %v", err)
	}
	if has, err := c.HasContribution(ctx, "contribution--1"); err != nil || !has {
		t.Errorf("the contribution is there: %v, %v", has, err)
	}
	if _, err := c.Kept(ctx, 1, 2); err != nil {
		t.Error(err)
	}
	if entries, err := c.Entries(ctx, alpha, "contribution--1"); err != nil || len(entries) != 1 {
		t.Errorf("its entries are %v, %v", entries, err)
	}
}
