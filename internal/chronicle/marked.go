package chronicle

import (
	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// marked is who an entry was for when it was written, and whose it was. What became
// of the same thing later may be for others: a step is shown to whom its own entry
// and the marking of today both allow.
type marked struct {
	owner    access.PartnerID
	audience access.Audience
}

func markedOf(e ledger.Entry) marked {
	audience, _ := access.ParseAudience(e.Audience) // unreadable: nobody's
	return marked{access.PartnerID(e.Actor), audience}
}

func (m marked) shownTo(who access.Principal) bool { return who.MaySee(m.owner, m.audience) }
