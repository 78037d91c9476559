package knowledge_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/knowledge"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/release"
	"github.com/tocsin-project/tocsin/internal/stream"
)

var noon = time.Date(2017, 5, 12, 12, 0, 0, 0, time.UTC)

// teacher makes lines of a stream, and holds a store to what they say.
type teacher struct {
	t     testing.TB
	dir   string
	now   time.Time
	n     uint64
	store *knowledge.Store
	truth map[string][]told // by id: what was told and not taken back, in order
}

// told is a version that a contribution told.
type told struct {
	by string
	version
}

type version struct {
	at    time.Time
	names []string // nothing: revoked
	until time.Time
}

func newTeacher(t testing.TB, dir string) *teacher {
	k := &teacher{t: t, dir: dir, now: noon, truth: map[string][]told{}}
	k.open()
	return k
}

func (k *teacher) open() {
	k.t.Helper()
	store, err := knowledge.Open(k.dir, patternset.Options{}, func() time.Time { return k.now })
	if err != nil {
		k.t.Fatal(err)
	}
	k.store = store
}

func (k *teacher) restart() {
	k.t.Helper()
	if err := k.store.Close(); err != nil {
		k.t.Fatal(err)
	}
	k.open()
}

func id(i int) string { return fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", i) }

func (k *teacher) line(body any, withdrawal bool) stream.Line {
	k.t.Helper()
	k.n++
	text, err := json.Marshal(body)
	if err != nil {
		k.t.Fatal(err)
	}
	line := stream.Line{Cursor: fmt.Sprint("cursor-", k.n), N: k.n, Chain: sha256.Sum256([]byte(fmt.Sprint(k.n))), Time: k.now, Kind: contribution.KindAccepted, Body: text}
	if withdrawal {
		line.Kind = contribution.KindTightened
	}
	return line
}

// share is a contribution of one version of an indicator.
func (k *teacher) share(i int, v version) stream.Line { return k.shareBy(1, i, v) }

func contributionID(by int) string { return fmt.Sprint("contribution--", by) }

func (k *teacher) shareBy(by, i int, v version) stream.Line {
	one := told{contributionID(by), v}
	if !slices.ContainsFunc(k.truth[id(i)], func(t told) bool { return t.by == one.by && t.at.Equal(v.at) }) {
		k.truth[id(i)] = append(k.truth[id(i)], one)
	}
	return k.line(contribution.Part{ID: one.by, Objects: []jsontext.Value{jsontext.Value(`{"type":"malware","id":"malware--x"}`), object(i, v)}}, false)
}

func object(i int, v version) jsontext.Value {
	pattern := "[domain-name:value = 'none.example']"
	if len(v.names) == 1 {
		pattern = fmt.Sprintf("[domain-name:value = '%s']", v.names[0])
	} else if len(v.names) > 1 {
		pattern = fmt.Sprintf("[domain-name:value IN ('%s')]", strings.Join(v.names, "','"))
	}
	until := ""
	if !v.until.IsZero() {
		until = fmt.Sprintf(`,"valid_until":%q`, v.until.Format(time.RFC3339))
	}
	return jsontext.Value(fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":%q,"created":"2017-05-12T00:00:00Z","modified":%q,"revoked":%t,"pattern_type":"stix","pattern":%q,"valid_from":"2017-05-12T00:00:00Z"%s}`,
		id(i), v.at.Format(time.RFC3339), len(v.names) == 0, pattern, until))
}

// withdraw takes back what contribution 1 told of an indicator.
func (k *teacher) withdraw(i int) stream.Line { return k.withdrawBy([]int{1}, i) }

// withdrawBy takes back what contributions told of an indicator: these versions, or all.
func (k *teacher) withdrawBy(by []int, i int, versions ...time.Time) stream.Line {
	n := release.Notice{Withdrawn: []string{id(i)}, Versions: versions}
	for _, c := range by {
		n.Contributions = append(n.Contributions, contributionID(c))
	}
	k.truth[id(i)] = slices.DeleteFunc(slices.Clone(k.truth[id(i)]), func(t told) bool {
		return slices.Contains(n.Contributions, t.by) && (len(versions) == 0 || slices.ContainsFunc(versions, t.at.Equal))
	})
	return k.line(n, true)
}

// relearn teaches a new store what is still told, and puts it in the place.
func (k *teacher) relearn() {
	k.t.Helper()
	next := *k // with its clock
	next.dir += ".next"
	store, err := knowledge.Open(next.dir, patternset.Options{}, func() time.Time { return k.now })
	if err != nil {
		k.t.Fatal(err)
	}
	next.store = store
	for name, all := range k.truth {
		var i int
		if _, err := fmt.Sscanf(name, "indicator--00000000-0000-4000-8000-%d", &i); err != nil {
			k.t.Fatal(err)
		}
		for _, t := range all {
			next.learn(next.line(contribution.Part{ID: t.by, Objects: []jsontext.Value{object(i, t.version)}}, false))
		}
	}
	if err := next.store.TakePlaceOf(k.store); err != nil {
		k.t.Fatal(err)
	}
	if err := k.store.Discard(); err != nil {
		k.t.Fatal(err)
	}
	k.store, k.n = next.store, next.n
}

