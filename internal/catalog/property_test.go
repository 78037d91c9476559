package catalog_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// Each check makes files and syncs them: forty are enough for every run, and
// -rapid.checks still asks for more.
func init() {
	if err := flag.Lookup("rapid.checks").Value.Set("40"); err != nil {
		panic(err)
	}
}

// row is a version as the oracle keeps it, in added order.
type row struct {
	id, name, modified, raw string
	revoked                 bool
	source, target          string
	owner                   access.PartnerID
	audience                access.Audience
}

// world is a random ledger and what the oracle makes of it.
type world struct {
	log  chain
	rows []row
}

var (
	partners  = []access.PartnerID{"identity--a", "identity--b", "identity--c", "identity--d"}
	audiences = []access.Audience{
		{}, access.ToCommunity(access.Clear), access.ToCommunity(access.Green), access.ToCommunity(access.AmberStrict),
		{TLP: access.Amber, Community: "health"}, {TLP: access.Green, Community: "health"}, {TLP: access.Red, Community: "health"},
		{TLP: access.Red, Community: access.DefaultCommunity, Recipients: []access.PartnerID{"identity--b", "identity--c"}},
	}
	times = []string{"2017-05-12T08:00:00.000Z", "2017-06-12T08:00:00.000Z", "2017-07-12T08:00:00.000Z"}
)

// sees is the release rule, written down a second time.
func (r row) sees(p access.Principal) bool {
	switch a := r.audience; {
	case a.TLP == "":
		return false
	case p.Partner == r.owner || a.TLP == access.Clear:
		return true
	case a.TLP == access.Red:
		return slices.Contains(a.Recipients, p.Partner)
	case a.TLP != access.AmberStrict && slices.Contains(p.ClientOf, r.owner):
		return true
	default:
		return slices.Contains(p.Communities, a.Community)
	}
}

// put is what the catalog promises about versions of one id and time.
func (w *world) put(r row) {
	i := slices.IndexFunc(w.rows, func(o row) bool { return o.id == r.id && o.modified == r.modified && o.owner == r.owner })
	if i >= 0 && w.rows[i].audience.String() == r.audience.String() {
		return
	}
	if i >= 0 {
		w.rows = slices.Delete(w.rows, i, i+1)
	}
	w.rows = append(w.rows, r)
}

// shown is what a principal sees: every version once, in added order.
func (w *world) shown(p access.Principal) (shown []row) {
	for _, r := range w.rows {
		if r.sees(p) && !slices.ContainsFunc(shown, func(o row) bool { return o.id == r.id && o.modified == r.modified }) {
			shown = append(shown, r)
		}
	}
	return shown
}

// last is the newest of each id among them.
func last(shown []row) (newest []row) {
	for _, r := range shown {
		if !slices.ContainsFunc(shown, func(o row) bool { return o.id == r.id && o.modified > r.modified }) {
			newest = append(newest, r)
		}
	}
	return newest
}

func drawWorld(t *rapid.T, tb testing.TB) *world {
	w := &world{}
	for range rapid.IntRange(1, 25).Draw(t, "entries") {
		owner := rapid.SampledFrom(partners).Draw(t, "owner")
		to := rapid.SampledFrom(audiences).Draw(t, "audience")
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			w.log.add(tb, "something.else", owner, to, map[string]int{})
		case 1:
			value := observable.Value{Type: observable.Domain, Text: "seen.example"}
			w.log.report(tb, owner, to, rapid.StringMatching(`[ab]`).Draw(t, "report"), sighting.Sighting{Value: value, FirstSeen: start, LastSeen: start})
		default:
			var objects []string
			for range rapid.IntRange(0, 4).Draw(t, "objects") {
				r := drawRow(t)
				r.owner, r.audience = owner, to
				w.put(r)
				objects = append(objects, r.raw)
			}
			w.log.contribute(tb, owner, to, objects...)
		}
	}
	return w
}

func drawRow(t *rapid.T) row {
	uuid := func(name string) string {
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", rapid.IntRange(0, 3).Draw(t, name))
	}
	r := row{
		modified: rapid.SampledFrom(times).Draw(t, "modified"),
		revoked:  rapid.IntRange(0, 9).Draw(t, "revoked") == 0,
	}
	if rapid.Bool().Draw(t, "relationship") {
		r.id, r.source, r.target = "relationship--"+uuid("id"), "malware--"+uuid("source"), "malware--"+uuid("target")
		r.raw = fmt.Sprintf(`{"type":"relationship","id":%q,"modified":%q,"revoked":%v,"relationship_type":"uses","source_ref":%q,"target_ref":%q}`,
			r.id, r.modified, r.revoked, r.source, r.target)
		return r
	}
	r.id = "malware--" + uuid("id")
	r.name = rapid.SampledFrom([]string{"Alder", "Birch", "Cedar"}).Draw(t, "name")
	r.raw = fmt.Sprintf(`{"type":"malware","id":%q,"modified":%q,"revoked":%v,"name":%q}`, r.id, r.modified, r.revoked, r.name)
	return r
}

