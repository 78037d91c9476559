package sealed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// FuzzBody gives any bytes as a stored body: it parses or is damage, what is
// parsed put together is what it was, and nothing opens that seal did not write.
func FuzzBody(f *testing.F) {
	key := bytes.Repeat([]byte{7}, keyLength)
	for _, body := range []string{"", "{}", `{"name":"tocsin"}`} {
		d, err := seal(ledger.Draft{Kind: "a.told", Actor: "partner-1", Body: []byte(body)}, 9, key)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(d.Body)
		f.Add(d.Body[:len(d.Body)-1])
	}
	for _, body := range []string{"", "null", "{}", "\x01", "\x01\x00\x00\x00\x00\x00\x00\x00\x00 and enough bytes to hold a nonce and a tag"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !isSealed(body) {
			return
		}
		p, err := parse(body)
		if err != nil {
			if !errors.Is(err, ledger.ErrCorrupt) {
				t.Fatalf("parse: %v", err)
			}
			return
		}
		again := binary.BigEndian.AppendUint64([]byte{ledger.SealMark}, p.key)
		again = append(append(again, p.nonce...), p.closed...)
		if !bytes.Equal(again, body) {
			t.Fatalf("%x is parsed as %+v", body, p)
		}
		// Only a fuzzer that guesses tags could come upon one that is right.
		e := ledger.Entry{Kind: "b.told", Actor: "partner-1"}
		if text, err := p.unseal(e, key); !errors.Is(err, ledger.ErrCorrupt) {
			t.Fatalf("%x opens as %q, %v", body, text, err)
		}
	})
}
