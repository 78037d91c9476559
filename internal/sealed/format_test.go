package sealed_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
)

// A program that knows only the package comment can open what was sealed.
func TestTheFormatIsAsDocumented(t *testing.T) {
	dir := t.TempDir()
	l := opened(t, dir, secretly)
	told(t, l, 2)
	appended(t, l, ledger.Draft{Kind: "secret.told", Actor: "partner-1", Audience: "community", Body: []byte(secret)})
	closed(t, l)
	inner := engine(t, dir, sqlite.Options{ReadOnly: true})
	defer inner.Close()
	es, err := all(t, inner)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := os.ReadFile(keysPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	if string(keys[:32]) != "tocsink1"+string(make([]byte, 24)) {
		t.Errorf("the keys file begins with %q", keys[:32])
	}
	body := es[2].Body
	if number := binary.BigEndian.Uint64(body[1:9]); body[0] != 0x01 || number != 3 {
		t.Fatalf("the body begins with %x", body[:9])
	}
	block, err := aes.NewCipher(keys[32*3:][:32])
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	const additional = "\x0bsecret.told\x00\x09partner-1\x00\x09community"
	if text, err := gcm.Open(nil, body[9:21], body[21:], []byte(additional)); err != nil || string(text) != secret {
		t.Errorf("opened as %q, %v", text, err)
	}
}

// A key that was made and not used yet must not be destroyed: the entry that
// gets it could never be read.
func TestKeysMadeAheadAreNotDestroyed(t *testing.T) {
	dir := t.TempDir()
	keys, err := sealed.OpenKeys(keysPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	l, err := sealed.Open(t.Context(), engine(t, dir, sqlite.Options{}), keys, secretly)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, l)
	told(t, l, 1)
	wantError(t, keys.Destroy(2), ledger.ErrInvalid, "key 2 was never used, the last is 1")
	told(t, l, 1)
	if es, err := all(t, l); err != nil || string(es[1].Body) == ledger.Erased {
		t.Errorf("read as %q, %v", bytesOf(es), err)
	}
}

// Sealed entries may lie far back when an older keys file is put in place.
func TestAnOlderCopyIsNoticedBehindManyEntriesInTheClear(t *testing.T) {
	dir, keys := sample(t, 3)
	l := opened(t, dir, secretly)
	appended(t, l, slices.Repeat([]ledger.Draft{{Kind: "open.told", Body: []byte(`{}`)}}, 500)...)
	closed(t, l)
	_, err := open(t, place(t, dir, keys[:32*3]), secretly)
	wantError(t, err, ledger.ErrCorrupt, "entry 3", "key 3", "has 2", "older copy")
}
