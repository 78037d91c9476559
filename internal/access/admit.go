package access

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Join checks what is said about a partner, gives it an id, and returns the entry
// that lets it in. It refuses a name that another partner has. Nothing changes
// until the entry is applied: see Deciding.
func (d *Directory) Join(name, sector, country, kind string) (Partner, ledger.Draft, error) {
	return d.JoinAs(name, sector, country, kind, Standing{})
}

// JoinAs is Join for a partner whose word weighs otherwise than one partner's
// from the first day on.
func (d *Directory) JoinAs(name, sector, country, kind string, s Standing) (Partner, ledger.Draft, error) {
	p, draft, err := newPartner(name, sector, country, kind, s)
	if err != nil {
		return Partner{}, ledger.Draft{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if id, taken := d.names[foldName(p.Name)]; taken {
		return Partner{}, ledger.Draft{}, fmt.Errorf("join partner: %w: the name %q is that of %s: choose another", ErrConflict, p.Name, id)
	}
	return p, draft, nil
}

// Issue makes a token of a partner that takes part, and its secret, to be shown
// once; the entry makes it work.
func (d *Directory) Issue(partner PartnerID, role Role, now time.Time) (Token, string, ledger.Draft, error) {
	return d.IssueWith(partner, role, TokenOptions{}, now)
}

// IssueWith is Issue for a token that is confined. The partner Hub stands for
// the hub itself: its tokens are administrators of no partner.
func (d *Directory) IssueWith(partner PartnerID, role Role, o TokenOptions, now time.Time) (Token, string, ledger.Draft, error) {
	if partner == Hub {
		partner = ""
	} else if _, present := d.Partner(partner); !present {
		return Token{}, "", ledger.Draft{}, fmt.Errorf("issue token: %w: no partner has the id %q", ErrNotFound, partner)
	}
	t, secret, draft, err := newToken(partner, role, o, now)
	if err != nil {
		return t, secret, draft, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if id, used := d.secrets[t.Hash]; used {
		return Token{}, "", ledger.Draft{}, fmt.Errorf("issue token: %w: the certificate stands for %s already: revoke that first", ErrConflict, id)
	}
	return t, secret, draft, nil
}

// Revoke returns the entry that ends a token.
func (d *Directory) Revoke(token, reason string) (ledger.Draft, error) {
	if err := CheckText("reason", reason, maxReason); err != nil {
		return ledger.Draft{}, fmt.Errorf("revoke token: %w", err)
	}
	d.mu.RLock()
	t, ok := d.tokens[token]
	d.mu.RUnlock()
	switch {
	case !ok:
		return ledger.Draft{}, fmt.Errorf("revoke token: %w: no token has the id %q", ErrNotFound, token)
	case !t.Revoked.IsZero():
		return ledger.Draft{}, fmt.Errorf("revoke token: %w: %s was revoked at %s", ErrConflict, token, t.Revoked.Format(time.RFC3339))
	}
	return draft(KindTokenRevoked, Audience{}, Revocation{Token: token, Reason: reason})
}

// Dismiss returns the entry that ends a partner's taking part, and with it all
// its tokens, its people's access, its memberships and listings. The community may see who is no longer a member.
func (d *Directory) Dismiss(partner PartnerID, reason string) (ledger.Draft, error) {
	if err := CheckText("reason", reason, maxReason); err != nil {
		return ledger.Draft{}, fmt.Errorf("dismiss partner: %w", err)
	}
	if _, present := d.Partner(partner); !present {
		return ledger.Draft{}, fmt.Errorf("dismiss partner: %w: no partner has the id %q", ErrNotFound, partner)
	}
	return draft(KindPartnerLeft, ToCommunity(Green), Departure{Partner: partner, Reason: reason})
}
