package jetstream

import (
	"bytes"
	"errors"
	"io"
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

// TestFollows holds messages that are entries against the entry before.
func TestFollows(t *testing.T) {
	seal := func(after ledger.Head, at int64) message {
		e, record, err := ledger.Seal(ledger.Draft{Kind: "k"}, after, time.Unix(at, 0))
		if err != nil {
			t.Fatal(err)
		}
		return message{Seq: e.Seq, Data: append(e.Hash[:], record...)}
	}
	last := ledger.Entry{Seq: 4, Hash: ledger.Hash{4}, Time: time.Unix(100, 0)}
	for name, c := range map[string]struct {
		m     message
		sound bool
	}{
		"next":          {seal(ledger.Head{Seq: 4, Hash: last.Hash}, 100), true},
		"a gap":         {seal(ledger.Head{Seq: 5, Hash: last.Hash}, 100), false},
		"another chain": {seal(ledger.Head{Seq: 4, Hash: ledger.Hash{5}}, 100), false},
		"older":         {seal(ledger.Head{Seq: 4, Hash: last.Hash}, 99), false},
		"no entry":      {message{Seq: 5, Data: []byte("short")}, false},
	} {
		if _, err := follows(last, c.m); (err == nil) != c.sound || err != nil && !errors.Is(err, ledger.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzBlock reads any bytes as a block: messages, an end, or damage. Each is tried
// with the checksum that it has and with the right one.
func FuzzBlock(f *testing.F) {
	f.Add([]byte{})
	f.Add(append([]byte{34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, "aPAY12345678"...))
	f.Add(append([]byte{38, 0, 0, 128, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, "a\x01\x00\x00\x00HPY12345678"...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, right := range []bool{false, true} {
			b, err := newBlock(bytes.NewReader(raw), "ledger", 1)
			if err != nil {
				t.Fatal(err)
			}
			if right {
				b.sum = agreeing{raw}
			}
			for err == nil {
				var m *message
				if m, err = b.next(); m != nil && (m.Seq == 0 || len(m.Data) > len(raw)) {
					t.Fatalf("message %d of %d bytes", m.Seq, len(m.Data))
				}
			}
			if !errors.Is(err, io.EOF) && !errors.Is(err, ledger.ErrCorrupt) {
				t.Fatalf("not damage, but %v", err)
			}
		}
	})
}

// agreeing is a checksum that is always the one at the end of a block's only record.
type agreeing struct{ raw []byte }

func (agreeing) Write(p []byte) (int, error) { return len(p), nil }
func (a agreeing) Sum([]byte) []byte         { return a.raw[max(0, len(a.raw)-blockChecksum):] }
func (agreeing) Reset()                      {}
func (agreeing) Size() int                   { return blockChecksum }
func (agreeing) BlockSize() int              { return 1 }
func (agreeing) Sum64() uint64               { return 0 }
