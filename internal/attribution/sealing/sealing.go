// Package sealing hides evidence that may not become public: the hub is given
// its seal, a salted digest, and a ciphertext that only the chosen partners can
// read (age, https://age-encryption.org/v1). Opening the seal later shows that
// the content is what was sealed then. A seal proves existence by a date, and
// that nothing was changed; not that the content is true, nor that nothing was
// left out.
package sealing

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

// MaxContent is how much can be sealed for the hub to keep, in bytes: its
// base64 has to fit an entry of the ledger. What is larger is sealed by a digest
// and kept by whoever has it.
const MaxContent = 500_000

// Seal is the seal of content under a salt, which has to be random: without one,
// guessable content is found by trying.
func Seal(salt attribution.Salt, content []byte) attribution.Digest {
	return attribution.Seal(salt, sha256.Sum256(content))
}

// Encrypt encrypts what was sealed under a salt to recipients, at once or for more
// of them later: the plaintext is the 32 bytes of the salt and then the content.
func Encrypt(salt attribution.Salt, content []byte, recipients []age.Recipient) ([]byte, error) {
	if len(recipients) == 0 {
		return nil, errors.New("seal evidence: there is no recipient: nobody could ever read it")
	}
	if len(content) > MaxContent {
		return nil, fmt.Errorf("seal evidence: it has %d bytes, at most %d are taken: seal a digest of it, and keep it yourself", len(content), MaxContent)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipients...)
	if err != nil {
		return nil, fmt.Errorf("seal evidence: %w", err)
	}
	for _, part := range [][]byte{salt[:], content} {
		if _, err := w.Write(part); err != nil {
			return nil, fmt.Errorf("seal evidence: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal evidence: %w", err)
	}
	return out.Bytes(), nil
}

// OpenSealed decrypts what Encrypt made. Whether the content is what was sealed
// shows when Seal gives the item's seal: anybody who knows a recipient can have
// made a ciphertext for it.
func OpenSealed(ciphertext []byte, identities ...age.Identity) (salt attribution.Salt, content []byte, err error) {
	r, err := age.Decrypt(bytes.NewReader(ciphertext), identities...)
	if err != nil {
		return salt, nil, fmt.Errorf("open sealed evidence: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, int64(len(salt)+MaxContent+1)))
	if err != nil {
		return salt, nil, fmt.Errorf("open sealed evidence: %w", err)
	}
	if n := len(plain); n < len(salt) || n > len(salt)+MaxContent {
		return salt, nil, fmt.Errorf("open sealed evidence: it holds %d bytes, want a salt of %d and at most %d of content", n, len(salt), MaxContent)
	}
	copy(salt[:], plain)
	return salt, plain[len(salt):], nil
}
