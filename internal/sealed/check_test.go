package sealed_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// Check names the entry of every key that is not what it was, beside a hub that
// runs, and takes an erased one for sound.
func TestCheckNamesKeys(t *testing.T) {
	dir := t.TempDir()
	l := opened(t, dir, secretly)
	for range 4 {
		appended(t, l, ledger.Draft{Kind: "secret", Body: []byte(`"s"`)}, ledger.Draft{Kind: "open", Body: []byte(`"o"`)})
	}
	if err := l.Erase(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	damaged := func() (seqs []ledger.Seq) {
		t.Helper()
		inner := engine(t, dir, sqlite.Options{ReadOnly: true})
		defer closed(t, inner)
		found, err := sealed.Check(t.Context(), inner, keysPath(dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found {
			seqs = append(seqs, d.Seq)
		}
		return seqs
	}
	if got := damaged(); got != nil {
		t.Errorf("sound keys: entries %v are named", got)
	}
	closed(t, l)
	text, err := os.ReadFile(keysPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	text[3*32+7] ^= 1 // key 3, of entry 5
	for name, c := range map[string]struct {
		text []byte
		want []ledger.Seq
	}{"flipped": {text, []ledger.Seq{5}}, "cut": {text[:4*32+1], []ledger.Seq{5, 7}}} {
		if err := os.WriteFile(keysPath(dir), c.text, 0o600); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, damaged()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if err := os.Remove(keysPath(dir)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]ledger.Seq{1}, damaged()); diff != "" {
		t.Errorf("missing: %s", diff)
	}
}
