package access

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Community is partners and what they agreed on sharing.
type Community struct {
	ID          string    `json:"id"` // a word, such as "health"
	Title       string    `json:"title"`
	Description string    `json:"description,omitzero"`
	Policy      string    `json:"policy,omitzero"`  // what its members agreed on, in prose
	Created     time.Time `json:"created,omitzero"` // when the ledger accepted it
}

// Membership is a partner's in a community.
type Membership struct {
	Community string    `json:"community"`
	Partner   PartnerID `json:"partner"`
}

const (
	maxTitle       = 256  // characters
	maxProse       = 8192 // bytes
	maxCommunities = 1000 // of a hub: each costs every release a little
)

// defaultCommunity is there from the beginning.
var defaultCommunity = Community{ID: DefaultCommunity, Title: "Community", Description: "Everyone who takes part"}

// NewCommunity returns the entry that founds a community, as yet of nobody.
func (d *Directory) NewCommunity(c Community) (Community, ledger.Draft, error) {
	refuse := func(err error) (Community, ledger.Draft, error) {
		return Community{}, ledger.Draft{}, fmt.Errorf("create community: %w", err)
	}
	c.Title, c.Created = strings.TrimSpace(c.Title), time.Time{}
	if !isWord(c.ID) {
		return refuse(fmt.Errorf("%w: the id %q is not a word of 2 to 64 small letters, digits and '-', such as health", ErrInvalid, c.ID))
	}
	if err := checkTitled(c.Title, c.Description); err != nil {
		return refuse(err)
	}
	if err := CheckProse("policy", c.Policy, maxProse, false); err != nil {
		return refuse(err)
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	if _, taken := d.communities[c.ID]; taken {
		return refuse(fmt.Errorf("%w: there is a community %s: choose another id", ErrConflict, c.ID))
	}
	if len(d.communities) >= maxCommunities {
		return refuse(fmt.Errorf("%w: there are %d communities, which is the most", ErrConflict, maxCommunities))
	}
	draft, err := draft(KindCommunityCreated, ofMembers(c.ID), c)
	return c, draft, err
}

// AddMember returns the entry that makes a partner a member; KindCommunityJoined.
func (d *Directory) AddMember(community string, partner PartnerID) (ledger.Draft, error) {
	is, err := d.member(community, partner)
	if err == nil && is {
		err = fmt.Errorf("%w: %s is a member of %s", ErrConflict, partner, community)
	}
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("join community: %w", err)
	}
	return draft(KindCommunityJoined, ofMembers(community), Membership{community, partner})
}

// RemoveMember returns the entry that ends a membership; KindCommunityLeft.
func (d *Directory) RemoveMember(community string, partner PartnerID) (ledger.Draft, error) {
	is, err := d.member(community, partner)
	switch {
	case err == nil && community == DefaultCommunity:
		err = fmt.Errorf("%w: every partner belongs to the community %s: dismiss the partner instead", ErrConflict, DefaultCommunity)
	case err == nil && !is:
		err = fmt.Errorf("%w: %s is not a member of %s", ErrNotFound, partner, community)
	}
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("leave community: %w", err)
	}
	return draft(KindCommunityLeft, ofMembers(community), Membership{community, partner})
}

func (d *Directory) member(community string, partner PartnerID) (bool, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if _, ok := d.communities[community]; !ok {
		return false, noCommunity(community)
	}
	if _, here := d.partners[partner]; !here {
		return false, fmt.Errorf("%w: no partner has the id %q", ErrNotFound, partner)
	}
	return slices.Contains(d.communitiesOf(partner), community), nil
}

func noCommunity(id string) error {
	return fmt.Errorf("%w: no community has the id %q", ErrNotFound, id)
}

// ofMembers is the audience of what concerns a community: the organisations
// that are its members.
func ofMembers(community string) Audience { return Audience{TLP: AmberStrict, Community: community} }

func checkTitled(title, description string) error {
	if err := CheckText("title", title, maxTitle); err != nil {
		return err
	}
	return CheckProse("description", description, maxProse, false)
}
