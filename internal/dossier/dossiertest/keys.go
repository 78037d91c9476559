package dossiertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// Key is what somebody votes with.
type Key interface {
	Text() string // the public half
	Sign(message []byte) signature.Signature
}

// Partner is one that votes.
type Partner struct {
	ID   access.PartnerID
	Name string
	Key  Key
}

// NewPartner is a partner with an Ed25519 key.
func NewPartner(tb testing.TB, name string) *Partner {
	tb.Helper()
	return &Partner{ID: access.PartnerID("identity--" + uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String()), Name: name, Key: NewKey(tb)}
}

type ed25519Key struct{ signature.Signer }

func (k ed25519Key) Text() string { return k.Public().String() }

// NewKey is an Ed25519 key.
func NewKey(tb testing.TB) Key {
	tb.Helper()
	signer, err := signature.Generate()
	if err != nil {
		tb.Fatal(err)
	}
	return ed25519Key{signer}
}

// rpid is the relying party of the passkeys.
const rpid = "hub.example"

type passkey struct {
	tb  testing.TB
	key *ecdsa.PrivateKey
}

// NewPasskey is an authenticator as WebAuthn Level 3 describes one, in software.
func NewPasskey(tb testing.TB) Key {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return passkey{tb, key}
}

func (k passkey) Text() string {
	point, err := k.key.PublicKey.Bytes()
	if err != nil {
		k.tb.Fatal(err)
	}
	return "webauthn:" + rpid + ":" + base64.StdEncoding.EncodeToString(point)
}

func (k passkey) Sign(message []byte) signature.Signature {
	challenge := sha256.Sum256(message)
	client := fmt.Appendf(nil, `{"type":"webauthn.get","challenge":"%s","origin":"https://%s","crossOrigin":false}`,
		base64.RawURLEncoding.EncodeToString(challenge[:]), rpid)
	relying, digest := sha256.Sum256([]byte(rpid)), sha256.Sum256(client)
	authenticator := append(relying[:], 0x05, 0, 0, 0, 1) // present and verified, counter 1
	signed := sha256.Sum256(append(append([]byte{}, authenticator...), digest[:]...))
	s, err := ecdsa.SignASN1(rand.Reader, k.key, signed[:])
	if err != nil {
		k.tb.Fatal(err)
	}
	return signature.Signature{AuthenticatorData: authenticator, ClientData: client, Signature: s}
}
