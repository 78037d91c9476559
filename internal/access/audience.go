// Package access knows the partners, their tokens and roles, and holds the one
// release rule: may this principal see what this audience marks? Every way out
// of the hub asks MaySee and nothing else.
package access

import (
	"fmt"
	"slices"
	"strings"
)

// PartnerID is a partner's STIX identity id: "identity--" and a UUID.
type PartnerID string

// TLP is a level of the Traffic Light Protocol 2.0 (FIRST).
type TLP string

// The levels of TLP 2.0, from the widest to the narrowest. STIX 2.1's own
// "white" of TLP 1 is Clear.
const (
	Clear       TLP = "clear"
	Green       TLP = "green"
	Amber       TLP = "amber"
	AmberStrict TLP = "amber+strict"
	Red         TLP = "red"
)

var levels = []TLP{Clear, Green, Amber, AmberStrict, Red}

// ParseTLP reads a level as people and MISP tags write it: "TLP:AMBER+STRICT", "white".
func ParseTLP(s string) (TLP, error) {
	name := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "tlp:")
	if name == "white" {
		return Clear, nil
	}
	if !slices.Contains(levels, TLP(name)) {
		return "", fmt.Errorf("unknown TLP level %q: use clear, green, amber, amber+strict or red", s)
	}
	return TLP(name), nil
}

// Narrower is the narrower of two levels.
func Narrower(a, b TLP) TLP {
	return levels[max(slices.Index(levels, a), slices.Index(levels, b))]
}

// Audience says who may be told. The zero Audience is nobody: what carries it
// never leaves the hub but for an administrator's audit.
type Audience struct {
	TLP        TLP         `json:"tlp"`
	Community  string      `json:"community,omitempty"`  // whose members "the community" are
	Recipients []PartnerID `json:"recipients,omitempty"` // with TLP:RED, who is told beside the owner
}

// DefaultCommunity is the community that every partner belongs to.
const DefaultCommunity = "default"

// ToCommunity is the audience of what the default community shares at a level.
func ToCommunity(tlp TLP) Audience { return Audience{TLP: tlp, Community: DefaultCommunity} }

// String writes the audience as the ledger keeps it:
// "tlp community" and each recipient, separated by spaces; empty for the zero Audience.
func (a Audience) String() string {
	if a.TLP == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString(string(a.TLP) + " " + a.Community)
	for _, r := range a.Recipients {
		b.WriteString(" " + string(r))
	}
	return b.String()
}

// ParseAudience reads what String wrote.
func ParseAudience(s string) (Audience, error) {
	if s == "" {
		return Audience{}, nil
	}
	fields := strings.Split(s, " ")
	if len(fields) < 2 || !slices.Contains(levels, TLP(fields[0])) {
		return Audience{}, fmt.Errorf("unreadable audience %q", s)
	}
	a := Audience{TLP: TLP(fields[0]), Community: fields[1]}
	for _, r := range fields[2:] {
		if r == "" {
			return Audience{}, fmt.Errorf("unreadable audience %q: an empty recipient", s)
		}
		a.Recipients = append(a.Recipients, PartnerID(r))
	}
	return a, nil
}
