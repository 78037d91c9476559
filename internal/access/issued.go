package access

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Heirs says what becomes of the tokens that somebody issued who comes to an end.
// Each end is an entry of its own: what an older ledger says of a dismissal still
// ends nothing more than it did then.
type Heirs string

const (
	// UsualHeirs revokes what was issued for the issuer's own partner; nothing of an
	// administrator's, who issues for everybody and as the hub.
	UsualHeirs Heirs = ""
	// RevokeHeirs revokes all of it.
	RevokeHeirs Heirs = "revoke"
	// KeepHeirs revokes nothing of it.
	KeepHeirs Heirs = "keep"
)

// maxWorking is how many tokens of a partner may work at once before those who are
// no administrators issue no more.
const maxWorking = 100

// Works says whether a token is neither revoked nor expired.
func (t Token) Works(now time.Time) bool {
	return t.Revoked.IsZero() && (t.Expires.IsZero() || t.Expires.After(now))
}

// IssuedBy are the tokens that work and that a person or a token issued, and what
// was issued with those, in the order of their issue; of them those that somebody
// may revoke.
func (d *Directory) IssuedBy(by Principal, issuer string) (list []Token) {
	d.eachIssued(by, func(t Token, issuers []string) {
		if slices.Contains(issuers, issuer) {
			list = append(list, t)
		}
	})
	return list
}

// IssuedCounts is how many IssuedBy gives of each who issued any.
func (d *Directory) IssuedCounts(by Principal) map[string]int {
	counts := map[string]int{}
	d.eachIssued(by, func(_ Token, issuers []string) {
		for _, one := range issuers {
			counts[one]++
		}
	})
	return counts
}

// eachIssued walks the tokens that work and that somebody may revoke, each with
// who issued it and who issued what it was issued with.
func (d *Directory) eachIssued(by Principal, each func(t Token, issuers []string)) {
	all := d.TokensFor(by)
	now, issuer := d.now(), map[string]string{}
	for _, t := range all {
		issuer[t.ID] = t.By
	}
	for _, t := range all {
		var issuers []string
		for one := t.By; one != "" && one != t.ID && !slices.Contains(issuers, one); one = issuer[one] { // a ledger may say anything
			issuers = append(issuers, one)
		}
		if t.Works(now) && by.AtLeast(t.Role) {
			each(t, issuers)
		}
	}
}

func (d *Directory) now() time.Time {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.clock()
}

// RevokeIssued returns the entries that end all of IssuedBy; with none of them it
// is ErrNotFound.
func (d *Directory) RevokeIssued(by Principal, issuer, reason string) ([]ledger.Draft, error) {
	if err := by.check("revoke tokens", Contributor); err != nil {
		return nil, err
	}
	list := d.IssuedBy(by, issuer)
	if len(list) == 0 {
		return nil, fmt.Errorf("revoke tokens: %w: no token works that %q issued, or none that is yours to revoke", ErrNotFound, issuer)
	}
	return d.revokeAll(list, reason)
}

func (d *Directory) revokeAll(list []Token, reason string) ([]ledger.Draft, error) {
	var drafts []ledger.Draft
	for _, t := range list {
		draft, err := d.Revoke(t.ID, reason)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, draft)
	}
	return drafts, nil
}

// PersonHeirs are the entries that end what a person issued who comes to an end in
// another way than DismissWith; none of who has left before.
func (d *Directory) PersonHeirs(who Principal, id, reason string, what Heirs) ([]ledger.Draft, error) {
	if p, present := d.Person(id); present && p.Left.IsZero() {
		return d.heirs(who, id, p.Partner, p.Role, what, reason)
	}
	return nil, nil
}

// heirs are the entries that end what somebody issued.
func (d *Directory) heirs(by Principal, issuer string, of PartnerID, role Role, what Heirs, reason string) ([]ledger.Draft, error) {
	list := d.IssuedBy(by, issuer)
	switch what {
	case RevokeHeirs:
	case UsualHeirs:
		list = slices.DeleteFunc(list, func(t Token) bool { return role == Administrator || t.Partner != of })
	case KeepHeirs:
		list = nil
	default:
		return nil, fmt.Errorf("%w: what becomes of the tokens that it issued is %q or %q, and not %q", ErrInvalid, RevokeHeirs, KeepHeirs, what)
	}
	return d.revokeAll(list, reason)
}

// roomFor fails with ErrConflict where so many tokens of a partner work that only
// an administrator issues another.
func (d *Directory) roomFor(partner PartnerID, now time.Time) error {
	n := 0
	for _, t := range d.Tokens() {
		if t.Partner == partner && t.Works(now) {
			n++
		}
	}
	if n < maxWorking {
		return nil
	}
	return fmt.Errorf("%w: %d tokens of your partner work, and %d is the most: revoke those that nobody uses, or ask the hub's administrator", ErrConflict, n, maxWorking)
}
