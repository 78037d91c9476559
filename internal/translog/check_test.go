package translog_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// One flipped bit in any byte of a sample of every file is found, and the file,
// or one that it contradicts, is named.
func TestCheckFindsEveryFlippedByte(t *testing.T) {
	skey, v := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	appendAll(t, l, 0, 300)
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 6 { // checkpoint, 2 bundles, 2 tiles below, 1 above
		t.Fatalf("files: %v", files)
	}
	flips := 0
	for _, file := range files {
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < len(whole); at += 1 + len(whole)/61 {
			bad := append([]byte(nil), whole...)
			bad[at] ^= 1 << (at % 8)
			if err := os.WriteFile(file, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			report, err := translog.Check(dir, v)
			if err != nil {
				t.Fatal(err)
			}
			named := false
			for _, d := range report.Damage {
				named = named || d.Path == name || strings.Contains(d.Reason, name)
			}
			if !named {
				t.Errorf("%s, byte %d flipped: damage is %v", name, at, report.Damage)
			}
			flips++
		}
		for _, size := range []int{0, len(whole) - 1} {
			if err := os.WriteFile(file, whole[:size], 0o600); err != nil {
				t.Fatal(err)
			}
			if report, err := translog.Check(dir, v); err != nil || len(report.Damage) == 0 {
				t.Errorf("%s cut to %d bytes: %v %v", name, size, report.Damage, err)
			}
		}
		if err := os.WriteFile(file, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if flips < 300 {
		t.Errorf("only %d flips were tried", flips)
	}
	mustBeSound(t, dir, v, 300)
}

func TestCheckMissingFiles(t *testing.T) {
	skey, v := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	appendAll(t, l, 0, 300)
	for _, name := range []string{"tile/entries/000", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"} {
		away := filepath.Join(t.TempDir(), "away")
		if err := os.Rename(filepath.Join(dir, name), away); err != nil {
			t.Fatal(err)
		}
		report, err := translog.Check(dir, v)
		if err != nil || len(report.Damage) != 1 || report.Damage[0].Path != name {
			t.Errorf("without %s: damage %v, error %v", name, report.Damage, err)
		}
		if err := os.Rename(away, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := translog.Check(t.TempDir(), v); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a log: %v", err)
	}
}

// A log that is whole in itself under another key is not this log.
func TestCheckAnotherKey(t *testing.T) {
	skey, _ := newKey(t)
	_, other := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	appendAll(t, l, 0, 3)
	report, err := translog.Check(dir, other)
	if err != nil || len(report.Damage) != 1 || report.Damage[0].Path != "checkpoint" {
		t.Errorf("damage %v, error %v", report.Damage, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	otherKey, _ := newKey(t)
	if _, err := translog.Open(dir, otherKey); !errors.Is(err, translog.ErrCorrupt) {
		t.Errorf("opened with another key: %v", err)
	}
}

// Files that agree among themselves and not with what was signed.
func TestCheckAnotherRoot(t *testing.T) {
	skey, v := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	appendAll(t, l, 0, 300)
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	other := l.Tree()
	other.Root[0] ^= 1
	signed, err := note.Sign(&note.Note{Text: other.String()}, signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "checkpoint"), signed, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := translog.Check(dir, v)
	if err != nil || len(report.Damage) != 1 || report.Damage[0].Path != "checkpoint" {
		t.Errorf("damage %v, error %v", report.Damage, err)
	}
}

// Damage at the right edge is found before anything is appended behind it.
func TestOpenRefusesADamagedEdge(t *testing.T) {
	skey, _ := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	appendAll(t, l, 0, 300)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"checkpoint", "tile/entries/001.p/44", "tile/0/001.p/44", "tile/1/000.p/1"} {
		file := filepath.Join(dir, name)
		whole, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bad := append([]byte(nil), whole...)
		bad[len(bad)-5] ^= 1
		if err := os.WriteFile(file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := translog.Open(dir, skey); !errors.Is(err, translog.ErrCorrupt) {
			t.Errorf("%s damaged: %v", name, err)
		}
		if err := os.WriteFile(file, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
