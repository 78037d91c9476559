package access

import (
	"fmt"
	"slices"
)

// maxRecipients is how many partners one contribution may name: the ledger
// keeps an audience in 65,535 bytes.
const maxRecipients = 1000

// CheckAudience says what is wrong with an audience that who wants to share
// for: recipients that are not there, a community of which its partner is no
// member. Such a community is answered like one that does not exist.
func (d *Directory) CheckAudience(who Principal, a Audience) error {
	if !slices.Contains(levels, a.TLP) {
		return fmt.Errorf("%w: unknown TLP level %q: use clear, green, amber, amber+strict or red", ErrInvalid, a.TLP)
	}
	if a.Community != "" && !slices.Contains(who.Communities, a.Community) {
		return fmt.Errorf("%w: %w", ErrInvalid, noCommunity(a.Community))
	}
	if n := len(a.Recipients); n > maxRecipients {
		return fmt.Errorf("%w: %d recipients are named, at most %d are allowed: share with a community instead", ErrInvalid, n, maxRecipients)
	}
	for _, r := range a.Recipients {
		if _, present := d.Partner(r); !present {
			return fmt.Errorf("%w: recipients: no partner has the id %q", ErrInvalid, r)
		}
	}
	return nil
}

// Narrows is Within with the members of today: whether nobody who takes part
// may see by to what it may not see by from.
func (d *Directory) Narrows(owner PartnerID, to, from Audience) bool {
	if to.Within(from) {
		return true
	}
	if to.TLP != Red {
		return false
	}
	return !slices.ContainsFunc(named(to.Recipients), func(r PartnerID) bool {
		who, present := d.ofPartner(r)
		return present && !who.MaySee(owner, from)
	})
}