func drawPrincipal(t *rapid.T) access.Principal {
	return access.Principal{
		Partner:     rapid.SampledFrom(partners).Draw(t, "partner"),
		Role:        access.Viewer,
		Communities: rapid.SampledFrom([][]string{nil, {access.DefaultCommunity}, {"health"}, {access.DefaultCommunity, "health"}}).Draw(t, "communities"),
		ClientOf:    rapid.SampledFrom([][]access.PartnerID{nil, partners[:1], partners[1:3]}).Draw(t, "client of"),
	}
}

// However the entries are cut into batches, and whether the file is closed in
// between, the catalog is the same as one that is rebuilt at once.
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
		if rebuilt := digest(t, folded(t, &w.log)); live != rebuilt {
			r.Fatalf("live %x, rebuilt %x", live, rebuilt)
		}
	})
}

// Every way of asking shows every principal what the oracle shows it.
func TestNothingElseIsReleased(t *testing.T) {
	ctx := context.Background()
	rapid.Check(t, func(r *rapid.T) {
		w := drawWorld(r, t)
		c, err := catalog.Open(filepath.Join(t.TempDir(), "catalog.db"))
		if err != nil {
			r.Fatal(err)
		}
		defer c.Close()
		apply(t, c, w.log.entries)
		for range 3 {
			p := drawPrincipal(r)
			shown := w.shown(p)
			newest := last(shown)
			check(r, "page of all versions", pages(ctx, r, c, p, catalog.VersionQuery{All: true}), bytesOf(shown))
			check(r, "page", pages(ctx, r, c, p, catalog.VersionQuery{}), bytesOf(newest))
			var first []row
			for _, o := range shown {
				if !slices.ContainsFunc(shown, func(other row) bool { return other.id == o.id && other.modified < o.modified }) {
					first = append(first, o)
				}
			}
			check(r, "page of first versions", pages(ctx, r, c, p, catalog.VersionQuery{First: true}), bytesOf(first))
			checkObjects(ctx, r, c, p, newest)
			checkSearch(ctx, r, c, p, newest)
			checkRelated(ctx, r, c, p, newest)
		}
	})
}

func checkObjects(ctx context.Context, r *rapid.T, c *catalog.Catalog, p access.Principal, newest []row) {
	for _, kind := range []string{"malware", "relationship"} {
		for n := range 4 {
			id, want := fmt.Sprintf("%s--00000000-0000-4000-8000-%012d", kind, n), ""
			for _, o := range newest {
				if o.id == id {
					want = o.raw
				}
			}
			o, err := c.Object(ctx, p, id)
			if err != nil && !errors.Is(err, catalog.ErrNotFound) || string(o.Raw) != want {
				r.Fatalf("object %s is %q, %v; want %q", id, o.Raw, err, want)
			}
		}
	}
}

func checkSearch(ctx context.Context, r *rapid.T, c *catalog.Catalog, p access.Principal, newest []row) {
	for _, name := range []string{"alder", "Birch", "ced"} {
		var got, want []string
		found, err := c.Search(ctx, p, name, 100)
		if err != nil {
			r.Fatal(err)
		}
		for _, o := range found {
			got = append(got, o.ID)
		}
		for _, o := range newest {
			if !o.revoked && o.name != "" && (o.name[1:3] == name[1:3]) {
				want = append(want, o.id)
			}
		}
		check(r, "search "+name, slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want)))
	}
}

func checkRelated(ctx context.Context, r *rapid.T, c *catalog.Catalog, p access.Principal, newest []row) {
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

// pages reads to the end, in pages of a random size, now and then going on by
// date instead of by place.
func pages(ctx context.Context, r *rapid.T, c *catalog.Catalog, p access.Principal, v catalog.VersionQuery) (raw []string) {
	q := catalog.PageQuery{
		Limit: rapid.IntRange(1, 5).Draw(r, "limit"), Bytes: rapid.SampledFrom([]int{0, 1, 300}).Draw(r, "bytes"), Versions: v,
	}
	added := time.Time{}
	for {
		page, err := c.Page(ctx, p, q)
		if err != nil || page.More && len(page.Objects) == 0 || len(page.Objects) > q.Limit {
			r.Fatalf("page %+v has %d objects, more %v, %v", q, len(page.Objects), page.More, err)
		}
		for _, o := range page.Objects {
			raw = append(raw, string(o.Raw))
			if !o.Added.After(added) {
				r.Fatalf("added at %s, after one at %s", o.Added, added)
			}
			added = o.Added
		}
		if !page.More {
			return raw
		}
		q.After, q.AddedAfter = page.Next, time.Time{}
		if rapid.Bool().Draw(r, "by date") {
			q.After, q.AddedAfter = 0, added
		}
	}
}

func bytesOf(rows []row) (raw []string) {
	for _, r := range rows {
		raw = append(raw, r.raw)
	}
	return raw
}

func check[T cmp.Ordered](r *rapid.T, what string, got, want []T) {
	if diff := gocmp.Diff(want, got); diff != "" && len(got)+len(want) > 0 {
		r.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}
