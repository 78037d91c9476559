package access

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// ActFor returns the entry by which an administrator of the hub acts for a
// partner from then on: who runs a hub is often of an organisation that takes
// part in it. The role stays, and with it the administration. It is for the
// person itself and not for somebody who acts for another partner already:
// nobody is moved from one organisation's confidence into another's.
func (d *Directory) ActFor(who Principal, partner PartnerID) (ledger.Draft, error) {
	refuse := func(err error) (ledger.Draft, error) {
		return ledger.Draft{}, fmt.Errorf("act for a partner: %w", err)
	}
	p, ok := d.Person(who.Person)
	switch {
	case who.Person == "" || !ok:
		return refuse(fmt.Errorf("%w: only a person can, and this is a program's token: invite a person, or claim the hub as one", ErrForbidden))
	case !who.AtLeast(Administrator):
		return refuse(fmt.Errorf("%w: only an administrator of the hub can", ErrForbidden))
	case p.Partner != "":
		return refuse(fmt.Errorf("%w: %s acts for a partner already", ErrConflict, p.ID))
	case partner == "":
		return refuse(fmt.Errorf("%w: no partner is named", ErrInvalid))
	}
	p.Partner, p.Joined, p.Left = partner, time.Time{}, time.Time{}
	if err := d.checkPerson(p); err != nil {
		return refuse(err)
	}
	return draft(KindPersonChanged, Audience{}, p)
}