func (k *teacher) learn(lines ...stream.Line) knowledge.Learned {
	k.t.Helper()
	learned, err := k.store.Learn(lines...)
	if err != nil {
		k.t.Fatal(err)
	}
	return learned
}

// newest is what counts of an indicator: of the newest version the first.
func newest(all []told) (best version) {
	for _, t := range all {
		if t.at.After(best.at) {
			best = t.version
		}
	}
	return best
}

// holds compares what matches with what was told.
func (k *teacher) holds(names []string) string {
	want := map[string][]string{}
	for id, all := range k.truth {
		v := newest(all)
		for _, name := range v.names {
			if v.until.IsZero() || v.until.After(k.now) {
				want[name] = append(want[name], id)
			}
		}
	}
	return k.differs(names, want)
}

func (k *teacher) differs(names []string, want map[string][]string) string {
	got := map[string][]string{}
	for _, name := range names {
		k.store.Index.All(observable.Value{Type: observable.Domain, Text: name}, func(ind match.Indicator) bool {
			got[name] = append(got[name], ind.ID)
			return true
		})
	}
	for _, m := range []map[string][]string{got, want} {
		for name := range maps.Keys(m) {
			slices.Sort(m[name])
			m[name] = slices.Compact(m[name])
		}
	}
	return cmp.Diff(want, got)
}

// Versions in any order, withdrawals, ends of validity, restarts and new
// generations: what matches is what was told.
func TestWhatMatchesIsWhatWasTold(t *testing.T) {
	names := []string{"a.example", "b.example", "c.example", "d.example", "e.example"}
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp("", "knowledge-")
		if err != nil {
			r.Fatal(err)
		}
		defer os.RemoveAll(dir)
		k := newTeacher(t, dir)
		defer func() { _ = k.store.Close() }()
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			switch rapid.IntRange(0, 9).Draw(r, "what") {
			default:
				var lines []stream.Line
				for range rapid.IntRange(1, 4).Draw(r, "lines") {
					i := rapid.IntRange(0, 5).Draw(r, "id")
					v := version{at: noon.Add(time.Duration(rapid.IntRange(0, 20).Draw(r, "version")) * time.Minute)}
					v.names = slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.SampledFrom(names), 0, 3).Draw(r, "names"))))
					if rapid.Bool().Draw(r, "ends") {
						v.until = noon.Add(time.Duration(rapid.IntRange(1, 300).Draw(r, "until")) * time.Minute)
					}
					lines = append(lines, k.shareBy(rapid.IntRange(1, 4).Draw(r, "by"), i, v))
				}
				k.learn(lines...)
			case 4, 5:
				k.takesBack(r, names)
			case 6:
				k.now = k.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(r, "minutes")) * time.Minute)
				if err := k.store.Expire(); err != nil {
					r.Fatal(err)
				}
			case 7:
				mark := k.store.Mark()
				k.restart()
				if err := k.store.Expire(); err != nil || k.store.Mark() != mark {
					r.Fatalf("restarted at %v (%v), was at %v", k.store.Mark(), err, mark)
				}
			case 8, 9:
				if err := k.store.Compact(); err != nil {
					r.Fatal(err)
				}
			}
			if diff := k.holds(names); diff != "" {
				r.Fatal(diff)
			}
		}
	})
}

// takesBack has contributions taken back. What they told alone matches no more, also
// before what they had hidden is learned again.
func (k *teacher) takesBack(r *rapid.T, names []string) {
	i := rapid.IntRange(0, 5).Draw(r, "id")
	by := rapid.SliceOfNDistinct(rapid.IntRange(1, 4), 1, 3, rapid.ID).Draw(r, "from")
	var versions []time.Time
	if all := k.truth[id(i)]; len(all) > 0 && rapid.Bool().Draw(r, "some versions") {
		versions = append(versions, rapid.SampledFrom(all).Draw(r, "version").at)
	}
	before := newest(k.truth[id(i)])
	learned := k.learn(k.withdrawBy(by, i, versions...))
	after := newest(k.truth[id(i)])
	if !learned.Incomplete {
		return
	}
	if cmp.Equal(before.names, after.names) && before.until.Equal(after.until) {
		r.Fatalf("what counts is as it was, %v, and all has to be learned again", after.names)
	}
	if rapid.Bool().Draw(r, "restart") {
		k.restart()
	}
	if err := k.store.Expire(); !errors.Is(err, knowledge.ErrIncomplete) {
		r.Fatalf("%v; want that something is missing", err)
	}
	missing := maps.Clone(k.truth)
	delete(missing, id(i))
	whole := k.truth
	k.truth = missing
	diff := k.holds(names)
	if k.truth = whole; diff != "" {
		r.Fatal(diff)
	}
	k.relearn()
}

