package access

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Standing is how a partner's word is weighed where independent words are
// counted: for an alarm, for a protection by rule.
type Standing struct {
	// Organisation is a word, such as "health-trust": partners of one count as
	// one voice. Empty: the partner is a voice of its own.
	Organisation string `json:"organisation,omitempty"`
	// Designated says that the partner's word needs no corroboration.
	Designated bool `json:"designated,omitempty"`
	// Canary says that the partner puts first in force what automation decides
	// about more than one name or address, so that harm shows where somebody looks.
	Canary bool `json:"canary,omitempty"`
}

// Change is a change of a partner's standing; nil leaves as it is.
type Change struct {
	Organisation *string // the empty one takes the partner out of the one that it is of
	Designated   *bool
	Canary       *bool
}

// Designation changes a partner's standing, to what it says from then on. What
// was reported before was weighed as the partner stood then.
type Designation struct {
	Partner PartnerID `json:"partner"`
	// All as they stand from then on.
	Organisation string `json:"organisation"`
	Designated   bool   `json:"designated"`
	Canary       bool   `json:"canary,omitempty"`
	Reason       string `json:"reason"`
}

// Designate returns the entry that changes a partner's standing. That nothing
// would change is an ErrConflict. The community may see whose word weighs what,
// and why.
func (d *Directory) Designate(partner PartnerID, change Change, reason string) (ledger.Draft, error) {
	refuse := func(err error) (ledger.Draft, error) {
		return ledger.Draft{}, fmt.Errorf("change partner: %w", err)
	}
	if err := CheckText("reason", reason, maxReason); err != nil {
		return refuse(err)
	}
	p, present := d.Partner(partner)
	if !present {
		return refuse(fmt.Errorf("%w: no partner has the id %q", ErrNotFound, partner))
	}
	to := Designation{Partner: partner, Organisation: p.Organisation, Designated: p.Designated, Canary: p.Canary, Reason: reason}
	if change.Organisation != nil {
		to.Organisation = *change.Organisation
	}
	if change.Designated != nil {
		to.Designated = *change.Designated
	}
	if change.Canary != nil {
		to.Canary = *change.Canary
	}
	if err := checkOrganisation(to.Organisation); err != nil {
		return refuse(err)
	}
	if to.Organisation == p.Organisation && to.Designated == p.Designated && to.Canary == p.Canary {
		return refuse(fmt.Errorf("%w: %s: nothing would change: it is %s", ErrConflict, partner, to.words()))
	}
	return draft(KindPartnerChanged, ToCommunity(Green), to)
}

func (to Designation) words() string {
	text := "a voice of its own"
	if to.Organisation != "" {
		text = fmt.Sprintf("of the organisation %s", to.Organisation)
	}
	if to.Canary {
		text += ", a canary partner"
	}
	if to.Designated {
		return text + ", and designated"
	}
	return text + ", and not designated"
}

func checkOrganisation(name string) error {
	if name != "" && !isWord(name) {
		return fmt.Errorf("%w: organisation %q is not a word of 2 to 64 small letters, digits and '-', such as health-trust: what is counted must be spelled in one way", ErrInvalid, name)
	}
	return nil
}

// designated takes no word about who is not there, nor about who has left.
func (d *Directory) designated(_ ledger.Entry, to Designation) {
	if p, here := d.partners[to.Partner]; here {
		p.Organisation, p.Designated, p.Canary = to.Organisation, to.Designated, to.Canary
		d.partners[to.Partner] = p
		d.byName.Store(nil)
	}
}
