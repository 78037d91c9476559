package feed

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Reach is who reads what an outlet of a partner's holds. A resolver's answers
// show its clients what is in it, a list on a firewall shows it to whoever
// works there.
type Reach string

// The reaches, from the narrowest circle to the widest.
const (
	Internal Reach = "internal" // the partner's own organisation: up to AMBER+STRICT
	Clients  Reach = "clients"  // its clients too, as an internet provider's: up to AMBER
	Public   Reach = "public"   // anybody: GREEN and CLEAR
)

// Reaches are all of them.
var Reaches = []Reach{Internal, Clients, Public}

// ParseReach reads a reach; "" is Internal: the token with which an outlet is
// connected is the partner's own, and whoever serves others with it has to say
// so. Other words are an access.ErrInvalid.
func ParseReach(s string) (Reach, error) {
	switch r := Reach(s); r {
	case "":
		return Internal, nil
	case Internal, Clients, Public:
		return r, nil
	}
	return "", fmt.Errorf("%w: reach %q: use one of %v", access.ErrInvalid, s, Reaches)
}

// Admits says whether what is marked so may come before those readers. RED never
// may: it is for the people whom it names, and an outlet names nobody.
func (r Reach) Admits(level access.TLP) bool {
	switch level {
	case access.Clear, access.Green:
		return true
	case access.Amber:
		return r == Internal || r == Clients
	case access.AmberStrict:
		return r == Internal
	}
	return false
}

// Reader is who reads an outlet: the partner that connected it, and those before
// whom it puts what it holds.
type Reader struct {
	access.Principal
	Reach Reach
}

// Shown says whether a decision by owner, whose entry has the audience, is for
// the reader's outlets. That of a canary is told to the canary partners alone;
// how far they may take it is what the decision is marked with.
func (r Reader) Shown(p *protect.Protection, owner access.PartnerID, a access.Audience) bool {
	if !r.MaySee(owner, a) {
		return false
	}
	level := p.TLP
	if level == "" {
		level = access.Green
	}
	if p.Status != protect.Canary {
		level = access.Narrower(level, a.TLP)
	}
	return r.Reach.Admits(level)
}
