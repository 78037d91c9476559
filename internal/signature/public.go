package signature

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Public is the public half of a key. Two of them are the same key if they are
// equal; the zero value is no key and verifies nothing.
type Public struct {
	rpid  string // of a passkey: the relying party that it answers to
	bytes string // of an Ed25519 key 32; of a passkey a point on P-256, 65
}

const (
	ed25519Prefix  = "ed25519:"
	webauthnPrefix = "webauthn:"

	maxHost   = 253 // bytes of a name: RFC 1035, section 2.3.4, as text without the last dot
	maxPublic = len(webauthnPrefix) + maxHost + 1 + 88
)

// ParsePublic reads a key's text in its one form.
func ParsePublic(text string) (Public, error) {
	if len(text) > maxPublic {
		return Public{}, fmt.Errorf("read key: it has %d bytes, at most %d are taken", len(text), maxPublic)
	}
	if word, ok := strings.CutPrefix(text, ed25519Prefix); ok {
		raw, err := decode(base64.StdEncoding, word)
		if err != nil {
			return Public{}, fmt.Errorf("read key %q: %w", text, err)
		}
		if len(raw) != ed25519.PublicKeySize {
			return Public{}, fmt.Errorf("read key %q: it has %d bytes, want %d", text, len(raw), ed25519.PublicKeySize)
		}
		if hasSmallOrder(raw) {
			return Public{}, fmt.Errorf("read key %q: it is a point of small order, under which anybody can sign", text)
		}
		return Public{bytes: string(raw)}, nil
	}
	rest, ok := strings.CutPrefix(text, webauthnPrefix)
	rpid, word, two := strings.Cut(rest, ":")
	if !ok || !two {
		return Public{}, fmt.Errorf("read key %q: want \"ed25519:BASE64\" or \"webauthn:RPID:BASE64\"", text)
	}
	raw, err := decode(base64.StdEncoding, word)
	if err != nil {
		return Public{}, fmt.Errorf("read key %q: %w", text, err)
	}
	p, err := passkey(rpid, raw)
	if err != nil {
		return Public{}, fmt.Errorf("read key %q: %w", text, err)
	}
	return p, nil
}

// passkey is the key of a point on P-256 and a relying party.
func passkey(rpid string, point []byte) (Public, error) {
	if !isHost(rpid) {
		return Public{}, fmt.Errorf("relying party %q is not a host's name in lower case", rpid)
	}
	if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point); err != nil {
		return Public{}, errors.New("it is not an uncompressed point on P-256")
	}
	return Public{rpid: rpid, bytes: string(point)}, nil
}

// isHost says whether a name is labels of a-z, 0-9 and '-' joined by '.', as
// browsers write the names of hosts.
func isHost(name string) bool {
	if len(name) > maxHost {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// IsPasskey says whether the key is one.
func (p Public) IsPasskey() bool { return p.rpid != "" }

// String is the key's text; "" of the zero value.
func (p Public) String() string {
	switch {
	case p.bytes == "":
		return ""
	case p.IsPasskey():
		return webauthnPrefix + p.rpid + ":" + encode([]byte(p.bytes))
	}
	return ed25519Prefix + encode([]byte(p.bytes))
}

// Fingerprint is "sha256:" and the hexadecimal SHA-256 of the key's text.
func (p Public) Fingerprint() string {
	sum := sha256.Sum256([]byte(p.String()))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Verify says what is wrong with a signature over the message, and nil if it is
// this key's.
func (p Public) Verify(message []byte, s Signature) error {
	if err := s.Validate(); err != nil {
		return fmt.Errorf("verify signature: %w", err)
	}
	var err error
	switch {
	case p.bytes == "":
		err = errors.New("there is no key")
	case p.IsPasskey():
		err = p.verifyAssertion(message, s)
	case len(s.Ed25519) == 0:
		err = errors.New("the key is an Ed25519 key, the signature a passkey's")
	case !ed25519.Verify(ed25519.PublicKey(p.bytes), message, s.Ed25519):
		err = errors.New("it is not this key's over this message")
	}
	if err != nil {
		return fmt.Errorf("verify signature: %w", err)
	}
	return nil
}
