package sealed_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// told appends n entries that can be told apart.
func told(t *testing.T, l ledger.Ledger, n int) []ledger.Entry {
	t.Helper()
	var drafts []ledger.Draft
	for i := range n {
		drafts = append(drafts, ledger.Draft{Kind: "secret.told", Actor: "partner-1", Body: fmt.Appendf(nil, `{"n":%d,"text":%q}`, i, secret)})
	}
	return appended(t, l, drafts...)
}

func TestErasedIsReadByNobodyAndTheChainIsWhole(t *testing.T) {
	dir := t.TempDir()
	l := opened(t, dir, secretly)
	before := told(t, l, 400)
	gone := []ledger.Seq{1, 2, 77, 300, 400, 77}
	numbers, err := l.KeysOf(t.Context(), gone)
	if err != nil {
		t.Fatal(err)
	}
	keys := keysNow(t, dir, numbers)
	for range 2 { // a second time changes nothing
		if err := l.Erase(t.Context(), gone...); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // now, and after a restart
		after, err := all(t, l)
		if err != nil {
			t.Fatal(err)
		}
		want := bytesOf(before)
		for _, seq := range gone {
			want[seq-1] = ledger.Erased
		}
		if diff := cmp.Diff(want, bytesOf(after)); diff != "" {
			t.Fatalf("bodies (-want +got):\n%s", diff)
		}
		if before[76].Hash != after[76].Hash || before[399].Hash != after[399].Hash {
			t.Error("an erasure changed a hash")
		}
		closed(t, l)
		l = opened(t, dir, secretly)
	}
	closed(t, l)
	if r, err := sqlite.Check(t.Context(), dir+"/ledger"); err != nil || len(r.Damage) > 0 {
		t.Errorf("check: %v, %v", r.Damage, err)
	}
	for i, key := range keys {
		if found := holding(t, dir, key); found != nil {
			t.Errorf("the destroyed key %d still stands in %v", numbers[i], found)
		}
	}
}

// keysNow reads the keys as they stand in the file.
func keysNow(t *testing.T, dir string, numbers []uint64) (keys []string) {
	t.Helper()
	raw, err := os.ReadFile(keysPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range numbers {
		keys = append(keys, string(raw[n*32:][:32]))
		if found := holding(t, dir, keys[len(keys)-1]); len(found) != 1 {
			t.Fatalf("key %d stands in %v: does the search work?", n, found)
		}
	}
	return keys
}

func bytesOf(es []ledger.Entry) (bodies []string) {
	for _, e := range es {
		bodies = append(bodies, string(e.Body))
	}
	return bodies
}

// After a crash between the erasure's entry and the keys, or with an older
// keys file, the hub erases again what the ledger says.
func TestErasingAgainWithAnOlderKeysFile(t *testing.T) {
	dir := t.TempDir()
	l := opened(t, dir, secretly)
	told(t, l, 5)
	old, err := os.ReadFile(keysPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Erase(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	closed(t, l)
	if err := os.WriteFile(keysPath(dir), old, 0o600); err != nil {
		t.Fatal(err)
	}
	l = opened(t, dir, secretly)
	if err := l.Erase(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if es, err := all(t, l); err != nil || string(es[2].Body) != ledger.Erased || string(es[3].Body) == ledger.Erased {
		t.Errorf("after erasing again: %q, %v", bytesOf(es), err)
	}
}

func TestWhatCannotBeErased(t *testing.T) {
	l := opened(t, t.TempDir(), secretly)
	told(t, l, 3)
	appended(t, l, ledger.Draft{Kind: "open.told", Body: []byte(`{}`)})
	for _, c := range []struct {
		entries []ledger.Seq
		parts   []string
	}{
		{[]ledger.Seq{1, 4}, []string{"entry 4", "open.told", "not sealed"}},
		{[]ledger.Seq{2, 5}, []string{"no entry 5"}},
		{[]ledger.Seq{0, 1}, []string{"no entry 0"}},
		{[]ledger.Seq{1, 1 << 63}, []string{"no entry 9223372036854775808"}},
	} {
		wantError(t, l.Erase(t.Context(), c.entries...), ledger.ErrInvalid, c.parts...)
	}
	if es, err := all(t, l); err != nil || bytes.Contains([]byte(fmt.Sprint(bytesOf(es))), []byte(ledger.Erased)) {
		t.Errorf("a refused erasure erased: %q, %v", bytesOf(es), err)
	}
	if err := l.Erase(t.Context()); err != nil {
		t.Errorf("erasing nothing: %v", err)
	}
}

func TestDestroyRefusesKeysNeverUsed(t *testing.T) {
	dir := t.TempDir()
	l := opened(t, dir, secretly)
	told(t, l, 3)
	closed(t, l)
	keys, err := sealed.OpenKeys(keysPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	for _, n := range []uint64{0, 4, 1 << 60} {
		wantError(t, keys.Destroy(1, n), ledger.ErrInvalid, "never used", "the last is 3", keysPath(dir))
	}
	if gone, err := keys.Destroyed(1); gone || err != nil {
		t.Errorf("key 1 was destroyed by a call that failed: %v, %v", gone, err)
	}
	if err := keys.Destroy(1); err != nil {
		t.Fatal(err)
	}
	if gone, err := keys.Destroyed(1); !gone || err != nil {
		t.Errorf("key 1: destroyed %v, %v", gone, err)
	}
	_, err = keys.Destroyed(4)
	wantError(t, err, ledger.ErrCorrupt, "key 4")
}
