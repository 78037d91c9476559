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
	truth map[string]version // by id: the newest that was told
}

type version struct {
	at    time.Time
	names []string // nothing: revoked
	until time.Time
}

func newTeacher(t testing.TB, dir string) *teacher {
	k := &teacher{t: t, dir: dir, now: noon, truth: map[string]version{}}
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
func (k *teacher) share(i int, v version) stream.Line {
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
	object := fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":%q,"created":"2017-05-12T00:00:00Z","modified":%q,"revoked":%t,"pattern_type":"stix","pattern":%q,"valid_from":"2017-05-12T00:00:00Z"%s}`,
		id(i), v.at.Format(time.RFC3339), len(v.names) == 0, pattern, until)
	if known, ok := k.truth[id(i)]; !ok || v.at.After(known.at) {
		k.truth[id(i)] = v
	}
	return k.line(contribution.Part{ID: "contribution--1", Objects: []jsontext.Value{jsontext.Value(`{"type":"malware","id":"malware--x"}`), jsontext.Value(object)}}, false)
}

func (k *teacher) withdraw(i int) stream.Line {
	delete(k.truth, id(i))
	return k.line(release.Notice{Contributions: []string{"contribution--1"}, Withdrawn: []string{id(i)}}, true)
}

func (k *teacher) learn(lines ...stream.Line) knowledge.Learned {
	k.t.Helper()
	learned, err := k.store.Learn(lines...)
	if err != nil {
		k.t.Fatal(err)
	}
	return learned
}

// holds compares what matches with what was told.
func (k *teacher) holds(names []string) string {
	want := map[string][]string{}
	for id, v := range k.truth {
		for _, name := range v.names {
			if v.until.IsZero() || v.until.After(k.now) {
				want[name] = append(want[name], id)
			}
		}
	}
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
					lines = append(lines, k.share(i, v))
				}
				k.learn(lines...)
			case 5:
				k.learn(k.withdraw(rapid.IntRange(0, 5).Draw(r, "id")))
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
	bad := k.line(contribution.Part{Objects: []jsontext.Value{
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
	k.learn(k.line(contribution.Part{Objects: []jsontext.Value{jsontext.Value(object)}}, false))
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
