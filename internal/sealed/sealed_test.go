package sealed_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

const secret = "the-sender-asks-for-forgetting"

func TestSealedBodiesAreReadInTheClearAndStoredOtherwise(t *testing.T) {
	dir := t.TempDir()
	l := opened(t, dir, secretly)
	drafts := []ledger.Draft{
		{Kind: "secret.told", Actor: "partner-1", Audience: "community", Body: []byte(`{"name":"` + secret + `"}`)},
		{Kind: "open.told", Actor: "partner-1", Body: []byte(`{"name":"anyone-may-know"}`)},
		{Kind: "secret.told", Body: nil},
	}
	es := appended(t, l, drafts...)
	got, err := all(t, l)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(es, got, cmp.Comparer(bytes.Equal)); diff != "" {
		t.Errorf("read is not what append gave (-append +read):\n%s", diff)
	}
	for i, e := range got {
		if !bytes.Equal(e.Body, drafts[i].Body) {
			t.Errorf("entry %d reads as %q", e.Seq, e.Body)
		}
	}
	if found := holding(t, dir, secret); found != nil {
		t.Errorf("what is sealed stands in the clear in %v", found)
	}
	closed(t, l)
	if found := holding(t, dir, "anyone-may-know"); len(found) != 1 {
		t.Errorf("the search finds what is not sealed in %v: does it look at the right files?", found)
	}
}

func TestTheChainIsOverSealedBytes(t *testing.T) {
	dir := t.TempDir()
	l := opened(t, dir, secretly)
	for i := range 20 {
		appended(t, l, ledger.Draft{Kind: ledger.Kind([]string{"secret.a", "open.b"}[i%2]), Body: fmt.Appendf(nil, "%d", i)})
	}
	clear, err := all(t, l)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, l)
	inner := engine(t, dir, sqlite.Options{ReadOnly: true})
	defer inner.Close()
	stored, err := all(t, inner)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range stored {
		of := clear[i]
		if sealed := len(e.Body) == len(of.Body)+sealed.Overhead; sealed != secretly(e.Kind) {
			t.Errorf("entry %d, a %s, is stored with %d bytes for %d", e.Seq, e.Kind, len(e.Body), len(of.Body))
		}
		of.Body = e.Body
		if diff := cmp.Diff(e, of); diff != "" {
			t.Errorf("beside the body, an entry is given as it is stored (-stored +given):\n%s", diff)
		}
	}
	if r, err := sqlite.Check(t.Context(), dir+"/ledger"); err != nil || len(r.Damage) > 0 || r.Entries != 20 {
		t.Errorf("check without keys: %+v, %v", r, err)
	}
}

// What begins with the mark is sealed whatever its kind, or a reader would
// take it for sealed when it is not.
func TestABodyThatLooksSealedIsSealed(t *testing.T) {
	l := opened(t, t.TempDir(), secretly)
	for _, body := range [][]byte{{ledger.SealMark}, append([]byte{ledger.SealMark}, make([]byte, 100)...)} {
		appended(t, l, ledger.Draft{Kind: "open.told", Body: body})
		es, err := all(t, l)
		if err != nil || !bytes.Equal(es[len(es)-1].Body, body) {
			t.Errorf("%x is read as %x, %v", body, es[len(es)-1].Body, err)
		}
	}
	long := append([]byte{ledger.SealMark}, make([]byte, ledger.MaxBody)...)
	_, err := l.Append(t.Context(), ledger.Any, ledger.Draft{Kind: "open.told", Body: long})
	wantError(t, err, ledger.ErrInvalid, "1044481 bytes", "at most 1044480")
}

// A hub that seals a kind from now on, or no longer, reads what it wrote before.
func TestKindsMayChange(t *testing.T) {
	dir := t.TempDir()
	l := opened(t, dir, func(ledger.Kind) bool { return false })
	appended(t, l, ledger.Draft{Kind: "secret.told", Body: []byte(`{"before":"sealing"}`)})
	closed(t, l)
	l = opened(t, dir, secretly)
	appended(t, l, ledger.Draft{Kind: "secret.told", Body: []byte(`{"with":"sealing"}`)})
	closed(t, l)
	l = opened(t, dir, func(ledger.Kind) bool { return false })
	es, err := all(t, l)
	if err != nil || len(es) != 2 || string(es[0].Body) != `{"before":"sealing"}` || string(es[1].Body) != `{"with":"sealing"}` {
		t.Errorf("read as %v, %v", es, err)
	}
}

func TestEachEntryHasAKeyOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	seen := map[uint64]ledger.Seq{}
	for range 2 { // times the hub is started
		l := opened(t, dir, secretly)
		var drafts []ledger.Draft
		for i := range 2500 { // twice: more than a block of keys
			drafts = append(drafts, ledger.Draft{Kind: "secret.told", Body: fmt.Append(nil, i)})
		}
		var seqs []ledger.Seq
		for range 2 {
			for _, e := range appended(t, l, drafts...) {
				seqs = append(seqs, e.Seq)
			}
		}
		numbers, err := l.KeysOf(t.Context(), seqs)
		if err != nil || len(numbers) != len(seqs) {
			t.Fatalf("%d keys of %d entries, %v", len(numbers), len(seqs), err)
		}
		for i, n := range numbers {
			if before, twice := seen[n]; twice {
				t.Fatalf("entries %d and %d have the same key %d", before, seqs[i], n)
			}
			seen[n] = seqs[i]
		}
		closed(t, l)
	}
}
