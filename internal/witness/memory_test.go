package witness_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/translog"
	"github.com/tocsin-project/tocsin/internal/witness"
)

// What was cosigned is on disk before the answer: a copy of the folder at any
// answer goes on from there, as after a kill.
func TestOnDiskBeforeTheAnswer(t *testing.T) {
	dir, c, l := t.TempDir(), newClock(), newLog(t)
	w, _ := start(t, dir, c, l.vkey)
	old := int64(0)
	for _, e := range []string{"one", "two", "three"} {
		l.add(t, e)
		mustCosign(t, l, w, old)
		old = l.Tree().Size

		killed := t.TempDir()
		if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		again, stop := start(t, killed, c, l.vkey)
		if again.Key != w.Key {
			t.Fatalf("it comes back with the key %s", again.Key)
		}
		if _, err := again.Cosign(t.Context(), 0, nil, l.Checkpoint()); standsAt(err) != old {
			t.Errorf("it comes back and says %v, want size %d", err, old)
		}
		stop()
	}
}

// A witness that cannot know what it signed does not start.
func TestLostMemory(t *testing.T) {
	c, l := newClock(), newLog(t)
	l.add(t, "one")
	for name, lose := range map[string]func(t *testing.T, dir string){
		"no folder": func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "logs")); err != nil {
				t.Fatal(err)
			}
		},
		"a damaged file": func(t *testing.T, dir string) {
			edit(t, dir, func(text string) string { return strings.Replace(text, "\n1\n", "\n0\n", 1) })
		},
		"an empty file": func(t *testing.T, dir string) { edit(t, dir, func(string) string { return "" }) },
		"a damaged key": func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "witness.key"), []byte("PRIVATE+KEY+cut\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"another key": func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "witness.key")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w, stop := start(t, dir, c, l.vkey)
			mustCosign(t, l, w, 0)
			stop()
			lose(t, dir)
			again, err := witness.Open(witness.Config{Data: dir, Logs: []string{l.vkey}})
			if name == "no folder" && !strings.Contains(fmt.Sprint(err), "has lost what it signed") {
				t.Errorf("the operator is told %v", err)
			}
			if err == nil {
				t.Errorf("it starts as %s", again.VerifierKey())
				if err := again.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A file is of one log: under the name of another it says nothing.
func TestExchangedMemory(t *testing.T) {
	dir, c, l := t.TempDir(), newClock(), newLog(t)
	l.add(t, "one")
	w, stop := start(t, dir, c, l.vkey)
	mustCosign(t, l, w, 0)
	stop()
	files, err := filepath.Glob(filepath.Join(dir, "logs", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	_, other, err := translog.GenerateKey("other.example")
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("%x", sha256.Sum256([]byte("other.example")))
	if err := os.Rename(files[0], filepath.Join(dir, "logs", name)); err != nil {
		t.Fatal(err)
	}
	if _, err := witness.Open(witness.Config{Data: dir, Logs: []string{other}}); err == nil || !strings.Contains(err.Error(), origin) {
		t.Errorf("started with the file of another log: %v", err)
	}
}

func edit(t *testing.T, dir string, how func(string) string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "logs", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if how(string(text)) == string(text) {
		t.Fatal("nothing is edited")
	}
	if err := os.WriteFile(files[0], []byte(how(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOneProcess(t *testing.T) {
	dir := t.TempDir()
	start(t, dir, newClock())
	if _, err := witness.Open(witness.Config{Data: dir}); err == nil {
		t.Error("a second one was let in")
	}
}

func TestKey(t *testing.T) {
	dir := t.TempDir()
	w, err := witness.Open(witness.Config{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(w.VerifierKey(), "tocsin-witness/") {
		t.Errorf("the key is %s", w.VerifierKey())
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "witness.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %v (%v)", info.Mode(), err)
	}
	for name, cfg := range map[string]witness.Config{
		"name":        {Data: t.TempDir(), Name: "two words"},
		"log":         {Data: t.TempDir(), Logs: []string{"junk"}},
		"not a log's": {Data: t.TempDir(), Logs: []string{w.VerifierKey()}},
	} {
		if _, err := witness.Open(cfg); err == nil {
			t.Errorf("%s: it starts", name)
		}
	}
}

// When the disk refuses, nothing is cosigned, and it goes on from what it knew.
func TestNoPlaceToWrite(t *testing.T) {
	dir, c, l := t.TempDir(), newClock(), newLog(t)
	w, _ := start(t, dir, c, l.vkey)
	l.add(t, "one")
	mustCosign(t, l, w, 0)
	away := filepath.Join(dir, "away")
	if err := os.Rename(filepath.Join(dir, "logs"), away); err != nil {
		t.Fatal(err)
	}
	l.add(t, "two")
	if _, err := w.Cosign(t.Context(), 1, l.prove(t, 1, 2), l.Checkpoint()); refusedWith(err) != 500 {
		t.Errorf("without a place to write: %v", err)
	}
	if err := os.Rename(away, filepath.Join(dir, "logs")); err != nil {
		t.Fatal(err)
	}
	mustCosign(t, l, w, 1)
}
