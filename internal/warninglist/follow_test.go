package warninglist_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/warninglist"
)

// put writes a list of one name, and sets its time, so that a change shows
// however coarse the file system's clock is.
func put(t *testing.T, dir, folder, content string, at time.Time) {
	t.Helper()
	path := filepath.Join(dir, folder, "list.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

const (
	listOf  = `{"name":"N","type":"hostname","version":1,"description":"","list":["NAME"]}`
	aMinute = time.Minute
)

func TestFolderIsReadAgainWhenItChanges(t *testing.T) {
	dir, at := t.TempDir(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	one := func(name string) string { return strings.Replace(listOf, "NAME", name, 1) }
	put(t, dir, "a", one("one.example"), at)
	folder, _, err := warninglist.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	held := func(want ...string) {
		t.Helper()
		for _, name := range []string{"one.example", "two.example", "three.example"} {
			_, bad := folder.Check(value(t, name))
			if wanted := strings.Contains(strings.Join(want, " "), name); bad != wanted {
				t.Errorf("%s: held %t, want %t", name, bad, wanted)
			}
		}
	}
	reload := func(want bool) {
		t.Helper()
		if changed, _, err := folder.Reload(); err != nil || changed != want {
			t.Errorf("changed %t, %v; want %t", changed, err, want)
		}
	}
	stays := func() {
		t.Helper()
		if changed, _, err := folder.Reload(); err == nil || changed {
			t.Errorf("changed %t, %v; want an error", changed, err)
		}
	}
	held("one.example")
	reload(false)
	put(t, dir, "b", one("two.example"), at)
	reload(true)
	held("one.example", "two.example")
	put(t, dir, "a", one("three.example"), at.Add(aMinute))
	reload(true)
	held("two.example", "three.example")
	put(t, dir, "a", `{"name":"N","type":"hostname","list":["half`, at.Add(2*aMinute)) // being written
	stays()
	held("two.example", "three.example")
	put(t, dir, "a", one("one.example"), at.Add(3*aMinute))
	reload(true)
	held("one.example", "two.example")
	put(t, dir, "c", "no list", at) // it never held: the others do not wait for it
	put(t, dir, "b", one("three.example"), at.Add(aMinute))
	if changed, problems, err := folder.Reload(); err != nil || !changed || !problems.Any() {
		t.Errorf("changed %t, %v, %v", changed, problems, err)
	}
	held("one.example", "three.example")
	if err := os.RemoveAll(filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	reload(true)
	held("one.example")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	stays()
	held("one.example")
}
