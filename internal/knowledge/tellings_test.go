package knowledge_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/knowledge"
)

var here = []string{"a.example", "b.example", "c.example"}

// What two partners told stays while one of them says it, also over a restart and
// from a generation's files, with the end that the other gave it.
func TestToldByTwoAndWithdrawnByOne(t *testing.T) {
	soon, late := noon.Add(time.Hour), noon.Add(5*time.Hour)
	for _, c := range []struct {
		name          string
		first, second version
	}{
		{"the same", version{noon, here[:1], late}, version{noon, here[:1], late}},
		{"another version", version{noon, here[:1], late}, version{noon.Add(time.Minute), here[:1], late}},
		{"another end", version{noon, here[:1], late}, version{noon, here[:1], soon}},
		{"no end", version{noon, here[:1], time.Time{}}, version{noon.Add(time.Minute), here[:1], soon}},
	} {
		for _, gone := range []int{1, 2} {
			for _, compacted := range []bool{false, true} {
				k := newTeacher(t, t.TempDir())
				k.learn(k.shareBy(1, 1, c.first), k.shareBy(2, 1, c.second))
				if compacted {
					if err := k.store.Compact(); err != nil {
						t.Fatal(err)
					}
				}
				if learned := k.learn(k.withdrawBy([]int{gone}, 1)); learned.Incomplete || learned.Again {
					t.Errorf("%s: to withdraw %d needs everything again", c.name, gone)
				}
				for _, hours := range []int{0, 2, 6} {
					k.now = noon.Add(time.Duration(hours) * time.Hour)
					k.expire(nil)
					if diff := k.holds(here); diff != "" {
						t.Errorf("%s, contribution %d withdrawn, compacted %t, after %d hours: %s", c.name, gone, compacted, hours, diff)
					}
					k.restart()
				}
				k.learn(k.withdrawBy([]int{3 - gone}, 1))
				if diff := k.holds(here); diff != "" {
					t.Errorf("%s, both withdrawn: %s", c.name, diff)
				}
				if err := k.store.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// A pattern that no table holds lasts as long as the one that still tells it says,
// also when it is only read again after the end that the other gave it.
func TestAPatternToldByTwo(t *testing.T) {
	k := newTeacher(t, t.TempDir())
	const text = `{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000007","created":"2017-05-12T00:00:00Z","modified":%q,"pattern_type":"stix","pattern":"[process:command_line LIKE '%%evil%%']","valid_from":"2017-05-12T00:00:00Z"%s}`
	share := func(by int, modified, until string) {
		k.learn(k.line(contribution.Part{ID: contributionID(by), Objects: []jsontext.Value{jsontext.Value(fmt.Sprintf(text, modified, until))}}, false))
	}
	share(1, "2017-05-12T00:00:00Z", "")
	share(2, "2017-05-12T01:00:00Z", `,"valid_until":"2017-05-12T13:00:00Z"`)
	if err := k.store.Compact(); err != nil {
		t.Fatal(err)
	}
	k.learn(k.withdrawBy([]int{2}, 7))
	for _, want := range []int{1, 0} {
		for range 3 {
			if n := k.store.Patterns.Len(); n != want {
				t.Fatalf("at %v %d patterns, want %d", k.now, n, want)
			}
			k.now = noon.Add(2 * time.Hour)
			k.restart()
			k.expire(nil)
		}
		k.learn(k.withdrawBy([]int{1}, 7))
	}
}

// A version that counts as an earlier one is taken back by its own name.
func TestAVersionFromTheFutureIsTakenBack(t *testing.T) {
	k := newTeacher(t, t.TempDir())
	future := noon.AddDate(9, 0, 0)
	k.learn(k.share(1, version{at: future, names: here[:1]}))
	learned := k.learn(k.withdrawBy([]int{1}, 1, future))
	if diff := k.holds(here); diff != "" || !learned.Incomplete {
		t.Errorf("%+v: %s", learned, diff)
	}
	k.relearn()
	k.expire(nil)
}

// More partners than are kept one by one: only when none of those that are kept is
// left is all learned again, and meanwhile nothing matches that is taken back.
func TestToldByMany(t *testing.T) {
	const partners = 20
	k := newTeacher(t, t.TempDir())
	for by := range partners {
		k.learn(k.shareBy(by+1, 1, version{at: noon, names: here[:1]}))
		if by == partners/2 {
			if err := k.store.Compact(); err != nil {
				t.Fatal(err)
			}
		}
	}
	relearned := 0
	for by := range partners {
		learned := k.learn(k.withdrawBy([]int{by + 1}, 1))
		if learned.Incomplete {
			relearned++
			k.relearn()
		}
		if diff := k.holds(here); diff != "" {
			t.Fatalf("after %d are withdrawn: %s", by+1, diff)
		}
	}
	if relearned == 0 || relearned > 3 {
		t.Errorf("all was learned again %d times", relearned)
	}
}

// What an older release kept tells of the newest version alone: it is matched, and
// taken back.
func TestWhatAnOlderReleaseKept(t *testing.T) {
	dir := t.TempDir()
	k := newTeacher(t, dir)
	k.learn(k.share(1, version{at: noon, names: here[:1]}), k.share(2, version{at: noon, names: here[1:2]}))
	if err := errors.Join(k.store.Compact(), k.store.Close()); err != nil {
		t.Fatal(err)
	}
	narrow(t, dir, 1)
	k.open()
	k.learn(k.shareBy(2, 2, version{at: noon, names: here[1:2]}))
	if diff := k.holds(here); diff != "" {
		t.Error(diff)
	}
	if learned := k.learn(k.withdrawBy([]int{1}, 1)); !learned.Incomplete {
		t.Error("whether nobody else told it is not known, and nothing is learned again")
	}
	for range 2 {
		k.expire(knowledge.ErrIncomplete)
		if diff := k.holds(here); diff != "" {
			t.Error(diff)
		}
		if err := k.store.Compact(); err != nil {
			t.Fatal(err)
		}
		k.restart()
	}
	k.relearn()
	k.expire(nil)
	if diff := k.holds(here); diff != "" {
		t.Error(diff)
	}
}

// narrow gives a generation the form of an older release.
func narrow(t *testing.T, dir string, number int) {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprint("versions.", number))
	wide, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept []byte
	for ; len(wide) > 0; wide = wide[40:] {
		kept = append(kept, wide[:16]...)
	}
	manifest := filepath.Join(dir, "knowledge.json")
	text, err := os.ReadFile(manifest)
	if err != nil || !bytes.Contains(text, []byte(`,"record":40`)) {
		t.Fatalf("%s: %v", text, err)
	}
	text = bytes.Replace(text, []byte(`,"record":40`), nil, 1)
	if err := errors.Join(os.WriteFile(path, kept, 0o600), os.WriteFile(manifest, text, 0o600)); err != nil {
		t.Fatal(err)
	}
}
