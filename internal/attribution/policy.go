package attribution

import (
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/quorum"
	"github.com/tocsin-project/tocsin/stix"
)

// Policy is a decision rule: which partners have to agree before a case's
// finding is theirs. It is fixed when the case is opened. Its text is that of
// quorum.Group, with partners' ids for members, since a vote is cast by a
// partner and names change; it stays as it was written, for statements repeat it.
type Policy struct {
	text  string
	group quorum.Group
}

// ParsePolicy reads a policy's text strictly; see quorum.Parse.
func ParsePolicy(text string) (Policy, error) {
	if len(text) > maxPolicy {
		return Policy{}, fmt.Errorf("%w: policy has %d bytes, at most %d are allowed", access.ErrInvalid, len(text), maxPolicy)
	}
	g, err := quorum.Parse(text, func(member string) error {
		if stix.TypeOfID(member) != "identity" {
			return errors.New("it is not a partner's id (\"identity--\" and a UUID)")
		}
		return nil
	})
	if err != nil {
		return Policy{}, fmt.Errorf("%w: policy %.200q: %w", access.ErrInvalid, text, err)
	}
	return Policy{text, g}, nil
}

// Validate says that there is a policy; one that was read is valid.
func (p Policy) Validate() error {
	if p.text == "" {
		return fmt.Errorf("%w: policy is missing: say who has to agree, such as \"all of [identity--..., identity--...]\"", access.ErrInvalid)
	}
	return nil
}

// String is the policy as it was written.
func (p Policy) String() string { return p.text }

// Group is the policy's outermost group.
func (p Policy) Group() quorum.Group { return p.group }

// Partners lists the partners that the policy names, each once, as they first stand.
func (p Policy) Partners() []access.PartnerID {
	leaves := p.group.Leaves()
	partners := make([]access.PartnerID, len(leaves))
	for i, leaf := range leaves {
		partners[i] = access.PartnerID(leaf)
	}
	return partners
}

// Satisfied says whether those for whom endorses is true are enough.
func (p Policy) Satisfied(endorses func(access.PartnerID) bool) bool {
	return p.group.Satisfied(func(leaf string) bool { return endorses(access.PartnerID(leaf)) })
}

// Equal says whether two policies are written alike.
func (p Policy) Equal(other Policy) bool { return p.text == other.text }

// MarshalText writes the policy's text.
func (p Policy) MarshalText() ([]byte, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return []byte(p.text), nil
}

// UnmarshalText is ParsePolicy.
func (p *Policy) UnmarshalText(text []byte) error {
	parsed, err := ParsePolicy(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}
