package jetstream

import (
	"errors"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// FuzzMessage opens any bytes as a message: an entry, or damage.
func FuzzMessage(f *testing.F) {
	e, record, err := ledger.Seal(ledger.Draft{Kind: "a.b", Actor: "p", Body: []byte("{}")}, ledger.Head{}, time.Unix(0, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint64(1), append(e.Hash[:], record...))
	f.Add(uint64(2), append(e.Hash[:], record...))
	f.Add(uint64(0), []byte("short"))
	f.Fuzz(func(t *testing.T, seq uint64, payload []byte) {
		e, err := openMessage(ledger.Seq(seq), payload)
		switch {
		case err != nil && !errors.Is(err, ledger.ErrCorrupt):
			t.Fatalf("not damage, but %v", err)
		case err == nil && seq != 0 && e.Seq != ledger.Seq(seq):
			t.Fatalf("message %d gives entry %d", seq, e.Seq)
		}
	})
}

func TestNames(t *testing.T) {
	n, err := namesOf(DefaultName)
	if err != nil || n.entry("object.added") != "tocsin.ledger.entry.object_added" || n.entry(".") != "tocsin.ledger.entry._" {
		t.Errorf("%+v, %v", n, err)
	}
	for _, bad := range []string{"", "1", "a.b", "a*", "a b", "abcdefghijklmnopqrstuvwxyzabcdefg"} {
		if _, err := namesOf(bad); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
