package catalog_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

const (
	one   = "11111111-1111-4111-8111-111111111111"
	two   = "22222222-2222-4222-8222-222222222222"
	three = "33333333-3333-4333-8333-333333333333"
	may   = "2017-05-12T08:00:00.000Z"
	june  = "2017-06-12T08:00:00.000Z"
)

// read asks for an object and returns its bytes, or "" if it is not found.
func read(t testing.TB, c *catalog.Catalog, who access.Principal, id string) string {
	t.Helper()
	o, err := c.Object(context.Background(), who, id)
	if errors.Is(err, catalog.ErrNotFound) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(o.Raw)
}

func search(t testing.TB, c *catalog.Catalog, who access.Principal, q string) (ids []string) {
	t.Helper()
	found, err := c.Search(context.Background(), who, q, 100)
	if err != nil {
		t.Fatalf("search %q: %v", q, err)
	}
	for _, o := range found {
		ids = append(ids, o.ID)
	}
	return ids
}

func page(t testing.TB, c *catalog.Catalog, who access.Principal, q catalog.PageQuery) catalog.Page {
	t.Helper()
	p, err := c.Page(context.Background(), who, q)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNewestVersionWins(t *testing.T) {
	old, later := malware(one, "Alder", may, ""), malware(one, "Birch", june, "")
	for _, objects := range [][]string{{old, later}, {later, old}, {old, later, old, later}} {
		log := &chain{}
		for _, o := range objects {
			log.contribute(t, alpha, green, o)
		}
		c := folded(t, log)
		if got := read(t, c, member(bravo), "malware--"+one); got != later {
			t.Errorf("the object is %s, want the later one", got)
		}
		versions, err := c.Versions(context.Background(), member(bravo), "malware--"+one)
		if err != nil || len(versions) != 2 || string(versions[0].Raw) != later || string(versions[1].Raw) != old {
			t.Errorf("versions are %v, %v", versions, err)
		}
		if got := search(t, c, member(bravo), "Alder"); len(got) != 0 {
			t.Errorf("an old name finds %v", got)
		}
		if got := page(t, c, member(bravo), catalog.PageQuery{Limit: 10}); len(got.Objects) != 1 || got.Objects[0].Name != "Birch" {
			t.Errorf("the page is %s", names(got.Objects))
		}
		all := catalog.PageQuery{Limit: 10, Versions: catalog.VersionQuery{All: true}}
		if got := page(t, c, member(bravo), all); len(got.Objects) != 2 {
			t.Errorf("the page of all versions is %s", names(got.Objects))
		}
	}
}

func TestRevoked(t *testing.T) {
	log := &chain{}
	log.contribute(t, alpha, green, malware(one, "Alder", may, ""), malware(two, "Birch", may, ""), relationship(three, "uses", "malware--"+one, "malware--"+two))
	log.contribute(t, alpha, green, malware(one, "Alder", june, `,"revoked":true`))
	c := folded(t, log)
	if got := search(t, c, member(bravo), "Alder"); len(got) != 0 {
		t.Errorf("search finds %v, which is revoked", got)
	}
	o, err := c.Object(context.Background(), member(bravo), "malware--"+one)
	if err != nil || !o.Revoked {
		t.Errorf("the object is %+v, %v; want it, revoked", o, err)
	}
	// Readers of pages learn of it.
	if got := page(t, c, member(bravo), catalog.PageQuery{Limit: 10}).Objects; len(got) != 3 || !got[2].Revoked {
		t.Errorf("the page is %s", names(got))
	}
	gone := strings.Replace(relationship(three, "uses", "malware--"+one, "malware--"+two), `"modified":"`+may, `"revoked":true,"modified":"`+june, 1)
	log.contribute(t, alpha, green, gone)
	apply(t, c, log.entries)
	if got, err := c.Related(context.Background(), member(bravo), "malware--"+two); err != nil || len(got) != 0 {
		t.Errorf("relations are %v, %v; want none, the relationship is revoked", got, err)
	}
}

// Two partners send the same version of an id with different bytes. Neither
// can replace the other's, nor hide it by having been first.
func TestPartnersCannotOverwriteEachOther(t *testing.T) {
	first, second := malware(one, "Alder", may, ""), malware(one, "Forged", may, "")
	log := &chain{}
	log.contribute(t, alpha, green, first)
	log.contribute(t, bravo, green, second)
	c := folded(t, log)
	if got := read(t, c, member(bravo), "malware--"+one); got != first {
		t.Errorf("the object is %s, want the one that came first", got)
	}
	if got := search(t, c, member(alpha), "Forged"); len(got) != 0 {
		t.Errorf("search finds the second one: %v", got)
	}
	all := catalog.PageQuery{Limit: 10, Versions: catalog.VersionQuery{All: true}}
	if got := page(t, c, member(alpha), all); len(got.Objects) != 1 {
		t.Errorf("the page holds the same version twice: %s", names(got.Objects))
	}
	notes, err := c.Notes(context.Background(), 10)
	if err != nil || len(notes) != 1 || notes[0].Seq != 2 || !strings.Contains(notes[0].Reason, string(alpha)) {
		t.Errorf("notes are %+v, %v", notes, err)
	}

	hidden := &chain{}
	hidden.contribute(t, alpha, red, first)
	hidden.contribute(t, bravo, green, second)
	c = folded(t, hidden)
	if got := read(t, c, member(bravo), "malware--"+one); got != second {
		t.Errorf("a hidden one in front hides what bravo shares: %q", got)
	}
	if got := read(t, c, member(alpha), "malware--"+one); got != first {
		t.Errorf("alpha is shown %s, want its own", got)
	}
	if got := page(t, c, member(bravo), all).Objects; len(got) != 1 || got[0].Name != "Forged" {
		t.Errorf("bravo's page is %s", names(got))
	}
}

func TestAgainChangesNothing(t *testing.T) {
	log := &chain{}
	log.contribute(t, alpha, green, malware(one, "Alder", may, ""), relationship(three, "uses", "malware--"+one, "malware--"+two))
	c := folded(t, log)
	before := page(t, c, member(bravo), catalog.PageQuery{Limit: 10})
	log.contribute(t, alpha, green, malware(one, "Alder", may, ""), relationship(three, "uses", "malware--"+one, "malware--"+two))
	apply(t, c, log.entries)
	if diff := cmp.Diff(before, page(t, c, member(bravo), catalog.PageQuery{Limit: 10})); diff != "" {
		t.Errorf("sent again (-before +after):\n%s", diff)
	}
	if got := page(t, c, member(bravo), catalog.PageQuery{After: 1<<64 - 1, Limit: 10}); len(got.Objects) != 0 {
		t.Errorf("after the last place of all there is %s", names(got.Objects))
	}
	want := catalog.Counts{Objects: 2, Relations: 1}
	if got, err := c.Counts(context.Background()); err != nil || got != want {
		t.Errorf("counts are %+v, %v; want %+v", got, err, want)
	}
}

// A partner that sends a version again with another audience means it: a
// narrower one hides it at once, a wider one brings it to readers who had
// passed its place.
func TestAudienceOfTheLastWord(t *testing.T) {
	log := &chain{}
	object, beside := malware(one, "Alder", may, ""), malware(two, "Birch", may, "")
	log.contribute(t, alpha, green, object, beside)
	c := folded(t, log)
	after := page(t, c, member(bravo), catalog.PageQuery{Limit: 10}).Next

	log.contribute(t, alpha, red, object)
	apply(t, c, log.entries)
	if got := read(t, c, member(bravo), "malware--"+one); got != "" {
		t.Errorf("bravo is shown what is now red: %s", got)
	}
	if got := search(t, c, member(bravo), "Alder"); len(got) != 0 {
		t.Errorf("bravo finds what is now red: %v", got)
	}
	if got := page(t, c, member(bravo), catalog.PageQuery{Limit: 10}).Objects; len(got) != 1 || got[0].Name != "Birch" {
		t.Errorf("bravo's page is %s", names(got))
	}

	log.contribute(t, alpha, green, object)
	apply(t, c, log.entries)
	if got := page(t, c, member(bravo), catalog.PageQuery{After: after, Limit: 10}).Objects; len(got) != 1 || got[0].Name != "Alder" {
		t.Errorf("after the place that bravo had reached there is %s", names(got))
	}
}

func TestHiddenIsUnknown(t *testing.T) {
	log := &chain{}
	log.contribute(t, alpha, red, malware(one, "Alder", may, ""))
	log.contribute(t, alpha, green, malware(two, "Birch", may, ""), relationship(three, "uses", "malware--"+two, "malware--"+one))
	c := folded(t, log)
	ctx := context.Background()
	for name, ask := range map[string]func(id string) error{
		"object":   func(id string) error { _, err := c.Object(ctx, member(bravo), id); return err },
		"versions": func(id string) error { _, err := c.Versions(ctx, member(bravo), id); return err },
		"related":  func(id string) error { _, err := c.Related(ctx, member(bravo), id); return err },
	} {
		hidden, unknown := ask("malware--"+one), ask("malware--"+three)
		if !errors.Is(hidden, catalog.ErrNotFound) || strings.ReplaceAll(hidden.Error(), one, three) != unknown.Error() {
			t.Errorf("%s: hidden is %v, unknown is %v", name, hidden, unknown)
		}
	}
	if got, err := c.Related(ctx, member(bravo), "malware--"+two); err != nil || len(got) != 0 {
		t.Errorf("relations are %v, %v; want none, the other end is hidden", got, err)
	}
	got, err := c.Related(ctx, member(alpha), "malware--"+one)
	if err != nil || len(got) != 1 || got[0].Outgoing || got[0].Type != "uses" || got[0].Other.Name != "Birch" {
		t.Errorf("alpha's relations are %+v, %v", got, err)
	}
}

func TestSightings(t *testing.T) {
	value, err := observable.New(observable.Domain, "kill-switch.example")
	if err != nil {
		t.Fatal(err)
	}
	seen := sighting.Sighting{
		Value: value, Basis: sighting.Suspect, Count: 12, Hosts: 3, Unresolved: true,
		FirstSeen: start, LastSeen: start.Add(time.Minute),
	}
	log := &chain{}
	log.report(t, alpha, green, "report-1", seen)
	log.report(t, alpha, green, "report-1", seen) // sent twice
	log.report(t, bravo, red, "report-1", seen)   // another partner's, though its id is the same
	c := folded(t, log)
	want := []catalog.Sighting{{Sighting: seen, Partner: alpha, Sector: "healthcare", Country: "GB", Report: "report-1", Reported: start}}
	got, err := c.Sightings(context.Background(), member(alpha), value)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := c.Sightings(context.Background(), member(bravo), value); err != nil || len(got) != 2 {
		t.Errorf("bravo is shown %d, %v; want 2", len(got), err)
	}
	if got, err := c.Counts(context.Background()); err != nil || got.Sightings != 2 {
		t.Errorf("counts are %+v, %v", got, err)
	}
}

func TestHasContribution(t *testing.T) {
	log := &chain{}
	for _, part := range []int{2, 2, 1} {
		log.add(t, contribution.KindAccepted, alpha, green, contribution.Part{ID: "contribution--x", Part: part, Parts: 2})
	}
	c := folded(t, &chain{})
	for n, want := range []bool{false, false, false, true} {
		apply(t, c, log.entries[:n])
		if got, err := c.HasContribution(context.Background(), "contribution--x"); err != nil || got != want {
			t.Errorf("after %d entries: %v, %v; want %v", n, got, err, want)
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	ctx := context.Background()
	log, other := &chain{}, &chain{at: start.Add(time.Hour)}
	for _, l := range []*chain{log, other} {
		l.contribute(t, alpha, green, malware(one, "Alder", may, ""))
		l.contribute(t, bravo, red, malware(two, "Birch", may, ""))
		l.contribute(t, alpha, green, malware(one, "Alder", june, ""))
	}
	c := folded(t, &chain{entries: log.entries[:1]})
	before := digest(t, c)
	for name, test := range map[string]struct {
		entries []ledger.Entry
		want    error
	}{
		"a gap":                         {log.entries[2:], catalog.ErrGap},
		"another ledger within":         {[]ledger.Entry{log.entries[1], log.entries[1], other.entries[2]}, catalog.ErrOtherLedger},
		"another ledger":                {other.entries[1:], catalog.ErrOtherLedger},
		"another ledger from the start": {other.entries, catalog.ErrOtherLedger},
	} {
		if err := c.Apply(ctx, test.entries); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if digest(t, c) != before {
			t.Errorf("%s: something was applied", name)
		}
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if err := c.Apply(canceled, log.entries); err == nil || digest(t, c) != before {
		t.Errorf("with a canceled context: %v", err)
	}
	apply(t, c, log.entries)
	if digest(t, c) != digest(t, folded(t, log)) {
		t.Error("what was refused before has left a trace")
	}
	if got, err := c.Position(ctx); err != nil || got != log.head {
		t.Errorf("position is %v, %v; want %v", got, err, log.head)
	}
}

// What the ledger says and the catalog cannot take is noted, and the fold goes on.
func TestNotes(t *testing.T) {
	log := &chain{}
	log.add(t, contribution.KindAccepted, alpha, green, []int{1})
	log.contribute(t, alpha, green, `{"type":"malware"}`, malware(one, "Alder", may, ""), `{"type":"malware","id":7}`)
	log.contribute(t, alpha, green, malware(one, "Other bytes", may, ""))
	log.contribute(t, alpha, access.Audience{TLP: "purple", Community: "default"}, malware(two, "Birch", may, ""))
	c := folded(t, log)
	notes, err := c.Notes(context.Background(), 100)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(notes)
	var got []ledger.Seq
	for _, n := range notes {
		got = append(got, n.Seq)
	}
	if diff := cmp.Diff([]ledger.Seq{1, 2, 2, 3, 4}, got); diff != "" {
		t.Errorf("notes are about entries (-want +got):\n%s\n%+v", diff, notes)
	}
	if got := read(t, c, member(bravo), "malware--"+one); !strings.Contains(got, "Alder") {
		t.Errorf("the object is %q", got)
	}
	if got := read(t, c, member(alpha), "malware--"+two); got != "" {
		t.Errorf("an unreadable audience shows %q", got)
	}
}

func TestReopened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	log := &chain{}
	log.contribute(t, alpha, green, malware(one, "Alder", may, ""))
	log.contribute(t, bravo, red, malware(two, "Birch", may, ""))
	c, err := catalog.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, c, log.entries[:1])
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, path)
	apply(t, c, log.entries)
	if digest(t, c) != digest(t, folded(t, log)) {
		t.Error("closed and opened in between, the catalog is another one")
	}
	if got := search(t, c, member(alpha), "alder"); len(got) != 1 {
		t.Errorf("search finds %v", got)
	}
}

func TestOpenRefusesWhatIsNoCatalog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letter.txt")
	letter := []byte(strings.Repeat("Dear all, this is no database. ", 200))
	if err := os.WriteFile(path, letter, 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := catalog.Open(path); err == nil {
		t.Errorf("a letter was opened: %v", c.Close())
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(letter) {
		t.Errorf("the letter was changed: %v", err)
	}
}
