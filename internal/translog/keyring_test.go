package translog_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// The key file is made once, for its owner alone, and belongs to one log.
func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "keys", "log.key")
	open := func(origin string) ([]string, error) {
		l, err := translog.OpenFile(filepath.Join(dir, "log"), path, origin)
		if err != nil {
			return nil, err
		}
		return l.Keys(), l.Close()
	}
	made, err := open(origin)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %v (%v), want 0600", info.Mode(), err)
	}
	if again, err := open(origin); err != nil || !cmp.Equal(again, made) {
		t.Errorf("opened again with %v, want %v (%v)", again, made, err)
	}
	if _, err := open("other.example"); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a key of another log: %v", err)
	}
	if err := os.WriteFile(path, []byte("PRIVATE+KEY+cut"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(origin); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged key: %v", err)
	}
	if _, err := translog.VerifierKeys(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged key: %v", err)
	}
}

// A key file and a log of which one is older than the other, or that was edited.
func TestKeyFileThatDoesNotFit(t *testing.T) {
	dir := t.TempDir()
	l := openFile(t, dir)
	appendAll(t, l, 0, 3)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	keyFile := filepath.Join(dir, "log.key")
	whole, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	one := strings.TrimSpace(string(whole))
	other, _, err := translog.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, _, err := translog.GenerateKey("other.example")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"a leaf that is another entry": one + "\nadd 1 " + other + "\n",
		"a leaf beyond the end":        one + "\nadd 4 " + other + "\n",
		"no key":                       "\n",
		"twice":                        one + "\n" + one + "\n",
		"two logs":                     one + "\n" + elsewhere + "\n",
		"another log":                  elsewhere + "\n",
		"another key":                  other + "\n",
		"revoke the last":              one + "\nrevoke 3 " + one + "\n",
		"revoke a stranger":            one + "\nrevoke 3 " + other + "\n",
		"add what is there":            one + "\nadd 3 " + one + "\n",
		"two changes":                  one + "\nadd 3 " + other + "\nadd 3 " + other + "\n",
		"junk":                         one + "\njunk\n",
		"a bad index":                  one + "\nadd -1 " + other + "\n",
	} {
		if err := os.WriteFile(keyFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := translog.OpenFile(filepath.Join(dir, "log"), keyFile, origin)
		if err == nil {
			t.Errorf("%s: opened with %v", name, l.Keys())
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		} else if strings.Contains(err.Error(), one) || strings.Contains(err.Error(), other) {
			t.Errorf("%s: the error has the secret in it", name)
		}
	}
	if err := os.WriteFile(keyFile, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	openFile(t, dir)
}

func FuzzKeyFile(f *testing.F) {
	skey, _, err := translog.GenerateKey(origin)
	if err != nil {
		f.Fatal(err)
	}
	other, _, err := translog.GenerateKey(origin)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(skey + "\n")
	f.Add(skey + "\nadd 7 " + other + "\n")
	f.Add(skey + "\n" + other + "\nrevoke 7 " + other + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		back, err := translog.RewriteKeyFile(text)
		if err != nil {
			return
		}
		if again, err := translog.RewriteKeyFile(back); err != nil || again != back {
			t.Errorf("%q is written as %q, read again: %v", text, back, err)
		}
	})
}
