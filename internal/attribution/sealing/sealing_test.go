package sealing_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/sealing"
)

func identity(t testing.TB) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Each recipient gets the content and the salt that gives its seal; nobody else does.
func TestSealFile(t *testing.T) {
	a, b, stranger := identity(t), identity(t), identity(t)
	for _, content := range [][]byte{nil, []byte("an intercepted message"), bytes.Repeat([]byte("x"), sealing.MaxContent)} {
		seal, salt, ciphertext, err := sealing.SealFile(content, []age.Recipient{a.Recipient(), b.Recipient()})
		if err != nil {
			t.Fatal(err)
		}
		if len(content) > 0 && bytes.Contains(ciphertext, content) {
			t.Error("the ciphertext holds the content")
		}
		for _, who := range []age.Identity{a, b} {
			gotSalt, got, err := sealing.OpenSealed(ciphertext, who)
			if err != nil || gotSalt != salt || !bytes.Equal(got, content) || sealing.Seal(gotSalt, got) != seal {
				t.Errorf("opened %d bytes, salt %x, %v", len(got), gotSalt, err)
			}
		}
		var wrong *age.NoIdentityMatchError
		if _, got, err := sealing.OpenSealed(ciphertext, stranger); !errors.As(err, &wrong) || got != nil {
			t.Errorf("a stranger gets %d bytes, %v", len(got), err)
		}
		if base64.StdEncoding.EncodedLen(len(ciphertext)) > 700_000 {
			t.Errorf("%d bytes of ciphertext are more than a deposit takes", len(ciphertext))
		}
	}
}

// The salt is fresh: two seals of one content tell nobody that it is the same.
func TestSealsOfOneContentDiffer(t *testing.T) {
	to := []age.Recipient{identity(t).Recipient()}
	first, _, _, err := sealing.SealFile([]byte("guessable"), to)
	if err != nil {
		t.Fatal(err)
	}
	second, _, _, err := sealing.SealFile([]byte("guessable"), to)
	if err != nil || first == second {
		t.Errorf("seals %s and %s, %v", first, second, err)
	}
	if first == sealing.Seal(attribution.Salt{}, []byte("guessable")) {
		t.Error("the seal can be found by trying")
	}
}

// No byte of a ciphertext can be changed, added or cut.
func TestFlippedBytes(t *testing.T) {
	who := identity(t)
	_, _, ciphertext, err := sealing.SealFile([]byte("content"), []age.Recipient{who.Recipient()})
	if err != nil {
		t.Fatal(err)
	}
	for i := range ciphertext {
		changed := bytes.Clone(ciphertext)
		changed[i] ^= 1
		if _, _, err := sealing.OpenSealed(changed, who); err == nil {
			t.Errorf("byte %d flipped: it opens", i)
		}
		if _, _, err := sealing.OpenSealed(ciphertext[:i], who); err == nil {
			t.Errorf("cut to %d bytes: it opens", i)
		}
	}
	if _, _, err := sealing.OpenSealed(append(bytes.Clone(ciphertext), 0), who); err == nil {
		t.Error("with a byte more it opens")
	}
}

func TestSealFileRefuses(t *testing.T) {
	who := identity(t)
	if _, _, _, err := sealing.SealFile([]byte("x"), nil); err == nil || !strings.Contains(err.Error(), "no recipient") {
		t.Errorf("to nobody: %v", err)
	}
	if _, _, _, err := sealing.SealFile(make([]byte, sealing.MaxContent+1), []age.Recipient{who.Recipient()}); err == nil || !strings.Contains(err.Error(), "500000") {
		t.Errorf("too much: %v", err)
	}
	for _, size := range []int{31, 32 + sealing.MaxContent + 1} {
		var out bytes.Buffer
		w, err := age.Encrypt(&out, who.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := sealing.OpenSealed(out.Bytes(), who); err == nil || !strings.Contains(err.Error(), "bytes") {
			t.Errorf("a plaintext of %d bytes: %v", size, err)
		}
	}
}
