package access

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// claimPrefix starts the secret with which a new hub's administration is claimed.
const claimPrefix = SecretPrefix + "claim_"

// Claim says who became the hub's first administrator.
type Claim struct {
	Administrator string `json:"administrator"` // the token's or the person's id
	Method        string `json:"method"`        // "token" or "person"
}

// Refusal is attempts with wrong secrets, summed up.
type Refusal struct {
	Address string `json:"address"`         // that the last one came from
	Count   int    `json:"count"`           // since the refusal before, this one included
	Waited  int    `json:"waited,omitzero"` // of them, not looked at: their address had failed too often
}

// NewClaim makes the secret with which the administration of a new hub is
// claimed, for the hub to print, and what the hub keeps of it: see SetClaim.
func NewClaim() (secret string, hash ledger.Hash) {
	secret = newSecret(claimPrefix)
	return secret, HashSecret(secret)
}

// ClaimOf is the secret, and its hash, that follow from a key: what hubs claim that
// have the key in common.
func ClaimOf(key [32]byte) (secret string, hash ledger.Hash) {
	secret = claimPrefix + base64.RawURLEncoding.EncodeToString(key[:24])
	return secret, HashSecret(secret)
}

// SetClaim lets whoever has the secret behind the hash claim the hub's
// administration, once. The secret is the running hub's and not on the ledger.
func (d *Directory) SetClaim(hash ledger.Hash) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.claim = hash
}

// Claimed says whether the hub has an administrator: one who claimed it, or
// the configuration's.
func (d *Directory) Claimed() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.claimed || d.admin != (ledger.Hash{})
}

// CheckClaim says whether the secret claims the administration now: ErrConflict
// if it has been claimed, ErrForbidden if the secret is wrong.
func (d *Directory) CheckClaim(secret string) error {
	if d.Claimed() {
		return fmt.Errorf("claim administration: %w: it has been claimed already; ask the hub's administrator for a token", ErrConflict)
	}
	hash := HashSecret(strings.TrimSpace(secret))
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.claim == (ledger.Hash{}) || subtle.ConstantTimeCompare(hash[:], d.claim[:]) != 1 {
		return fmt.Errorf("claim administration: %w: this is not the secret that the hub printed when it started", ErrForbidden)
	}
	return nil
}

// ClaimToken returns the administrator's token with which the administration
// is claimed, its secret, and the entries, to be appended together. Like all
// drafting it has to be serialised: see Deciding.
func (d *Directory) ClaimToken(secret, name string, now time.Time) (Token, string, []ledger.Draft, error) {
	if err := d.CheckClaim(secret); err != nil {
		return Token{}, "", nil, err
	}
	t, made, issued, err := newToken("", Administrator, TokenOptions{Description: strings.TrimSpace(name)}, now)
	if err != nil {
		return Token{}, "", nil, fmt.Errorf("claim administration: %w", err)
	}
	claimed, err := draft(KindClaimed, Audience{}, Claim{Administrator: t.ID, Method: "token"})
	return t, made, []ledger.Draft{issued, claimed}, err
}

// ClaimPerson is ClaimToken for a person, who acts for the hub and for no
// partner. The drafts want one more, of its first credential.
func (d *Directory) ClaimPerson(secret, name, email string) (Person, []ledger.Draft, error) {
	if err := d.CheckClaim(secret); err != nil {
		return Person{}, nil, err
	}
	p, joined, err := d.newPerson("", name, email, Administrator)
	if err != nil {
		return Person{}, nil, fmt.Errorf("claim administration: %w", err)
	}
	claimed, err := draft(KindClaimed, Audience{}, Claim{Administrator: p.ID, Method: "person"})
	return p, []ledger.Draft{joined, claimed}, err
}

// RefusedClaim is the entry that sums up claims with wrong secrets.
func RefusedClaim(r Refusal) (ledger.Draft, error) { return draft(KindClaimRefused, Audience{}, r) }

// RefusedTokens is the entry that sums up tokens and certificates that are
// worth nothing.
func RefusedTokens(r Refusal) (ledger.Draft, error) { return draft(KindTokenRefused, Audience{}, r) }
