// Package signature is about the keys that never reach the hub: a partner's
// Ed25519 key on its own machine, or a passkey in its browser. It reads their
// public halves, checks what they have signed, and signs with the former.
//
// A key's text is "ed25519:" and base64 of 32 bytes, or "webauthn:", the
// relying party's id, ":" and base64 of a point on P-256 (04 | X | Y).
package signature

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Signature is what a key has made: an Ed25519 signature, or the answer of a
// passkey. Read it from JSON or with ParseSignature, which take no other form
// than these two.
type Signature struct {
	Ed25519           Bytes `json:"ed25519,omitempty"`            // 64 bytes
	AuthenticatorData Bytes `json:"authenticator_data,omitempty"` // WebAuthn Level 3, section 6.1
	ClientData        Bytes `json:"client_data,omitempty"`        // JSON; WebAuthn Level 3, section 5.8.1
	Signature         Bytes `json:"signature,omitempty"`          // ECDSA, ASN.1 DER
}

// Bounds, in bytes. An authenticator sends 37 bytes, and more with extensions;
// a browser's client data are some hundred bytes.
const (
	minAuthenticatorData = 37
	maxAuthenticatorData = 1 << 10
	maxClientData        = 4 << 10
	maxECDSA             = 72 // two integers of 33 bytes, and their headers
)

// MaxText is how long the text of a signature can be, in bytes.
const MaxText = (maxAuthenticatorData+maxClientData+maxECDSA)/3*4 + 3*4 + 2

// Validate says what is wrong with the form; whether the signature holds, only
// Public.Verify knows.
func (s Signature) Validate() error {
	passkey := len(s.AuthenticatorData) > 0 || len(s.ClientData) > 0 || len(s.Signature) > 0
	switch {
	case len(s.Ed25519) > 0 && passkey:
		return errors.New("a signature is of an Ed25519 key or of a passkey, not of both")
	case passkey:
		for _, part := range []struct {
			name        string
			value       Bytes
			least, most int
		}{
			{"authenticator_data", s.AuthenticatorData, minAuthenticatorData, maxAuthenticatorData},
			{"client_data", s.ClientData, 1, maxClientData},
			{"signature", s.Signature, 1, maxECDSA},
		} {
			if n := len(part.value); n < part.least || n > part.most {
				return fmt.Errorf("%s has %d bytes, want %d to %d", part.name, n, part.least, part.most)
			}
		}
	case len(s.Ed25519) != ed25519.SignatureSize:
		return fmt.Errorf("ed25519 has %d bytes, want %d", len(s.Ed25519), ed25519.SignatureSize)
	}
	return nil
}

// Text is the signature in one word: base64 of an Ed25519 signature, or
// authenticator data, client data and signature of a passkey joined with ".".
func (s Signature) Text() string {
	if len(s.Ed25519) > 0 {
		return encode(s.Ed25519)
	}
	return strings.Join([]string{encode(s.AuthenticatorData), encode(s.ClientData), encode(s.Signature)}, ".")
}

// ParseSignature reads what Text writes and nothing else.
func ParseSignature(text string) (Signature, error) {
	if len(text) > MaxText {
		return Signature{}, fmt.Errorf("read signature: it has %d bytes, at most %d are taken", len(text), MaxText)
	}
	var s Signature
	parts := []*Bytes{&s.Ed25519}
	words := strings.Split(text, ".")
	if len(words) == 3 {
		parts = []*Bytes{&s.AuthenticatorData, &s.ClientData, &s.Signature}
	} else if len(words) != 1 {
		return Signature{}, fmt.Errorf("read signature: it has %d parts, want 1, or 3 of a passkey", len(words))
	}
	for i, word := range words {
		if err := parts[i].UnmarshalText([]byte(word)); err != nil {
			return Signature{}, fmt.Errorf("read signature: part %d: %w", i+1, err)
		}
	}
	if err := s.Validate(); err != nil {
		return Signature{}, fmt.Errorf("read signature: %w", err)
	}
	return s, nil
}

// UnmarshalJSONFrom reads a signature of one of the two forms, without members
// beside; one that is empty or null is beside.
func (s *Signature) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var members map[string]string
	if err := json.UnmarshalDecode(d, &members); err != nil {
		return err
	}
	var read Signature
	into := map[string]*Bytes{
		"ed25519": &read.Ed25519, "authenticator_data": &read.AuthenticatorData, "client_data": &read.ClientData, "signature": &read.Signature,
	}
	for name, text := range members {
		part, known := into[name]
		if !known {
			return fmt.Errorf("read signature: unknown member %q", name)
		}
		if err := part.UnmarshalText([]byte(text)); err != nil {
			return fmt.Errorf("read signature: %s: %w", name, err)
		}
	}
	if err := read.Validate(); err != nil {
		return fmt.Errorf("read signature: %w", err)
	}
	*s = read
	return nil
}

// Bytes are written as base64 (RFC 4648, section 4), and read if they are
// written so: with padding, without line breaks, and nought in the bits that
// are left over (section 3.5), so that nobody can write them in two ways. None
// at all are left out, and not written as "".
type Bytes []byte

// MarshalText writes the one form.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(encode(b)), nil }

// UnmarshalText reads the one form.
func (b *Bytes) UnmarshalText(text []byte) (err error) {
	*b, err = decode(base64.StdEncoding, string(text))
	return err
}

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// decode reads base64 that is written as the encoding writes it. (The decoders
// of the standard library pass over line breaks, and over the bits left over.)
func decode(encoding *base64.Encoding, text string) ([]byte, error) {
	raw, err := encoding.DecodeString(text)
	if err != nil || len(raw) == 0 || encoding.EncodeToString(raw) != text {
		return nil, errors.New("it is not base64 of something in its one form (RFC 4648)")
	}
	return raw, nil
}
