package sealed_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// place copies the ledger in dir beside other keys; nil: none.
func place(t *testing.T, dir string, keys []byte) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"ledger", "ledger.head"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if keys != nil {
		if err := os.WriteFile(keysPath(to), keys, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// sample gives the folder of a ledger with n sealed entries, and its keys.
func sample(t *testing.T, n int) (dir string, keys []byte) {
	t.Helper()
	dir = t.TempDir()
	l := opened(t, dir, secretly)
	told(t, l, n)
	closed(t, l)
	keys, err := os.ReadFile(keysPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(keysPath(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the keys file is made with mode %v, %v", info.Mode(), err)
	}
	if len(keys) != 32*(1+n) {
		t.Fatalf("%d keys were used, and the closed file has %d bytes", n, len(keys))
	}
	return dir, keys
}

func TestKeysThatAreNotTheLedgers(t *testing.T) {
	dir, keys := sample(t, 200)
	_, others := sample(t, 200)
	for name, c := range map[string]struct {
		keys  []byte
		parts []string
	}{
		"missing":         {nil, []string{"entry 1 is sealed", "missing", "backup"}},
		"empty":           {[]byte{}, []string{"entry 1 is sealed", "missing or empty", "backup"}},
		"torn at making":  {keys[:20], []string{"entry 1 is sealed", "backup"}},
		"header alone":    {keys[:32], []string{"entry 1 is sealed", "backup"}},
		"older copy":      {keys[:32*150], []string{"key 150", "has 149", "older copy"}},
		"another's":       {others, []string{"does not open with key", "backup"}},
		"another format":  {append([]byte("tocsink2"), keys[8:]...), []string{"not a keys file"}},
		"changed header":  {append(append([]byte("tocsink1"), 1), keys[9:]...), []string{"not a keys file"}},
		"last key broken": {keys[:len(keys)-5], []string{"entry 200", "ends within key 200"}},
	} {
		t.Run(name, func(t *testing.T) {
			at := place(t, dir, c.keys)
			l, err := open(t, at, secretly)
			if err == nil {
				l.Close()
			}
			wantError(t, err, nil, append(c.parts, "keys")...)
			if _, err := os.Stat(keysPath(at)); c.keys == nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("keys were made where some are missing: %v", err)
			}
		})
	}
}

func TestAnAlteredKeyNamesTheEntry(t *testing.T) {
	dir, keys := sample(t, 200)
	keys[32*60+7] ^= 1 // far from the end, where opening looks
	l := opened(t, place(t, dir, keys), secretly)
	es, err := all(t, l)
	wantError(t, err, ledger.ErrCorrupt, "entry 60", "key 60")
	if len(es) != 60 || es[59].Seq != 60 || es[59].Body != nil {
		t.Errorf("reading ends at place %d with %+v", len(es), es[len(es)-1])
	}
}

// Kind, actor and audience are in the clear; a body cannot be moved under others.
func TestABodyOpensOnlyUnderItsOwnHeader(t *testing.T) {
	dir, keys := sample(t, 1)
	inner := engine(t, dir, sqlite.Options{})
	es, err := all(t, inner)
	if err != nil {
		t.Fatal(err)
	}
	e := es[0]
	moved := []ledger.Draft{
		{Kind: "secret.told", Actor: "partner-2", Audience: e.Audience, Body: e.Body},
		{Kind: "secret.else", Actor: e.Actor, Audience: e.Audience, Body: e.Body},
		{Kind: "secret.told", Actor: e.Actor, Audience: "community", Body: e.Body},
		{Kind: "secret.told", Actor: "partner-", Audience: "1", Body: e.Body},
		{Kind: "secret.told", Actor: e.Actor, Body: e.Body[:20]},
		{Kind: "secret.told", Actor: e.Actor, Body: e.Body[:len(e.Body)-1]},
		{Kind: "secret.told", Actor: e.Actor, Body: append([]byte{ledger.SealMark}, make([]byte, 100)...)},
	}
	closed(t, inner)
	for i, d := range moved {
		at := place(t, dir, keys)
		inner := engine(t, at, sqlite.Options{})
		appended(t, inner, d)
		closed(t, inner)
		_, err := open(t, at, secretly)
		wantError(t, err, ledger.ErrCorrupt, "entry 2")
		if i == 0 {
			wantError(t, err, nil, "does not open with key 1")
		}
	}
}

func TestKeysAreForOneProcessAndOneUser(t *testing.T) {
	dir, _ := sample(t, 1)
	keys, err := sealed.OpenKeys(keysPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	_, err = sealed.OpenKeys(keysPath(dir))
	wantError(t, err, nil, "another process has it open", keysPath(dir))
	closed(t, keys)
	closed(t, keys)
	if err := os.Chmod(keysPath(dir), 0o640); err != nil {
		t.Fatal(err)
	}
	closed(t, opened(t, dir, secretly))
	if info, err := os.Stat(keysPath(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("after a start the keys file has the mode %v, %v: others may read it", info.Mode(), err)
	}
}

// What a crash leaves of the making of keys was never used, and never is.
func TestUnfinishedKeys(t *testing.T) {
	dir, keys := sample(t, 2)
	l := opened(t, place(t, dir, append(keys, "ten bytes "...)), secretly)
	es := told(t, l, 1)
	if n, err := l.KeysOf(t.Context(), []ledger.Seq{1, 2, es[0].Seq}); err != nil || !slices.Equal(n, []uint64{1, 2, 4}) {
		t.Errorf("the next key after a torn third is one of %v, %v", n, err)
	}
	closed(t, l)
	at := t.TempDir()
	if err := os.WriteFile(keysPath(at), keys[:9], 0o600); err != nil {
		t.Fatal(err)
	}
	told(t, opened(t, at, secretly), 1)
}
