package signature_test

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

	"github.com/tocsin-project/tocsin/internal/signature"
)

// passkey is an authenticator in software with one credential (WebAuthn Level 3,
// section 6), and the browser before it. A test can have either misbehave.
type passkey struct {
	t   *testing.T
	key *ecdsa.PrivateKey

	kind, origin, rp string
	flags            byte
	client           func(text string) string // what the browser sends in place of its client data
}

func newPasskey(t *testing.T) *passkey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &passkey{t: t, key: key, kind: "webauthn.get", origin: "https://hub.example:8443", rp: "hub.example", flags: 0x05, client: func(text string) string { return text }}
}

func (p *passkey) point() []byte {
	p.t.Helper()
	point, err := p.key.PublicKey.Bytes()
	if err != nil {
		p.t.Fatal(err)
	}
	return point
}

// cose is the credential's key as the authenticator attests it, with members
// put in or in place of others.
func (p *passkey) cose(change map[int]any) []byte {
	p.t.Helper()
	members := map[int]any{1: 2, 3: -7, -1: 1, -2: p.point()[1:33], -3: p.point()[33:]}
	for k, v := range change {
		members[k] = v
	}
	text, err := cbor.Marshal(members)
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

func (p *passkey) public() signature.Public {
	p.t.Helper()
	public, err := signature.FromCOSE("hub.example", p.cose(nil))
	if err != nil {
		p.t.Fatal(err)
	}
	return public
}

// sign answers with the challenge of the message.
func (p *passkey) sign(message []byte) signature.Signature {
	p.t.Helper()
	text, err := json.Marshal(map[string]any{"type": p.kind, "challenge": signature.Challenge(message), "origin": p.origin, "crossOrigin": false}, json.Deterministic(true))
	if err != nil {
		p.t.Fatal(err)
	}
	client := []byte(p.client(string(text)))
	rp := sha256.Sum256([]byte(p.rp))
	data := binary.BigEndian.AppendUint32(append(rp[:], p.flags), 7)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(data[:len(data):len(data)], hash[:]...))
	made, err := ecdsa.SignASN1(rand.Reader, p.key, digest[:])
	if err != nil {
		p.t.Fatal(err)
	}
	return signature.Signature{AuthenticatorData: data, ClientData: client, Signature: made}
}

// answer is the signature as the browser sends it to the page's program.
func answer(t *testing.T, s signature.Signature) []byte {
	t.Helper()
	url := base64.RawURLEncoding.EncodeToString
	text, err := json.Marshal(map[string]any{
		"id": "Y3JlZA", "rawId": "Y3JlZA", "type": "public-key", "authenticatorAttachment": "platform", "clientExtensionResults": map[string]any{},
		"response": map[string]any{"authenticatorData": url(s.AuthenticatorData), "clientDataJSON": url(s.ClientData), "signature": url(s.Signature), "userHandle": "dXNlcg"},
	}, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// generate makes a key.
func generate(t *testing.T) signature.Signer {
	t.Helper()
	s, err := signature.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return s
}
