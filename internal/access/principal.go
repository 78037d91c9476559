package access

import (
	"fmt"
	"slices"
	"time"
)

// Principal is who asks: a person or a program of one partner.
type Principal struct {
	Partner     PartnerID
	Role        Role
	Communities []string    // of which its partner is a member
	ClientOf    []PartnerID // partners that list its own as their client
	Token       string      // the id of the token that it came with
	Person      string      // the id of the person that it is; empty: a program
	Scopes      []Scope     // what the token is confined to; none: everything that the role allows
	Expires     time.Time   // when the token stops working; zero: never
	// Guest says that it belongs to no organisation: it reads what the
	// communities make public, up to GREEN.
	Guest bool
	// Since is how long it has belonged to the communities, and been the
	// client, other than from the beginning.
	Since Since
}

// Visitor is a guest of the default community.
var Visitor = Principal{Role: Viewer, Communities: []string{DefaultCommunity}, Guest: true}

// AtLeast says whether the principal may do what needs the role.
func (p Principal) AtLeast(needed Role) bool {
	return slices.Index(roles, p.Role) >= slices.Index(roles, needed) && p.Role != ""
}

// Actor is whom the ledger names for what the principal does: its partner, or
// the hub for an administrator of none.
func (p Principal) Actor() string {
	if p.Partner == "" {
		return Hub
	}
	return string(p.Partner)
}

// By is whom the audit names for what the principal does: the person, or the
// token of a program.
func (p Principal) By() string {
	if p.Person != "" {
		return p.Person
	}
	return p.Token
}

// CheckPartner fails with ErrForbidden unless the principal acts for a partner
// and has the role; what says what it wants to do.
func (p Principal) CheckPartner(what string, needed Role) error {
	if p.Partner == "" {
		return fmt.Errorf("%s: %w: a token of a partner is needed", what, ErrForbidden)
	}
	return p.check(what, needed)
}

func (p Principal) check(what string, needed Role) error {
	if !p.AtLeast(needed) {
		return fmt.Errorf("%s: %w: role %s is needed, the token has %q", what, ErrForbidden, needed, p.Role)
	}
	return nil
}

// MaySee is the release rule. owner is the partner that contributed what
// carries the audience: it always sees its own. The definitions of TLP 2.0
// (FIRST, 2022) speak of people who were handed something and of whom they may
// hand it on to; a hub hands it to all of them itself. Each level is read so:
//
//   - RED, "for the eyes and ears of individual recipients only": the partners
//     that the contribution names. Without a name it is its owner's alone.
//   - AMBER+STRICT, "restricts sharing to the organization only": the
//     recipients are the community's named members, each with everyone who acts
//     for it. Nobody else: no guest, and no client.
//   - AMBER, "within their organization and its clients": those, and the
//     clients that the owner has listed. That TLP lets another member pass it
//     on to clients of its own "on a need-to-know basis" is for that member to
//     judge, piece by piece; a list cannot, and a member must not open to
//     others what somebody else shared.
//   - GREEN, "within their community": the community with its guests; and,
//     since no level may tell less than a narrower one, the owner's clients.
//   - CLEAR, "no limit on disclosure": anyone.
func (p Principal) MaySee(owner PartnerID, a Audience) bool {
	if a.TLP == "" {
		return false
	}
	if p.Partner != "" && p.Partner == owner {
		return true
	}
	member := slices.Contains(p.Communities, a.Community)
	client := owner != "" && slices.Contains(p.ClientOf, owner)
	switch a.TLP {
	case Clear:
		return true
	case Green:
		return member || client
	case Amber:
		return member && !p.Guest || client
	case AmberStrict:
		return member && !p.Guest
	case Red:
		return p.Partner != "" && slices.Contains(a.Recipients, p.Partner)
	}
	return false
}
