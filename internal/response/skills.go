package response

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// KindSkillsDeclared is the entry by which a partner says what it can do; its body
// is Skills. It replaces what the partner said before, as a whole.
const KindSkillsDeclared ledger.Kind = "skills.declared"

const maxSkills = 64 // of one partner, or asked for at once

// UsualSkills are what forms offer; the vocabulary is open.
func UsualSkills() []string {
	return []string{
		"malware-analysis", "reverse-engineering", "threat-intelligence", "dns-sinkholing", "network-telemetry", "takedown",
		"forensics", "incident-response", "patching", "recovery", "industrial-control", "legal", "law-enforcement", "press", "translation",
	}
}

// Skills are what a partner says that it can do: words of small letters, digits
// and '-'.
type Skills struct {
	Skills []string `json:"skills"`
}

// Skilled is a partner with its skills.
type Skilled struct {
	Partner  access.PartnerID `json:"partner"`
	Skills   []string         `json:"skills"` // sorted
	Declared time.Time        `json:"declared"`
	audience access.Audience
}

// DeclareSkills is the draft of what a partner can do from now on, for the
// default community.
func (s *State) DeclareSkills(by access.Principal, sk Skills) (ledger.Draft, error) {
	const what = "declare skills"
	if err := by.CheckPartner(what, access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	if err := checkList("skills", sk.Skills, maxSkills, isSector, "a word of small letters, digits and '-', such as "+UsualSkills()[0]); err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	sk.Skills = slices.Sorted(slices.Values(sk.Skills))
	return draft(KindSkillsDeclared, by, sk)
}

// Skilled are the partners that have all of these skills and that the principal
// may know of, in the order of their ids. Without any, all that have some.
func (s *State) Skilled(p access.Principal, with ...string) []Skilled {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []Skilled{}
	for id, has := range s.calls.skills {
		if _, present := s.calls.partners.Partner(id); !present || !p.MaySee(id, has.audience) || len(has.Skills) == 0 {
			continue
		}
		if !slices.ContainsFunc(with, func(skill string) bool { return !slices.Contains(has.Skills, skill) }) {
			has.Skills = slices.Clone(has.Skills)
			list = append(list, has)
		}
	}
	slices.SortFunc(list, func(a, b Skilled) int { return cmp.Compare(a.Partner, b.Partner) })
	return list
}

// declared folds; what no partner could have declared is void.
func (c *calls) declared(e ledger.Entry, sk Skills) {
	id := access.PartnerID(e.Actor)
	audience, err := access.ParseAudience(e.Audience)
	if err != nil || !isPartner(e.Actor) || checkList("skills", sk.Skills, maxSkills, isSector, "") != nil {
		return
	}
	c.skills[id] = Skilled{Partner: id, Skills: slices.Sorted(slices.Values(sk.Skills)), Declared: e.Time, audience: audience}
}
