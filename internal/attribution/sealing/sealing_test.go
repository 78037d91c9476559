package sealing_test

import (
	"bytes"
	"crypto/rand"
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

// fresh is a random salt.
func fresh(t testing.TB) (salt attribution.Salt) {
	t.Helper()
	if _, err := rand.Read(salt[:]); err != nil {
		t.Fatal(err)
	}
	return salt
}

// Each recipient gets the content and the salt that gives its seal; nobody else does.
func TestEncrypt(t *testing.T) {
	a, b, stranger := identity(t), identity(t), identity(t)
	for _, content := range [][]byte{nil, []byte("an intercepted message"), bytes.Repeat([]byte("x"), sealing.MaxContent)} {
		salt := fresh(t)
		seal := sealing.Seal(salt, content)
		ciphertext, err := sealing.Encrypt(salt, content, []age.Recipient{a.Recipient(), b.Recipient()})
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

// Two seals of one content tell nobody that it is the same, nor do two ciphertexts.
func TestSealsOfOneContentDiffer(t *testing.T) {
	to, content := []age.Recipient{identity(t).Recipient()}, []byte("guessable")
	salt, other := fresh(t), fresh(t)
	if sealing.Seal(salt, content) == sealing.Seal(other, content) {
		t.Error("two salts give one seal")
	}
	var ciphertexts [2][]byte
	for i := range ciphertexts {
		var err error
		if ciphertexts[i], err = sealing.Encrypt(salt, content, to); err != nil {
			t.Fatal(err)
		}
	}
	if bytes.Equal(ciphertexts[0], ciphertexts[1]) {
		t.Error("two ciphertexts are one")
	}
}

// No byte of a ciphertext can be changed, added or cut.
func TestFlippedBytes(t *testing.T) {
	who := identity(t)
	ciphertext, err := sealing.Encrypt(fresh(t), []byte("content"), []age.Recipient{who.Recipient()})
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

func TestWhatIsRefused(t *testing.T) {
	who := identity(t)
	if _, err := sealing.Encrypt(fresh(t), []byte("x"), nil); err == nil || !strings.Contains(err.Error(), "no recipient") {
		t.Errorf("to nobody: %v", err)
	}
	if _, err := sealing.Encrypt(fresh(t), make([]byte, sealing.MaxContent+1), []age.Recipient{who.Recipient()}); err == nil || !strings.Contains(err.Error(), "500000") {
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
