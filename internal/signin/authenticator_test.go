package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// authenticator is a security key in software (WebAuthn Level 3, section 6),
// with one credential. A test can have it misbehave.
type authenticator struct {
	t     *testing.T
	key   *ecdsa.PrivateKey
	id    []byte
	user  []byte
	count uint32
	step  uint32 // by which the count of uses rises

	origin, rp string // of the page that it believes to be on
	flags      byte   // beside "has a credential"
	twist      func(client []byte) []byte
}

const present, verified = 0x01, 0x04

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authenticator{t: t, key: key, id: make([]byte, 32), step: 1, origin: origin, rp: "hub.example", flags: present | verified}
	_, _ = rand.Read(a.id)
	return a
}

var base64url = base64.RawURLEncoding.EncodeToString

// options are what both ceremonies' options have.
type options struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		User      struct {
			ID string `json:"id"`
		} `json:"user"`
		RPID                   string `json:"rpId"`
		UserVerification       string `json:"userVerification"`
		AuthenticatorSelection struct {
			UserVerification string `json:"userVerification"`
			ResidentKey      string `json:"residentKey"`
		} `json:"authenticatorSelection"`
		ExcludeCredentials []struct {
			ID string `json:"id"`
		} `json:"excludeCredentials"`
		AllowCredentials []struct {
			ID string `json:"id"`
		} `json:"allowCredentials"`
	} `json:"publicKey"`
}

func (a *authenticator) read(text jsontext.Value) options {
	a.t.Helper()
	var o options
	if err := json.Unmarshal(text, &o); err != nil {
		a.t.Fatalf("%v in %s", err, text)
	}
	return o
}

func (a *authenticator) clientData(kind, challenge string) []byte {
	a.t.Helper()
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

func (a *authenticator) data(flags byte) []byte {
	hash := sha256.Sum256([]byte(a.rp))
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.count)
}

func (a *authenticator) answer(response map[string]any) []byte {
	a.t.Helper()
	text, err := json.Marshal(map[string]any{"id": base64url(a.id), "rawId": base64url(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

func (a *authenticator) encode(v any) []byte {
	a.t.Helper()
	b, err := cbor.Marshal(v)
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// makes answers the options of a registration.
func (a *authenticator) makes(text jsontext.Value) []byte {
	a.t.Helper()
	o := a.read(text)
	var err error
	if a.user, err = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID); err != nil {
		a.t.Fatal(err)
	}
	point, err := a.key.PublicKey.Bytes()
	if err != nil {
		a.t.Fatal(err)
	}
	cose := a.encode(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	data := append(a.data(a.flags|0x40), make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), cose...)
	return a.answer(map[string]any{
		"clientDataJSON": base64url(a.clientData("webauthn.create", o.PublicKey.Challenge)), "transports": []string{"internal"},
		"attestationObject": base64url(a.encode(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})),
	})
}

// signs answers the options of a sign-in.
func (a *authenticator) signs(text jsontext.Value) []byte {
	a.t.Helper()
	a.count += a.step
	client := a.clientData("webauthn.get", a.read(text).PublicKey.Challenge)
	if a.twist != nil {
		client = a.twist(client)
	}
	data := a.data(a.flags)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(data[:len(data):len(data)], hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]any{
		"clientDataJSON": base64url(client), "authenticatorData": base64url(data), "signature": base64url(signature), "userHandle": base64url(a.user),
	})
}
