package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/stix"
)

// nameIs marks an object's name, without which it cannot be shown, with a level.
func nameIs(level string) string {
	return fmt.Sprintf(`,"granular_markings":[{"marking_ref":%q,"selectors":["name"]}]`, stix.TLPMarking(level))
}

// What is withheld from one principal is not from another: not before that one
// has asked, and not after.
func TestWithheldFromSome(t *testing.T) {
	log := &chain{}
	log.add(t, contribution.KindAccepted, alpha, green, contribution.Part{
		ID: "contribution--1", Part: 1, Parts: 1, Source: "stix", Recipients: []string{string(bravo)},
		Objects: []jsontext.Value{
			jsontext.Value(malware(one, "red", may, nameIs("red"))),
			jsontext.Value(malware(two, "strict", may, nameIs("amber+strict"))),
			jsontext.Value(malware(three, "green", may, nameIs("green"))),
		},
	})
	guest := member("identity--c0000000-0000-4000-8000-000000000003")
	guest.Guest = true
	other := member("identity--d0000000-0000-4000-8000-000000000004")
	c := folded(t, log)
	for round := range 3 {
		for _, ask := range []struct {
			who  access.Principal
			want int
		}{{guest, 1}, {other, 2}, {member(bravo), 3}, {member(alpha), 3}} {
			if got := page(t, c, ask.who, catalog.PageQuery{Limit: 10}); len(got.Objects) != ask.want {
				t.Errorf("round %d: %s is shown %s, want %d", round, ask.who.Partner, names(got.Objects), ask.want)
			}
		}
	}
}

// A reader that has gone is not read on for, though nothing was found yet.
func TestScanOfWithheldEnds(t *testing.T) {
	log := &chain{}
	var objects []string
	for i := range 100 {
		objects = append(objects, malware(fmt.Sprintf("00000000-0000-4000-8000-%012d", i), "red", may, nameIs("red")))
	}
	log.contribute(t, alpha, green, objects...)
	c := folded(t, log)
	ctx, gone := context.WithCancel(context.Background())
	gone()
	if _, err := c.Page(ctx, member(bravo), catalog.PageQuery{Limit: 10}); !errors.Is(err, context.Canceled) {
		t.Errorf("a page for nobody: %v", err)
	}
	if got := page(t, c, member(bravo), catalog.PageQuery{Limit: 10}); len(got.Objects) != 0 || got.More {
		t.Errorf("a page of what is withheld: %+v", got)
	}
}

// A scan that lets the writer in on its way finds what it would have found,
// and takes for new audiences what they are.
func TestScanLetsTheWriterIn(t *testing.T) {
	log := &chain{}
	var objects []string
	for i := range 200 {
		objects = append(objects, malware(fmt.Sprintf("00000000-0000-4000-8000-%012d", i), "red", may, nameIs("red")))
	}
	log.contribute(t, alpha, green, objects...)
	log.contribute(t, alpha, green, malware(one[:35]+"a", "last", may, ""))
	c := folded(t, log)
	c.PauseScans()
	for i := range 100 {
		to := access.Audience{TLP: access.Red, Community: access.DefaultCommunity, Recipients: []access.PartnerID{bravo, access.PartnerID(fmt.Sprintf("identity--%d", i))}}
		log.tighten(t, contribution.Tightening{Owner: string(alpha), Object: fmt.Sprintf("malware--00000000-0000-4000-8000-%012d", 199-i), Audience: to.String()})
	}
	done := make(chan error, 1)
	var writing sync.WaitGroup
	defer writing.Wait()
	writing.Go(func() {
		var err error
		for i := 0; err == nil && i < len(log.entries); i++ {
			err = c.Apply(context.Background(), log.entries[i:i+1])
		}
		done <- err
	})
	for applied := false; !applied; {
		select {
		case err := <-done:
			if applied = true; err != nil {
				t.Fatal(err)
			}
		default:
		}
		for _, level := range []access.TLP{access.Green, access.Clear} {
			q := catalog.PageQuery{Limit: 10, Types: []string{"malware"}, Collection: catalog.Collection{TLPs: []access.TLP{level, access.Red}}}
			got := page(t, c, member(bravo), q)
			if want := map[access.TLP]int{access.Green: 1}[level]; len(got.Objects) != want || got.More {
				t.Errorf("a page of %s has %s, more %v; want %d", level, names(got.Objects), got.More, want)
			}
		}
	}
}

// Many versions of one id, the newest first, are found as few are, before and
// after the catalog is opened again.
func TestManyVersionsNewestFirst(t *testing.T) {
	const many = 300
	log, newest := &chain{}, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(i int) time.Time { return newest.Add(-time.Duration(i) * time.Second) }
	for i := range many {
		log.contribute(t, alpha, green, malware(one, fmt.Sprint(i), at(i).Format("2006-01-02T15:04:05.000Z"), ""))
	}
	log.contribute(t, alpha, red, malware(one, "7", at(7).Format("2006-01-02T15:04:05.000Z"), "")) // again, for fewer
	path := filepath.Join(t.TempDir(), "catalog.db")
	c, err := catalog.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, c, log.entries)
	checkMany(t, c, many, at)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	checkMany(t, open(t, path), many, at)
}

func checkMany(t *testing.T, c *catalog.Catalog, many int, at func(int) time.Time) {
	t.Helper()
	for _, ask := range []struct {
		who  access.PartnerID
		q    catalog.VersionQuery
		want int
		name string
	}{
		{bravo, catalog.VersionQuery{}, 1, "0"},
		{bravo, catalog.VersionQuery{First: true}, 1, fmt.Sprint(many - 1)},
		{bravo, catalog.VersionQuery{All: true}, many - 1, "0"},
		{alpha, catalog.VersionQuery{All: true}, many, "0"},
		{alpha, catalog.VersionQuery{At: []time.Time{at(7)}}, 1, "7"},
		{bravo, catalog.VersionQuery{At: []time.Time{at(7)}}, 0, ""},
		{bravo, catalog.VersionQuery{At: []time.Time{at(9)}}, 1, "9"},
	} {
		got := page(t, c, member(ask.who), catalog.PageQuery{Limit: 2 * many, Versions: ask.q}).Objects
		if len(got) != ask.want || len(got) > 0 && got[0].Name != ask.name {
			t.Errorf("%s asks for %+v: %s, want %d, the first of them %q", ask.who, ask.q, names(got), ask.want, ask.name)
		}
	}
}
