package sealed_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// secretly seals the kinds that begin with "secret".
func secretly(k ledger.Kind) bool { return strings.HasPrefix(string(k), "secret") }

func everything(ledger.Kind) bool { return true }

// opened opens the ledger and the keys in dir, sealing as told.
func opened(t testing.TB, dir string, kinds func(ledger.Kind) bool) *sealed.Ledger {
	t.Helper()
	l, err := open(t, dir, kinds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func open(t testing.TB, dir string, kinds func(ledger.Kind) bool) (*sealed.Ledger, error) {
	t.Helper()
	keys, err := sealed.OpenKeys(keysPath(dir))
	if err != nil {
		return nil, err
	}
	inner := engine(t, dir, sqlite.Options{})
	l, err := sealed.Open(t.Context(), inner, keys, kinds)
	if err != nil {
		return nil, errors.Join(err, inner.Close(), keys.Close())
	}
	return l, nil
}

func engine(t testing.TB, dir string, opts sqlite.Options) *sqlite.Ledger {
	t.Helper()
	inner, err := sqlite.Open(filepath.Join(dir, "ledger"), opts)
	if err != nil {
		t.Fatal(err)
	}
	return inner
}

func keysPath(dir string) string { return filepath.Join(dir, "keys") }

func closed(t testing.TB, l interface{ Close() error }) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func appended(t testing.TB, l ledger.Ledger, drafts ...ledger.Draft) []ledger.Entry {
	t.Helper()
	es, err := l.Append(t.Context(), ledger.Any, drafts...)
	if err != nil {
		t.Fatal(err)
	}
	return es
}

// all gives every entry, or those before an error.
func all(t testing.TB, l ledger.Ledger) (es []ledger.Entry, err error) {
	t.Helper()
	for e, err := range l.Read(t.Context(), 0) {
		if err != nil {
			return append(es, e), err
		}
		es = append(es, e)
	}
	return es, nil
}

// holding lists the files below dir in which the text stands.
func holding(t testing.TB, dir, text string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte(text)) {
			names = append(names, d.Name())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// wantError fails the test unless err is of the kind and says all parts.
func wantError(t testing.TB, err, kind error, parts ...string) {
	t.Helper()
	if err == nil || kind != nil && !errors.Is(err, kind) {
		t.Fatalf("error is %v, want one of the kind %v", err, kind)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Fatalf("error %q does not say %q", err, p)
		}
	}
}
