package access

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// SecretPrefix starts every token's secret, so that a leaked one is recognised
// by people and by scanners of source code.
const SecretPrefix = "tocsin_"

// Token lets a program act for a partner. Of its secret only the SHA-256 is
// kept: 256 random bits need no slower hash.
type Token struct {
	ID          string      `json:"id"`      // "token--" and a UUID
	Partner     PartnerID   `json:"partner"` // empty: the hub's own administrator
	Role        Role        `json:"role"`
	Scopes      []Scope     `json:"scopes,omitempty"` // none: everything that the role allows
	Description string      `json:"description,omitzero"`
	Hash        ledger.Hash `json:"hash"`                 // HashSecret of the secret, or of the certificate's DER bytes
	Certificate bool        `json:"certificate,omitzero"` // a TLS client certificate stands for it, and it has no secret
	Issued      time.Time   `json:"issued"`
	Expires     time.Time   `json:"expires,omitzero"` // zero: never
	Revoked     time.Time   `json:"revoked,omitzero"` // not on the ledger: folded from Revocation and Departure
	By          string      `json:"by,omitzero"`      // the person or the token that issued it: Signed says so; empty: the ledger does not
}

// Revocation ends a token.
type Revocation struct {
	Token  string `json:"token"`
	Reason string `json:"reason"`
}

// TokenOptions confine a token. The zero value does not.
type TokenOptions struct {
	Scopes      []Scope
	Expires     time.Time
	Description string
	// Certificate, if there is one, is the TLS client certificate that stands
	// for the token: one X.509 certificate in PEM. The token has no secret then.
	Certificate string
}

// HashSecret is what is kept of a token's secret.
func HashSecret(secret string) ledger.Hash { return sha256.Sum256([]byte(secret)) }

// newSecret is 256 random bits as text.
func newSecret(prefix string) string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: see its documentation
	return prefix + base64.RawURLEncoding.EncodeToString(random[:])
}

// newToken makes a token and its secret, to be shown once, and the entry that
// makes it work. The entry is for the administrator's audit: its audience is
// nobody.
func newToken(partner PartnerID, role Role, o TokenOptions, now time.Time) (Token, string, ledger.Draft, error) {
	refuse := func(err error) (Token, string, ledger.Draft, error) {
		return Token{}, "", ledger.Draft{}, fmt.Errorf("issue token: %w", err)
	}
	if err := checkRole(partner, role); err != nil {
		return refuse(err)
	}
	scopes, err := checkScopes(o.Scopes)
	if err != nil {
		return refuse(err)
	}
	if o.Description != "" {
		if err := CheckText("description", o.Description, maxTitle); err != nil {
			return refuse(err)
		}
	}
	if !o.Expires.IsZero() && !o.Expires.After(now) {
		return refuse(fmt.Errorf("%w: the token would expire at %s, which is over: give a later time", ErrInvalid, o.Expires.Format(time.RFC3339)))
	}
	secret := newSecret(SecretPrefix)
	hash := HashSecret(secret)
	if o.Certificate != "" {
		if hash, err = fingerprint(o.Certificate); err != nil {
			return refuse(err)
		}
		secret = ""
	}
	t := Token{
		ID: "token--" + uuid.NewString(), Partner: partner, Role: role, Scopes: scopes, Description: o.Description,
		Hash: hash, Certificate: o.Certificate != "", Issued: now.UTC().Truncate(time.Microsecond), Expires: o.Expires.UTC().Truncate(time.Microsecond),
	}
	d, err := draft(KindTokenIssued, Audience{}, t)
	return t, secret, d, err
}

// checkRole wants a role; who acts for no partner can only administer the hub.
func checkRole(partner PartnerID, role Role) error {
	if !slices.Contains(roles, role) {
		_, err := ParseRole(string(role))
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if partner == "" && role != Administrator {
		return fmt.Errorf("%w: who acts for the hub can only be its administrator, not a %s: name a partner", ErrInvalid, role)
	}
	return nil
}

// fingerprint is the SHA-256 of a certificate's DER bytes: what HashSecret makes
// of a certificate that is shown in a TLS handshake.
func fingerprint(text string) (ledger.Hash, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) > 0 {
		return ledger.Hash{}, fmt.Errorf("%w: certificate: send one certificate in PEM, and no key", ErrInvalid)
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return ledger.Hash{}, fmt.Errorf("%w: certificate: %w", ErrInvalid, err)
	}
	return HashSecret(string(block.Bytes)), nil
}
