package backup_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/backup"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Runs beside a hub that goes on add what is new and nothing else, and what is
// restored is the same, entry for entry and file for file.
func TestRestoredIsTheSame(t *testing.T) {
	n, dir, k := newNode(t), filepath.Join(t.TempDir(), "backup"), key(t)
	if r := n.mustRun(dir, k.Recipient()); r.Run != 1 || r.Entries != 0 || r.Files != 3 {
		t.Fatalf("an empty ledger: %+v", r)
	}
	n.add(3000)
	if r := n.mustRun(dir, k.Recipient()); r.Run != 2 || r.Entries != 6000 || r.Files != 0 {
		t.Fatalf("the second run: %+v", r)
	}
	before := files(t, dir)
	if r := n.mustRun(dir, k.Recipient()); r.Run != 0 {
		t.Fatalf("nothing is new: %+v", r)
	}
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Fatalf("a run without anything new changed the backup: %s", diff)
	}
	n.add(1)
	n.write("log/tile/2", "two")
	n.write("secrets.json", "another secret")
	r := n.mustRun(dir, k.Recipient())
	if r.Run != 3 || r.Entries != 2 || r.Files != 2 || r.Keys != 0 || r.Bytes > 16<<10 {
		t.Fatalf("the third run: %+v", r)
	}
	after := files(t, dir)
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s has changed", name)
		}
	}
	for name, text := range after {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
		if strings.Contains(text, "secret") || strings.Contains(text, "body 1") {
			t.Errorf("%s is not encrypted", name)
		}
	}
	again, got := restored(t, dir, backup.Options{Identities: []age.Identity{k}})
	if diff := cmp.Diff(n.all(), again.all()); diff != "" {
		t.Errorf("the entries: %s", diff)
	}
	if got.Head != r.Head || got.Run != 3 || got.Files != 4 || string(got.Pin) != "origin\n1\n" {
		t.Errorf("restored %+v", got)
	}
	want := files(t, n.data)
	maps.DeleteFunc(want, func(name, _ string) bool { return strings.HasPrefix(name, "ledger.db") || name == "view.db" })
	have := files(t, again.data)
	maps.DeleteFunc(have, func(name, _ string) bool { return strings.HasPrefix(name, "ledger.db") })
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("the files: %s", diff)
	}
	again.add(1) // it goes on
	if _, err := n.run(dir, k.Recipient()); err != nil {
		t.Error(err)
	}
}

