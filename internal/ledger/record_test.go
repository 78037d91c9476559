package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"pgregory.net/rapid"
)

var noon = time.Date(2017, time.May, 12, 12, 0, 0, 1_999, time.UTC)

// TestRecordByteByByte holds the format that the package comment gives. A
// change here makes every ledger there is unreadable.
func TestRecordByteByByte(t *testing.T) {
	prev := ledger.Head{Seq: 6, Hash: ledger.Hash(bytes.Repeat([]byte{0xab}, 32))}
	d := ledger.Draft{Kind: "a.b", Actor: "hub", Audience: "all", Body: []byte("{}")}
	e, record, err := ledger.Seal(d, prev, noon)
	if err != nil {
		t.Fatal(err)
	}
	want := "01" + "0000000000000007" + "00054f5271e07001" + strings.Repeat("ab", 32) +
		"03" + "612e62" + "0003" + "687562" + "0003" + "616c6c" + "00000002" + "7b7d"
	if got := hex.EncodeToString(record); got != want {
		t.Errorf("record\n%s, want\n%s", got, want)
	}
	// Computed by another program from the digits above.
	if got := e.Hash.String(); got != "8c55d33ac134bf0d9c15034d746ab819c02d1453d9863964a41714ecd8e7bfb5" {
		t.Errorf("hash %s", got)
	}
	if e.Seq != 7 || !e.Time.Equal(noon.Truncate(time.Microsecond)) || e.Prev != prev.Hash {
		t.Errorf("entry %+v", e)
	}
}

func drawDraft(t *rapid.T) ledger.Draft {
	return ledger.Draft{
		Kind:     ledger.Kind(rapid.StringMatching(`[a-zA-Z0-9.-]{1,64}`).Draw(t, "kind")),
		Actor:    string(rapid.SliceOfN(rapid.Byte(), 0, 255).Draw(t, "actor")),
		Audience: string(rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "audience")),
		Body:     rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "body"),
	}
}

func drawSealed(t *rapid.T) (ledger.Entry, []byte) {
	prev := ledger.Head{Seq: ledger.Seq(rapid.Uint64Range(0, 1<<62).Draw(t, "seq"))}
	copy(prev.Hash[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "prev"))
	at := time.UnixMicro(rapid.Int64Range(-1<<50, 1<<52).Draw(t, "time"))
	e, record, err := ledger.Seal(drawDraft(t), prev, at)
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return e, record
}

func TestOpenSealed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, record := drawSealed(t)
		got, err := ledger.Open(record, e.Hash)
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		if diff := cmp.Diff(e, got, cmp.Comparer(bytes.Equal)); diff != "" {
			t.Fatalf("sealed and opened (-sealed +opened):\n%s", diff)
		}
	})
}

func TestOpenFindsEveryFlippedBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, record := drawSealed(t)
		bit := rapid.IntRange(0, 8*(len(record)+len(e.Hash))-1).Draw(t, "bit")
		if bit < 8*len(record) {
			record[bit/8] ^= 1 << (bit % 8)
		} else {
			bit -= 8 * len(record)
			e.Hash[bit/8] ^= 1 << (bit % 8)
		}
		if _, err := ledger.Open(record, e.Hash); !errors.Is(err, ledger.ErrCorrupt) {
			t.Fatalf("bit %d: %v", bit, err)
		}
	})
}

func TestValidate(t *testing.T) {
	full := ledger.Draft{
		Kind: ledger.Kind(strings.Repeat("k", 64)), Actor: strings.Repeat("a", 255),
		Audience: strings.Repeat("u", 65535), Body: make([]byte, ledger.MaxBody),
	}
	if err := full.Validate(); err != nil {
		t.Errorf("the largest draft: %v", err)
	}
	sealed := func(n int) []byte { return append([]byte{ledger.SealMark}, make([]byte, n-1)...) }
	longest := full
	longest.Body = sealed(ledger.MaxBody + ledger.SealOverhead)
	if err := longest.Validate(); err != nil {
		t.Errorf("the largest draft, sealed: %v", err)
	}
	for _, c := range []struct {
		name    string
		spoil   func(*ledger.Draft)
		message string
	}{
		{"no kind", func(d *ledger.Draft) { d.Kind = "" }, "0 bytes"},
		{"long kind", func(d *ledger.Draft) { d.Kind += "k" }, "65 bytes"},
		{"kind with a space", func(d *ledger.Draft) { d.Kind = "a b" }, `"a b"`},
		{"kind with a zero byte", func(d *ledger.Draft) { d.Kind = "a\x00" }, `"a\x00"`},
		{"long actor", func(d *ledger.Draft) { d.Actor += "a" }, "256 bytes"},
		{"long audience", func(d *ledger.Draft) { d.Audience += "u" }, "65536 bytes"},
		{"long body", func(d *ledger.Draft) { d.Body = make([]byte, ledger.MaxBody+1) }, "1044481 bytes"},
		{"long sealed body", func(d *ledger.Draft) { d.Body = sealed(ledger.MaxBody + ledger.SealOverhead + 1) }, "1044518 bytes"},
	} {
		d := full
		c.spoil(&d)
		_, record, sealErr := ledger.Seal(d, ledger.Head{}, noon)
		for _, err := range []error{d.Validate(), sealErr} {
			if !errors.Is(err, ledger.ErrInvalid) || !strings.Contains(err.Error(), c.message) || record != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

func TestHashText(t *testing.T) {
	var h ledger.Hash
	for i := range h {
		h[i] = byte(i)
	}
	text, err := h.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back ledger.Hash
	if err := back.UnmarshalText(text); err != nil || back != h {
		t.Errorf("%s comes back as %s, %v", text, back, err)
	}
	for _, bad := range []string{"", "00", strings.Repeat("0", 63), strings.Repeat("0", 65), strings.Repeat("0", 66), strings.Repeat("g", 64)} {
		if err := back.UnmarshalText([]byte(bad)); !errors.Is(err, ledger.ErrInvalid) || back != h {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FuzzOpen gives arbitrary bytes with their true hash: what opens has to be
// exactly what sealing its content gives, and nothing may panic.
func FuzzOpen(f *testing.F) {
	for _, d := range []ledger.Draft{{Kind: "k"}, {Kind: "a.b", Actor: "hub", Audience: "all", Body: []byte("{}")}} {
		_, record, err := ledger.Seal(d, ledger.Head{}, noon)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(record)
		f.Add(record[:len(record)-1])
		f.Add(append(record, 0))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, record []byte) {
		e, err := ledger.Open(record, sha256.Sum256(record))
		if err != nil {
			if !errors.Is(err, ledger.ErrCorrupt) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		d := ledger.Draft{Kind: e.Kind, Actor: e.Actor, Audience: e.Audience, Body: e.Body}
		again, same, err := ledger.Seal(d, ledger.Head{Seq: e.Seq - 1, Hash: e.Prev}, e.Time)
		if err != nil || !bytes.Equal(same, record) || again.Hash != e.Hash {
			t.Fatalf("%x opens, but its content seals to %x, %v", record, same, err)
		}
	})
}
