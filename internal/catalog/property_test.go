package catalog_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Each check makes files and syncs them: forty are enough for every run, and
// -rapid.checks still asks for more.
func init() {
	if err := flag.Lookup("rapid.checks").Value.Set("40"); err != nil {
		panic(err)
	}
}

// opened is a catalog with a log's entries, for one check.
func opened(r *rapid.T, t *testing.T, log *chain) *catalog.Catalog {
	c, err := catalog.Open(filepath.Join(t.TempDir(), "catalog.db"))
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		if err := c.Close(); err != nil {
			r.Error(err)
		}
	})
	apply(t, c, log.entries)
	return c
}

// However the entries are cut into batches, and whether the files are closed in
// between, the catalog is the same as one that is rebuilt at once from what can
// still be read.
func TestRebuiltIsLive(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := drawWorld(r, t)
		path := filepath.Join(t.TempDir(), "live.db")
		c, err := catalog.Open(path)
		if err != nil {
			r.Fatal(err)
		}
		for done := 0; done < len(w.log.entries); {
			again := rapid.IntRange(0, min(done, 3)).Draw(r, "again") // entries that are there already
			end := done + rapid.IntRange(1, len(w.log.entries)-done).Draw(r, "batch")
			apply(t, c, w.log.entries[done-again:end])
			done = end
			if rapid.IntRange(0, 5).Draw(r, "reopen") == 0 {
				if err := c.Close(); err != nil {
					r.Fatal(err)
				}
				if c, err = catalog.Open(path); err != nil {
					r.Fatal(err)
				}
			}
		}
		live := digest(t, c)
		if err := c.Close(); err != nil {
			r.Fatal(err)
		}
		if rebuilt := digest(t, opened(r, t, w.later())); live != rebuilt {
			r.Fatalf("live %x, rebuilt %x", live, rebuilt)
		}
	})
}

// Every way of asking shows every principal what the oracle shows it.
func TestNothingElseIsReleased(t *testing.T) {
	ctx := context.Background()
	rapid.Check(t, func(r *rapid.T) {
		w := drawWorld(r, t)
		c := opened(r, t, &w.log)
		for range 3 {
			p := drawPrincipal(r)
			versions, creators := w.versions(p)
			newest := w.inOrder(versions, func(_ string, i int) bool { return i == 0 })
			check(r, "page", pages(ctx, r, c, p, catalog.PageQuery{}), texts(newest, p))
			check(r, "page of all versions", pages(ctx, r, c, p, catalog.PageQuery{Versions: catalog.VersionQuery{All: true}}),
				texts(w.inOrder(versions, func(string, int) bool { return true }), p))
			check(r, "page of first versions", pages(ctx, r, c, p, catalog.PageQuery{Versions: catalog.VersionQuery{First: true}}),
				texts(w.inOrder(versions, func(id string, i int) bool { return i == creators[id]-1 }), p))
			checkObjects(ctx, r, c, p, versions)
			checkSearch(ctx, r, c, p, newest)
			checkRelated(ctx, r, c, p, newest)
			checkCollection(ctx, r, c, p, newest)
		}
		checkEntries(ctx, r, c, w)
	})
}

func checkObjects(ctx context.Context, r *rapid.T, c *catalog.Catalog, p access.Principal, versions map[string][]*row) {
	for _, kind := range []string{"malware", "relationship"} {
		for n := range 4 {
			id := fmt.Sprintf("%s--00000000-0000-4000-8000-%012d", kind, n)
			want := texts(versions[id], p)
			var got []string
			list, err := c.Versions(ctx, p, id)
			if err != nil && !errors.Is(err, catalog.ErrNotFound) {
				r.Fatal(err)
			}
			for _, o := range list {
				got = append(got, string(o.Raw))
			}
			check(r, "versions of "+id, got, want)
			o, err := c.Object(ctx, p, id)
			if errors.Is(err, catalog.ErrNotFound) != (len(want) == 0) || len(want) > 0 && string(o.Raw) != want[0] {
				r.Fatalf("object %s is %q, %v; want %q", id, o.Raw, err, want)
			}
		}
	}
}

