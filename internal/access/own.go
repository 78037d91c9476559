package access

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// maxOwnLife is the longest life of a token that somebody who is no administrator
// issues: it outlives the one who issued it.
const maxOwnLife = 366 * day

// TokensFor are the tokens that somebody may know of, in the order of their issue: an
// administrator all, others from contributor on those of their own partner.
func (d *Directory) TokensFor(by Principal) []Token {
	all := by.AtLeast(Administrator)
	if !all && by.CheckPartner("list tokens", Contributor) != nil {
		return nil
	}
	var list []Token
	for _, t := range d.Tokens() {
		if all || t.Partner == by.Partner {
			list = append(list, t)
		}
	}
	return list
}

// IssueFor is IssueWith on somebody's own authority: an administrator's for anybody,
// others' from contributor on for their own partner, in no role above their own, for
// a year at most, and while fewer than maxWorking of that partner's work.
func (d *Directory) IssueFor(by Principal, partner PartnerID, role Role, o TokenOptions, now time.Time) (Token, string, ledger.Draft, error) {
	refuse := func(err error) (Token, string, ledger.Draft, error) {
		return Token{}, "", ledger.Draft{}, fmt.Errorf("issue token: %w", err)
	}
	if !by.AtLeast(Administrator) {
		if err := by.CheckPartner("issue token", Contributor); err != nil {
			return Token{}, "", ledger.Draft{}, err
		}
		switch {
		case partner != by.Partner:
			return refuse(fmt.Errorf("%w: only an administrator issues tokens for another partner", ErrForbidden))
		case checkRole(partner, role) == nil && !by.AtLeast(role):
			return refuse(fmt.Errorf("%w: your role is %s: you issue no token of a higher one", ErrForbidden, by.Role))
		case len(by.Scopes) > 0:
			return refuse(fmt.Errorf("%w: a token that is confined issues no others", ErrForbidden))
		case o.Expires.IsZero() || o.Expires.After(now.Add(maxOwnLife)):
			return refuse(fmt.Errorf("%w: say when it expires, at most a year from now; an administrator issues others", ErrInvalid))
		case !by.Expires.IsZero() && o.Expires.After(by.Expires):
			return refuse(fmt.Errorf("%w: your own token expires at %s: yours issues none that lasts longer", ErrInvalid, by.Expires.Format(time.RFC3339)))
		}
		if err := d.roomFor(partner, now); err != nil {
			return refuse(err)
		}
	}
	return d.IssueWith(partner, role, o, now)
}

// RevokeWith is RevokeFor together with what was issued with the token.
func (d *Directory) RevokeWith(by Principal, token, reason string, what Heirs) ([]ledger.Draft, error) {
	draft, err := d.RevokeFor(by, token, reason)
	if err != nil {
		return nil, err
	}
	of, _ := d.Token(token)
	heirs, err := d.heirs(by, token, of.Partner, of.Role, what, reason)
	if err != nil {
		return nil, fmt.Errorf("revoke token: %w", err)
	}
	return append([]ledger.Draft{draft}, heirs...), nil
}

// RevokeFor is Revoke on somebody's own authority: of what TokensFor shows to them,
// tokens of no role above their own.
func (d *Directory) RevokeFor(by Principal, token, reason string) (ledger.Draft, error) {
	if by.AtLeast(Administrator) {
		return d.Revoke(token, reason)
	}
	if err := by.CheckPartner("revoke token", Contributor); err != nil {
		return ledger.Draft{}, err
	}
	t, known := d.Token(token)
	switch {
	case !known || t.Partner != by.Partner: // another's is told nobody
		return ledger.Draft{}, fmt.Errorf("revoke token: %w: no token has the id %q", ErrNotFound, token)
	case !by.AtLeast(t.Role):
		return ledger.Draft{}, fmt.Errorf("revoke token: %w: it is a %s's and your role is %s: speak to an administrator", ErrForbidden, t.Role, by.Role)
	}
	return d.Revoke(token, reason)
}

// DismissFor is Dismiss on somebody's own authority: an administrator's, and not of
// the partner that it acts for, with which its own access would end.
func (d *Directory) DismissFor(by Principal, partner PartnerID, reason string) (ledger.Draft, error) {
	if err := by.check("dismiss partner", Administrator); err != nil {
		return ledger.Draft{}, err
	}
	if by.Partner == partner && partner != "" {
		return ledger.Draft{}, fmt.Errorf("dismiss partner: %w: you act for this partner, and would end your own access: another administrator has to do it", ErrConflict)
	}
	return d.Dismiss(partner, reason)
}
