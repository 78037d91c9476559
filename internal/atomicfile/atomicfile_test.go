package atomicfile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/atomicfile"
)

// names of what is in a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestWriteReplacesTheWholeFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "list")
	for _, c := range []struct {
		text string
		mode os.FileMode
	}{{"a longer text", 0o600}, {"short", 0o644}, {"", 0o640}} {
		if err := atomicfile.Write(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != c.text || info.Mode().Perm() != c.mode {
			t.Errorf("the file is %q %v (%v), want %q %v", text, info.Mode(), err, c.text, c.mode)
		}
	}
	if diff := cmp.Diff([]string{"list"}, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeWrittenLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	stop := errors.New("the disk is full")
	staged, err := atomicfile.Stage(dir, 0o644, func(w io.Writer) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) || staged != "" {
		t.Errorf("stage: %q, %v", staged, err)
	}
	// A folder with something in it cannot be replaced by a file.
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(taken, []byte("x"), 0o644); err == nil {
		t.Error("a folder was replaced")
	}
	if diff := cmp.Diff([]string{"taken"}, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if err := atomicfile.Write(filepath.Join(dir, "absent", "list"), nil, 0o644); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("write into a folder that is missing: %v", err)
	}
}

// A crash leaves a staged file; it changes nothing, and Clean removes it alone.
func TestCleanRemovesWhatACrashLeft(t *testing.T) {
	dir := t.TempDir()
	if err := atomicfile.Write(filepath.Join(dir, "list"), []byte("as it was"), 0o644); err != nil {
		t.Fatal(err)
	}
	staged, err := atomicfile.Stage(dir, 0o644, func(w io.Writer) error {
		_, err := io.WriteString(w, "as it was to be")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(staged); err != nil || string(text) != "as it was to be" {
		t.Errorf("staged: %q, %v", text, err)
	}
	if err := atomicfile.Clean(dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "list")); err != nil || string(text) != "as it was" {
		t.Errorf("the file is %q, %v", text, err)
	}
	if diff := cmp.Diff([]string{"list"}, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if err := atomicfile.Clean(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("clean a folder that is missing: %v", err)
	}
	if err := atomicfile.SyncDir(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("sync a folder that is missing: %v", err)
	}
}
