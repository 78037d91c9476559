package attribution

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/stix"
)

// Policy is a decision rule: how many of which partners have to agree before a
// case's finding is theirs. It is fixed when the case is opened. Its text is
//
//	all of [identity--..., identity--...]
//	2 of [identity--..., identity--..., identity--...]
//
// Members are partner ids, since a vote is cast by a partner and names change.
type Policy struct {
	Quorum  int // 1 to the number of members
	Members []access.PartnerID
}

const maxMembers = 1000

// ParsePolicy reads a policy's text strictly: an empty group, a repeated
// member, a quorum of nought or above the number of members, and anything
// before or after are errors. Spaces may stand between words.
func ParsePolicy(text string) (Policy, error) {
	rest := strings.TrimLeft(text, " ")
	quorum, rest, ok := strings.Cut(rest, " ")
	if !ok {
		return Policy{}, policyError(text, "it has to read \"all of [...]\" or \"N of [...]\"")
	}
	rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " "), "of")
	if !ok {
		return Policy{}, policyError(text, "after %q there has to be \"of\"", quorum)
	}
	rest, opened := strings.CutPrefix(strings.TrimLeft(rest, " "), "[")
	list, after, closed := strings.Cut(rest, "]")
	if !opened || !closed || strings.Trim(after, " ") != "" {
		return Policy{}, policyError(text, "after \"of\" there has to be one group in brackets, and nothing after it")
	}
	if strings.Trim(list, " ") == "" {
		return Policy{}, policyError(text, "the group is empty")
	}
	var p Policy
	for member := range strings.SplitSeq(list, ",") {
		p.Members = append(p.Members, access.PartnerID(strings.Trim(member, " ")))
	}
	if quorum == "all" {
		p.Quorum = len(p.Members)
	} else {
		n, err := strconv.Atoi(quorum)
		if err != nil || strconv.Itoa(n) != quorum {
			return Policy{}, policyError(text, "%q is neither \"all\" nor a plain number", quorum)
		}
		p.Quorum = n
	}
	if err := p.Validate(); err != nil {
		return Policy{}, err
	}
	return p, nil
}

// Validate says what is wrong with the policy.
func (p Policy) Validate() error {
	if n := len(p.Members); n < 1 || n > maxMembers {
		return policyError("", "the group has %d members, 1 to %d are allowed", n, maxMembers)
	}
	seen := make(map[access.PartnerID]bool, len(p.Members))
	for _, m := range p.Members {
		if stix.TypeOfID(string(m)) != "identity" {
			return policyError("", "member %q is not a partner's id (\"identity--\" and a UUID)", m)
		}
		if seen[m] {
			return policyError("", "member %s is named twice", m)
		}
		seen[m] = true
	}
	if p.Quorum < 1 || p.Quorum > len(p.Members) {
		return policyError("", "%d of %d members can never be a quorum: use 1 to %d, or \"all\"", p.Quorum, len(p.Members), len(p.Members))
	}
	return nil
}

// String writes the policy as ParsePolicy reads it.
func (p Policy) String() string {
	quorum := "all"
	if p.Quorum != len(p.Members) {
		quorum = strconv.Itoa(p.Quorum)
	}
	members := make([]string, len(p.Members))
	for i, m := range p.Members {
		members[i] = string(m)
	}
	return quorum + " of [" + strings.Join(members, ", ") + "]"
}

// MarshalText writes the policy's text.
func (p Policy) MarshalText() ([]byte, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return []byte(p.String()), nil
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

// clone shares no memory with the policy.
func (p Policy) clone() Policy {
	p.Members = slices.Clone(p.Members)
	return p
}

func policyError(text, format string, args ...any) error {
	reason := fmt.Sprintf(format, args...)
	if text == "" {
		return fmt.Errorf("%w: policy: %s", access.ErrInvalid, reason)
	}
	return fmt.Errorf("%w: policy %q: %s", access.ErrInvalid, text, reason)
}
