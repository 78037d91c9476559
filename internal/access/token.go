package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
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
	ID      string      `json:"id"` // "token--" and a UUID
	Partner PartnerID   `json:"partner"`
	Role    Role        `json:"role"`
	Hash    ledger.Hash `json:"hash"` // HashSecret of the secret
	Issued  time.Time   `json:"issued"`
	Revoked time.Time   `json:"revoked,omitzero"` // not on the ledger: folded from Revocation and Departure
}

// Revocation ends a token.
type Revocation struct {
	Token  string `json:"token"`
	Reason string `json:"reason"`
}

// HashSecret is what is kept of a token's secret.
func HashSecret(secret string) ledger.Hash { return sha256.Sum256([]byte(secret)) }

// NewToken makes a token and its secret, to be shown once, and the entry that
// makes it work. The entry is for the administrator's audit: its audience is
// nobody. Directory.Issue also refuses a partner that is not there.
func NewToken(partner PartnerID, role Role, now time.Time) (Token, string, ledger.Draft, error) {
	if !slices.Contains(roles, role) {
		_, err := ParseRole(string(role))
		return Token{}, "", ledger.Draft{}, fmt.Errorf("issue token: %w: %w", ErrInvalid, err)
	}
	if partner == "" {
		return Token{}, "", ledger.Draft{}, fmt.Errorf("issue token: %w: a partner's id is needed", ErrInvalid)
	}
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: see its documentation
	secret := SecretPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	t := Token{
		ID: "token--" + uuid.NewString(), Partner: partner, Role: role,
		Hash: HashSecret(secret), Issued: now.UTC().Truncate(time.Microsecond),
	}
	d, err := draft(KindTokenIssued, Audience{}, t)
	return t, secret, d, err
}
