package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-project/tocsin/internal/backup"
)

// Of many runs to one key one run is made to another, which holds the same, and into
// which the hub goes on. The old key opens nothing of it, and nothing is left in the
// clear.
func TestRenew(t *testing.T) {
	n, older, newer := newNode(t), key(t), key(t)
	from, to, scratch := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "renewed"), t.TempDir()
	for range 5 {
		n.add(3)
		n.mustRun(from, older.Recipient())
	}
	before := files(t, from)
	opts := backup.Options{Identities: []age.Identity{older}}
	r, err := backup.Renew(t.Context(), from, to, scratch, layout, opts, []age.Recipient{newer.Recipient()})
	if err != nil || r.Run != 1 || r.Entries != 30 {
		t.Fatalf("%+v, %v", r, err)
	}
	if diff := cmp.Diff(before, files(t, from)); diff != "" {
		t.Errorf("the backup that was renewed is another one: %s", diff)
	}
	if left := files(t, scratch); len(left) > 0 {
		t.Errorf("%d files are left in the clear", len(left))
	}
	if _, err := backup.Restore(t.Context(), to, filepath.Join(t.TempDir(), "data"), layout, opts); !errors.Is(err, backup.ErrKey) {
		t.Errorf("the older key opens it: %v", err)
	}

	n.add(1)
	if r := n.mustRun(to, newer.Recipient()); r.Run != 2 || r.Entries != 2 {
		t.Errorf("the hub's next run: %+v", r)
	}
	again, _ := restored(t, to, backup.Options{Identities: []age.Identity{newer}})
	if diff := cmp.Diff(n.all(), again.all(), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"secrets.json", "log/tile/1", "log/checkpoint"} {
		want, err := os.ReadFile(filepath.Join(n.data, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(again.data, name)); err != nil || string(got) != string(want) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	if _, err := backup.Renew(t.Context(), from, to, scratch, layout, opts, nil); err == nil {
		t.Error("it is made over another backup")
	}
}

// What cannot be restored is not renewed, and leaves nothing.
func TestRenewOfDamage(t *testing.T) {
	n, from, to, scratch := newNode(t), filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "renewed"), t.TempDir()
	n.add(3)
	n.mustRun(from)
	segment := filepath.Join(from, "00000001-001.tar")
	text, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := errors.Join(os.Remove(segment), os.WriteFile(segment, text, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Renew(t.Context(), from, to, scratch, layout, backup.Options{}, nil); !errors.Is(err, backup.ErrDamaged) {
		t.Errorf("damage was renewed: %v", err)
	}
	if left := files(t, scratch); len(left) > 0 {
		t.Errorf("%d files are left in the clear", len(left))
	}
	if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something is left of it: %v", err)
	}
}
