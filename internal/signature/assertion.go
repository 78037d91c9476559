package signature

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Flags of authenticator data: WebAuthn Level 3, section 6.1.
const (
	userPresent  = 0x01
	userVerified = 0x04
)

// clientData is of CollectedClientData (WebAuthn Level 3, section 5.8.1) what
// is checked; browsers add more.
type clientData struct {
	Type      string `json:"type"`
	Challenge string `json:"challenge"`
	Origin    string `json:"origin"`
}

// Challenge is what a passkey is asked to answer so that it signs the message:
// base64url of its SHA-256, without padding.
func Challenge(message []byte) string {
	sum := sha256.Sum256(message)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// verifyAssertion follows WebAuthn Level 3, section 7.2, from step 11 on, as far
// as it can be followed by somebody who was not there: that the credential's
// counter rises is for the relying party to see.
func (p Public) verifyAssertion(message []byte, s Signature) error {
	if len(s.Ed25519) > 0 {
		return errors.New("the key is a passkey, the signature an Ed25519 key's")
	}
	var client clientData
	// Invalid UTF-8, half of a surrogate pair and a member that stands there twice are errors.
	if err := json.Unmarshal(s.ClientData, &client); err != nil {
		return fmt.Errorf("read client data: %w", err)
	}
	if err := checkNesting(s.ClientData); err != nil {
		return fmt.Errorf("read client data: %w", err)
	}
	if client.Type != "webauthn.get" {
		return fmt.Errorf("the client data are of the type %q, want \"webauthn.get\"", client.Type)
	}
	if client.Challenge != Challenge(message) {
		return errors.New("the passkey has answered another challenge than this message's")
	}
	if !withinRP(client.Origin, p.rpid) {
		return fmt.Errorf("the passkey was used on %q, which is not of %s", client.Origin, p.rpid)
	}
	rp := sha256.Sum256([]byte(p.rpid))
	if !bytes.Equal(s.AuthenticatorData[:len(rp)], rp[:]) {
		return fmt.Errorf("the authenticator has answered another relying party than %s", p.rpid)
	}
	if flags := s.AuthenticatorData[len(rp)]; flags&userPresent == 0 || flags&userVerified == 0 {
		return fmt.Errorf("the authenticator has not made sure of its user: flags %#02x", flags)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), []byte(p.bytes))
	if err != nil {
		return fmt.Errorf("read key: %w", err)
	}
	client256 := sha256.Sum256(s.ClientData)
	signed := sha256.Sum256(append(bytes.Clone(s.AuthenticatorData), client256[:]...))
	if !ecdsa.VerifyASN1(key, signed[:], s.Signature) {
		return errors.New("it is not this passkey's over these data")
	}
	return nil
}

// maxNesting is how deep client data may be nested, their own braces counted.
const maxNesting = 16

// checkNesting reads JSON that is known to be well formed: verifiers in other
// languages have other limits.
func checkNesting(text []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		switch _, err := d.ReadToken(); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case d.StackDepth() > maxNesting:
			return fmt.Errorf("they are nested more than %d deep", maxNesting)
		}
	}
}

// withinRP says whether an origin, as browsers write it (RFC 6454, section 6.2),
// is of the relying party: its host is the party's id or below it. Plain http
// there is only on a person's own machine: elsewhere browsers have no passkeys.
func withinRP(origin, rpid string) bool {
	host, secure := strings.CutPrefix(origin, "https://")
	if !secure {
		var plain bool
		if host, plain = strings.CutPrefix(origin, "http://"); !plain {
			return false
		}
	}
	host, port, hasPort := strings.Cut(host, ":")
	if hasPort && (port == "" || len(port) > 5 || strings.Trim(port, "0123456789") != "") {
		return false
	}
	return isHost(host) && (host == rpid || strings.HasSuffix(host, "."+rpid))
}

// maxAnswer is how long a browser's answer may be, in bytes.
const maxAnswer = 16 << 10

// FromAssertion is the signature in a browser's answer to
// navigator.credentials.get as PublicKeyCredential.toJSON writes it (WebAuthn
// Level 3, section 5.1). Of it only response.authenticatorData, clientDataJSON
// and signature are taken; whether they hold, Public.Verify says.
func FromAssertion(answer []byte) (Signature, error) {
	if len(answer) > maxAnswer {
		return Signature{}, fmt.Errorf("read passkey's answer: it has %d bytes, at most %d are taken", len(answer), maxAnswer)
	}
	var in struct {
		Response struct {
			AuthenticatorData string `json:"authenticatorData"`
			ClientDataJSON    string `json:"clientDataJSON"`
			Signature         string `json:"signature"`
		} `json:"response"`
	}
	if err := json.Unmarshal(answer, &in); err != nil {
		return Signature{}, fmt.Errorf("read passkey's answer: %w", err)
	}
	var s Signature
	for _, part := range []struct {
		name, text string
		into       *Bytes
	}{
		{"authenticatorData", in.Response.AuthenticatorData, &s.AuthenticatorData},
		{"clientDataJSON", in.Response.ClientDataJSON, &s.ClientData},
		{"signature", in.Response.Signature, &s.Signature},
	} {
		raw, err := decode(base64.RawURLEncoding, part.text)
		if err != nil {
			return Signature{}, fmt.Errorf("read passkey's answer: response/%s is not base64url without padding", part.name)
		}
		*part.into = raw
	}
	if err := s.Validate(); err != nil {
		return Signature{}, fmt.Errorf("read passkey's answer: %w", err)
	}
	return s, nil
}
