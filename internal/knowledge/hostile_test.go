package knowledge_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/knowledge"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/stream"
)

func (k *teacher) expire(want error) {
	k.t.Helper()
	if err := k.store.Expire(); !errors.Is(err, want) {
		k.t.Errorf("at %v: %v; want %v", k.now, err, want)
	}
}

// A clock that runs ahead ends what is valid. When it is back that is said, also
// after a new generation and a restart, until all has been learned again.
func TestAClockThatRanAhead(t *testing.T) {
	k := newTeacher(t, t.TempDir())
	lines := []stream.Line{
		k.share(1, version{at: noon, names: []string{"a.example"}, until: noon.AddDate(1, 0, 0)}),
		k.share(2, version{at: noon, names: []string{"b.example"}, until: noon.Add(time.Minute)}),
		k.share(3, version{at: noon, names: []string{"c.example"}}),
	}
	k.learn(lines...)
	k.now = noon.Add(30 * time.Minute)
	k.expire(nil)
	k.now = noon // what ended so little too early is not worth it
	k.expire(nil)
	k.now = noon.AddDate(30, 0, 0)
	k.expire(nil)
	k.now = noon.Add(time.Minute)
	k.expire(knowledge.ErrClock)
	if err := k.store.Compact(); err != nil {
		t.Fatal(err)
	}
	k.restart()
	k.expire(knowledge.ErrClock)
	k.now = noon.AddDate(1, 0, 0) // by now it would have ended anyway
	k.expire(nil)
	k.now = noon.Add(time.Minute)

	next := newTeacher(t, k.dir+".next")
	next.now, next.truth = k.now, k.truth
	next.learn(lines...)
	next.expire(nil)
	if err := next.store.TakePlaceOf(k.store); err != nil {
		t.Fatal(err)
	}
	if err := k.store.Discard(); err != nil {
		t.Fatal(err)
	}
	next.dir = k.dir
	next.restart()
	next.expire(nil)
	if diff := next.holds([]string{"a.example", "b.example", "c.example"}); diff != "" {
		t.Error(diff)
	}
}

// What arrives with its end passed, by a clock that runs ahead, ended by it too.
func TestTheClockRanAheadAtALesson(t *testing.T) {
	k := newTeacher(t, t.TempDir())
	line := k.share(1, version{at: noon, names: []string{"a.example"}, until: noon.AddDate(1, 0, 0)})
	k.now = noon.AddDate(30, 0, 0)
	k.learn(line)
	k.expire(nil)
	k.now = noon
	k.expire(knowledge.ErrClock)
}

// The end of what ends while nobody looks is not forgotten by a new generation.
func TestWhatEndsBeforeCompact(t *testing.T) {
	k := newTeacher(t, t.TempDir())
	for _, step := range []func() error{func() error { return nil }, k.store.Compact} { // in memory, and in a file
		k.learn(k.share(int(k.n), version{at: k.now, names: []string{"a.example"}, until: k.now.Add(time.Hour)}))
		if err := step(); err != nil {
			t.Fatal(err)
		}
		k.now = k.now.Add(2 * time.Hour)
		if err := k.store.Compact(); err != nil {
			t.Fatal(err)
		}
		k.expire(nil)
		if diff := k.holds([]string{"a.example"}); diff != "" {
			t.Error(diff)
		}
	}
}

// A line that cannot be read keeps out none of those around it.
func TestALineThatCannotBeRead(t *testing.T) {
	for _, withdrawal := range []bool{false, true} {
		k := newTeacher(t, t.TempDir())
		bad := k.line(struct {
			ID            int `json:"id"`
			Contributions int `json:"contributions"`
		}{5, 5}, withdrawal)
		learned := k.learn(k.share(1, version{at: noon, names: []string{"a.example"}}), bad, k.share(2, version{at: noon, names: []string{"b.example"}}))
		if len(learned.Unread) != 1 || !strings.Contains(learned.Unread[0], "line 1") || k.store.Mark().N != 3 {
			t.Errorf("%+v; at %v", learned, k.store.Mark())
		}
		if diff := k.holds([]string{"a.example", "b.example"}); diff != "" {
			t.Error(diff)
		}
		k.learn(k.line(5, false)) // alone
		if k.restart(); k.store.Mark().N != 4 {
			t.Errorf("at %v", k.store.Mark())
		}
	}
}