// checkSearch also holds the order: among equals what was added last. The
// part that is marked is found by nobody.
func checkSearch(ctx context.Context, r *rapid.T, c *catalog.Catalog, p access.Principal, newest []*row) {
	for _, name := range []string{"alder", "Birch", "ced", "dogwood"} {
		var got, want []string
		found, err := c.Search(ctx, p, name, 100)
		if err != nil {
			r.Fatal(err)
		}
		for _, o := range found {
			got = append(got, o.ID)
		}
		for _, o := range slices.Backward(newest) {
			if !o.revoked && !o.whole && o.name != "" && (o.name[1:3] == name[1:3]) {
				want = append(want, o.id)
			}
		}
		check(r, "search "+name, got, want)
	}
}

func checkRelated(ctx context.Context, r *rapid.T, c *catalog.Catalog, p access.Principal, newest []*row) {
	name := map[string]string{}
	for _, o := range newest {
		name[o.id] = o.name
	}
	for id := range name {
		var got, want []string
		relations, err := c.Related(ctx, p, id)
		if err != nil {
			r.Fatal(err)
		}
		for _, o := range relations {
			got = append(got, fmt.Sprint(o.ID, o.Outgoing, o.Other.ID, o.Other.Name))
		}
		for _, o := range newest {
			other := o.target
			if o.source != id {
				other = o.source
			}
			otherName, ok := name[other]
			if ok && !o.revoked && (o.source == id || o.target == id) {
				want = append(want, fmt.Sprint(o.id, o.source == id, other, otherName))
			}
		}
		check(r, "related "+id, slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want)))
	}
}

func checkCollection(ctx context.Context, r *rapid.T, c *catalog.Catalog, p access.Principal, newest []*row) {
	of := catalog.Collection{
		Community: rapid.SampledFrom([]string{"", "health", access.DefaultCommunity}).Draw(r, "community"),
		TLPs:      rapid.SampledFrom([][]access.TLP{nil, {access.Green}, {access.Amber, access.Red}}).Draw(r, "tlps"),
		Owner:     rapid.SampledFrom([]access.PartnerID{"", "identity--a"}).Draw(r, "of"),
		Types:     rapid.SampledFrom([][]string{nil, {"malware"}, {"x-other", "relationship"}}).Draw(r, "types"),
	}
	var want []*row
	for _, o := range newest {
		last, kind := o.to[len(o.to)-1], strings.SplitN(o.id, "--", 2)[0]
		if (of.Community == "" || last.Community == of.Community) && (of.TLPs == nil || slices.Contains(of.TLPs, last.TLP)) &&
			(of.Owner == "" || o.owner == of.Owner) && (of.Types == nil || slices.Contains(of.Types, kind)) {
			want = append(want, o)
		}
	}
	check(r, fmt.Sprintf("collection %+v", of), pages(ctx, r, c, p, catalog.PageQuery{Collection: of}), texts(want, p))
}

// checkEntries asks for what has to be named in a tightening.
func checkEntries(ctx context.Context, r *rapid.T, c *catalog.Catalog, w *world) {
	for _, owner := range partners {
		for _, id := range []string{"malware--00000000-0000-4000-8000-000000000001", "contribution--3"} {
			var want []ledger.Seq
			for _, o := range w.rows {
				withdrawn := slices.ContainsFunc(o.to, func(a access.Audience) bool { return a.TLP == "" })
				if o.owner == owner && (o.id == id && !withdrawn || o.contribution == id) {
					want = append(want, ledger.Seq(o.entry+1))
				}
			}
			got, err := c.Entries(ctx, owner, id)
			if err != nil {
				r.Fatal(err)
			}
			if strings.HasPrefix(id, "contribution") && len(want) == 0 {
				continue // one without objects has an entry, too
			}
			check(r, fmt.Sprintf("entries of %s by %s", id, owner), got, slices.Compact(want))
		}
	}
}