// Going back to a moment brings back what there was then, but nothing erased since.
func TestAsOf(t *testing.T) {
	n, dir := newNode(t), filepath.Join(t.TempDir(), "backup")
	n.add(5)
	n.mustRun(dir)
	whole := n.all()
	n.add(5)
	blocks, _ := filepath.Glob(filepath.Join(dir, "keys", "*"))
	if err := n.Erase(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	n.mustRun(dir)
	if _, err := os.Stat(blocks[0]); err == nil {
		t.Errorf("%s still holds the key of what was erased", blocks[0])
	}
	whole[2].Body = []byte(ledger.Erased)
	again, r := restored(t, dir, backup.Options{AsOf: whole[9].Time})
	if diff := cmp.Diff(whole, again.all()); diff != "" || !r.Time.Equal(whole[9].Time) {
		t.Errorf("as of %s: %s: %s", whole[9].Time, r.Time, diff)
	}
	none, _ := restored(t, dir, backup.Options{AsOf: whole[0].Time.Add(-time.Microsecond)})
	if got := none.all(); len(got) != 0 {
		t.Errorf("before the first entry there are %d", len(got))
	}
	for _, expected := range []ledger.Hash{whole[9].Hash, {1}} {
		_, err := backup.Restore(t.Context(), dir, filepath.Join(t.TempDir(), "data"), layout, backup.Options{AsOf: whole[9].Time, Expect: expected})
		if (err == nil) != (expected == whole[9].Hash) {
			t.Errorf("an expected head %s: %v", expected, err)
		}
	}
	// Its ledger is not the one of the backup any more.
	again.add(1)
	if _, err := again.run(dir); !errors.Is(err, backup.ErrOtherHub) {
		t.Errorf("another history went into the backup: %v", err)
	}
	if _, err := newNode(t).run(dir); !errors.Is(err, backup.ErrOtherHub) {
		t.Errorf("another hub went into the backup: %v", err)
	}
}

// After a change of keys each opens what was written to it.
func TestKeysRotate(t *testing.T) {
	n, dir, first, second := newNode(t), filepath.Join(t.TempDir(), "backup"), key(t), key(t)
	n.add(1)
	n.mustRun(dir, first.Recipient())
	n.add(1)
	n.mustRun(dir, second.Recipient(), key(t).Recipient())
	for _, few := range [][]age.Identity{nil, {first}, {second}, {key(t)}} {
		to := filepath.Join(t.TempDir(), "data")
		if _, err := backup.Restore(t.Context(), dir, to, layout, backup.Options{Identities: few}); !errors.Is(err, backup.ErrKey) {
			t.Errorf("with %d keys: %v", len(few), err)
		}
		report, err := backup.Check(t.Context(), dir, few)
		if err != nil || len(report.Damage) > 0 || report.Opened {
			t.Errorf("with %d keys: %+v, %v", len(few), report, err)
		}
	}
	both := []age.Identity{second, first}
	again, _ := restored(t, dir, backup.Options{Identities: both})
	if diff := cmp.Diff(n.all(), again.all()); diff != "" {
		t.Error(diff)
	}
	if report, err := backup.Check(t.Context(), dir, both); err != nil || !report.Opened || report.Entries != 4 || len(report.Damage) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

// Whatever happens to whichever file, the check names it, with keys and without,
// and nothing is restored.
func TestDamageIsNamed(t *testing.T) {
	n, dir, k := newNode(t), filepath.Join(t.TempDir(), "backup"), key(t)
	for range 3 {
		n.add(50)
		n.mustRun(dir, k.Recipient())
	}
	ids := []age.Identity{k}
	faults := map[string]func(string) error{
		"missing": os.Remove,
		"cut":     func(path string) error { return change(path, func(b []byte) []byte { return b[:len(b)-1] }) },
		"flipped": func(path string) error { return change(path, func(b []byte) []byte { b[len(b)/2] ^= 4; return b }) },
		"longer":  func(path string) error { return change(path, func(b []byte) []byte { return append(b, 0) }) },
		"empty":   func(path string) error { return os.Truncate(path, 0) },
	}
	names := slices.Sorted(maps.Keys(files(t, dir)))
	if len(names) < 7 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		for fault, do := range faults {
			broken := filepath.Join(t.TempDir(), "backup")
			if err := os.CopyFS(broken, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			if err := do(filepath.Join(broken, name)); err != nil {
				t.Fatal(err)
			}
			if fault == "missing" && name == "00000003.run" {
				// Nothing in the backup says that there was a run 3, but that its files are left.
				if report, err := backup.Check(t.Context(), broken, ids); err != nil || len(report.Left) == 0 {
					t.Errorf("without the last .run: %+v, %v", report, err)
				}
				continue
			}
			for _, keys := range [][]age.Identity{ids, nil} {
				report, err := backup.Check(t.Context(), broken, keys)
				named := slices.ContainsFunc(report.Damage, func(d backup.Damage) bool { return d.File == name })
				others := slices.ContainsFunc(report.Damage, func(d backup.Damage) bool { return d.File != name })
				if err != nil || !named || others && !strings.HasSuffix(name, ".run") {
					t.Errorf("%s %s: %+v, %v", name, fault, report.Damage, err)
				}
			}
			to := filepath.Join(t.TempDir(), "data")
			if r, err := backup.Restore(t.Context(), broken, to, layout, backup.Options{Identities: ids}); !errors.Is(err, backup.ErrDamaged) {
				t.Errorf("%s %s: restored %+v, %v", name, fault, r, err)
			}
			if left := files(t, filepath.Dir(to)); len(left) > 0 {
				t.Errorf("%s %s: a restore that failed left %d files", name, fault, len(left))
			}
		}
	}
}

func change(path string, do func([]byte) []byte) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, do(text), 0o600)
}