// A version from the future is one of when the hub took it in: what comes later
// corrects it.
func TestAVersionFromTheFuture(t *testing.T) {
	k := newTeacher(t, t.TempDir())
	for i, at := range []time.Time{noon, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), noon.Add(25 * time.Hour)} {
		k.now = noon.Add(time.Duration(i) * time.Hour)
		name := fmt.Sprint(i, ".example")
		k.learn(k.share(1, version{at: at, names: []string{name}}))
		k.truth = map[string][]told{id(1): {{"contribution--1", version{at: noon, names: []string{name}}}}}
		if diff := k.holds([]string{"0.example", "1.example", "2.example"}); diff != "" {
			t.Errorf("after version %d: %s", i, diff)
		}
	}
}

// Lines that say nothing of indicators leave their marks, but not each one.
func TestMarksDoNotFillTheDisk(t *testing.T) {
	dir := t.TempDir()
	k := newTeacher(t, dir)
	size := func() int64 {
		info, err := os.Stat(filepath.Join(dir, "journal.0"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	quiet := func() { k.learn(k.line(contribution.Part{ID: "contribution--1"}, false)) }
	quiet()
	one := size()
	for range 500 {
		k.now = k.now.Add(10 * time.Millisecond)
		quiet()
	}
	if got := size(); one == 0 || got <= one || got > 10*one {
		t.Errorf("%d bytes after a line, %d after 500 more in five seconds", one, got)
	}
	k.learn(k.share(1, version{at: noon, names: []string{"a.example"}}))
	quiet()
	mark := k.store.Mark()
	if k.restart(); k.store.Mark() != mark || mark.N != 503 {
		t.Errorf("at %v; want %v", k.store.Mark(), mark)
	}
	if diff := k.holds([]string{"a.example"}); diff != "" {
		t.Error(diff)
	}
}

// Whatever crash ends the exchange of two stores, one of them is in the place.
func TestACrashBetweenTwoStores(t *testing.T) {
	for _, test := range []struct {
		name string
		rest func(dir, next string) error
		want string
	}{
		{"before the new one is in its place", func(dir, _ string) error { return os.Rename(dir, dir+".before") }, "a.example"},
		{"before the old one is removed", func(dir, next string) error {
			return errors.Join(os.Rename(dir, dir+".before"), os.Rename(next, dir))
		}, "b.example"},
	} {
		dir := filepath.Join(t.TempDir(), "store")
		k, next := newTeacher(t, dir), newTeacher(t, dir+".next")
		k.learn(k.share(1, version{at: noon, names: []string{"a.example"}}))
		next.learn(next.share(1, version{at: noon, names: []string{"b.example"}}))
		if err := errors.Join(k.store.Close(), next.store.Close(), k.store.Close(), test.rest(dir, next.dir)); err != nil {
			t.Fatal(err)
		}
		k.open()
		k.truth = map[string][]told{id(1): {{"contribution--1", version{at: noon, names: []string{test.want}}}}}
		if diff := k.holds([]string{"a.example", "b.example"}); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
		if _, err := os.Stat(dir + ".before"); err == nil {
			t.Errorf("%s: the old one is still there", test.name)
		}
	}
}

// Damage in any file is told from a machine that refuses.
func TestDamageOfAnyFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	k := newTeacher(t, dir)
	k.learn(k.share(1, version{at: noon, names: []string{"a.example"}, until: noon.Add(time.Hour)}))
	if err := errors.Join(k.store.Compact(), k.store.Close()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"knowledge.json", "indicators.1", "versions.1", "expiries.1", "patterns.1", "journal.1"} {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(text[:len(text)/2:len(text)/2], "?\n{}\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := knowledge.Open(dir, patternset.Options{}, time.Now); !errors.Is(err, knowledge.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	to, err := knowledge.SetAside(dir)
	if err != nil || to != dir+".damaged" {
		t.Fatalf("%s, %v", to, err)
	}
	if _, err := os.Stat(filepath.Join(to, "indicators.1")); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := knowledge.Open(dir, patternset.Options{}, time.Now); err == nil || errors.Is(err, knowledge.ErrDamaged) {
		t.Errorf("a file in the place of the directory: %v", err)
	}
}