// A version that is taken back and told anew ends when it was last said to.
func TestToldAnewEndsWhenItSaysNow(t *testing.T) {
	for _, compacted := range []bool{false, true} {
		k := newTeacher(t, t.TempDir())
		k.learn(k.share(1, version{at: noon, names: []string{"a.example"}, until: noon.Add(time.Minute)}))
		k.learn(k.withdraw(1))
		k.learn(k.share(1, version{at: noon, names: []string{"a.example"}, until: noon.Add(time.Hour)}))
		if compacted {
			if err := k.store.Compact(); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			k.now = noon.Add(2 * time.Minute)
			if err := k.store.Expire(); err != nil {
				t.Fatal(err)
			}
			if diff := k.holds([]string{"a.example"}); diff != "" {
				t.Errorf("compacted: %t: %s", compacted, diff)
			}
			k.restart()
		}
		k.now = noon.Add(2 * time.Hour)
		if err := k.store.Expire(); err != nil {
			t.Fatal(err)
		}
		if diff := k.holds([]string{"a.example"}); diff != "" {
			t.Errorf("compacted: %t, past its end: %s", compacted, diff)
		}
	}
}

func TestWhatIsNewIsSaid(t *testing.T) {
	k := newTeacher(t, t.TempDir())
	first := k.share(1, version{at: noon, names: []string{"a.example"}})
	if got := k.learn(first).New; len(got) != 1 || got[0].ID != id(1) {
		t.Errorf("%v", got)
	}
	if got := k.learn(first, k.share(1, version{at: noon.Add(1e9), names: []string{"b.example"}})).New; len(got) != 0 {
		t.Errorf("a later version is new: %v", got)
	}
	bad := k.line(contribution.Part{ID: "contribution--1", Objects: []jsontext.Value{
		jsontext.Value(`{"type":"indicator","spec_version":"2.1","id":"` + id(2) + `","created":"2017-05-12T00:00:00Z","modified":"2017-05-12T00:00:00Z","pattern_type":"snort","pattern":"alert","valid_from":"2017-05-12T00:00:00Z"}`),
	}}, false)
	if got := k.learn(bad).Left; len(got) != 1 || !strings.Contains(got[0], `"snort"`) {
		t.Errorf("%q", got)
	}
	if got := k.learn(k.line(release.Notice{Contributions: []string{"contribution--9"}}, true)); !got.Again {
		t.Error("an erasure that names nothing has to be learned anew")
	}
}

// What a crash leaves: half a line, a next generation that was begun.
func TestAfterACrash(t *testing.T) {
	dir := t.TempDir()
	k := newTeacher(t, dir)
	k.learn(k.share(1, version{at: noon, names: []string{"a.example"}}))
	mark := k.store.Mark()
	if err := k.store.Close(); err != nil {
		t.Fatal(err)
	}
	journal, err := os.OpenFile(filepath.Join(dir, "journal.0"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := journal.WriteString(`{"mark":{"cursor":"x","n":2,`); err != nil {
		t.Fatal(err)
	}
	if err := journal.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"journal.1", "indicators.1", "versions.1"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	k.open()
	if diff := k.holds([]string{"a.example"}); diff != "" || k.store.Mark() != mark {
		t.Errorf("at %v, want %v:\n%s", k.store.Mark(), mark, diff)
	}
	k.learn(k.share(2, version{at: noon, names: []string{"b.example"}}))
	k.restart()
	if diff := k.holds([]string{"a.example", "b.example"}); diff != "" {
		t.Error(diff)
	}
	if err := k.store.Compact(); err != nil {
		t.Fatal(err)
	}
	k.restart()
	if diff := k.holds([]string{"a.example", "b.example"}); diff != "" {
		t.Error(diff)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*.0")); len(files) > 0 {
		t.Errorf("left behind: %q", files)
	}
	if err := k.store.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedJournalIsNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "journal.0"), []byte("{}\n{\"ops\":3}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := knowledge.Open(dir, patternset.Options{}, time.Now)
	if !errors.Is(err, knowledge.ErrDamaged) || !strings.Contains(err.Error(), "journal.0: ") || !strings.Contains(err.Error(), "line 2 is damaged") {
		t.Errorf("%v", err)
	}
}

func TestPatternsAreKept(t *testing.T) {
	k := newTeacher(t, t.TempDir())
	object := `{"type":"indicator","spec_version":"2.1","id":"` + id(7) + `","created":"2017-05-12T00:00:00Z","modified":"2017-05-12T00:00:00Z","pattern_type":"stix","pattern":"[process:command_line LIKE '%evil%'] FOLLOWEDBY [domain-name:value = 'a.example']","valid_from":"2017-05-12T00:00:00Z"}`
	k.learn(k.line(contribution.Part{ID: "contribution--1", Objects: []jsontext.Value{jsontext.Value(object)}}, false))
	for _, step := range []func(){func() {}, k.restart, func() {
		if err := k.store.Compact(); err != nil {
			t.Fatal(err)
		}
	}, k.restart} {
		step()
		if n := k.store.Patterns.Len(); n != 1 {
			t.Fatalf("%d patterns", n)
		}
	}
	k.learn(k.withdraw(7))
	if n := k.store.Patterns.Len(); n != 0 {
		t.Errorf("%d patterns after it was withdrawn", n)
	}
}
