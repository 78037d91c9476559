package misp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/stix"
)

// Release says who may see an object, beside what its marking says.
type Release struct {
	TLP       access.TLP // "" as the submission says
	Community string     // "" for the submission's
	Alone     bool       // the submitter and nobody else, whoever the submission names
}

// String tells releases apart.
func (r Release) String() string { return fmt.Sprintf("%s %q %t", r.TLP, r.Community, r.Alone) }

// scope is what decides over the release of an element.
type scope struct {
	tagged access.TLP // the narrowest tlp: tag, "" if there is none
	widest access.TLP // what the distribution leaves, "" if all
	group  string     // the community of a sharing group
	alone  bool
	notes  []string // what could not be mapped
}

// within is the scope of an element that stands in another one.
func (s scope) within(m fields, opt Options) scope {
	s.notes = nil
	for _, name := range tagNames(m) {
		if tlp, err := access.ParseTLP(name); err == nil && strings.HasPrefix(strings.ToLower(strings.TrimSpace(name)), "tlp:") {
			s.tagged = narrower(s.tagged, tlp)
		}
	}
	switch d := m.text("distribution"); d {
	case "", "3", "5":
	case "0":
		s.alone = true
	case "1", "2":
		s.widest = narrower(s.widest, access.Green)
	case "4":
		s.sharingGroup(m, opt)
	default:
		s.alone = true
		s.notes = append(s.notes, fmt.Sprintf("distribution %.40q is unknown: only the submitter will see it", d))
	}
	return s
}

// sharingGroup narrows a scope to the community that stands for a group.
func (s *scope) sharingGroup(m fields, opt Options) {
	g := parse(m["SharingGroup"])
	id := cmp.Or(g.uuid("uuid"), g.text("uuid"))
	community := cmp.Or(opt.SharingGroups[id], opt.SharingGroups[g.text("name")], opt.SharingGroups[m.text("sharing_group_id")])
	if community != "" && (s.group == "" || s.group == community) {
		s.group = community
		s.widest = narrower(s.widest, access.AmberStrict)
		return
	}
	s.alone = true
	what := cmp.Or(g.text("name"), id, m.text("sharing_group_id"), "without a name")
	s.notes = append(s.notes, fmt.Sprintf("no community is given for the sharing group %.80q: only the submitter will see it; map it with sharing_groups=%.80s=COMMUNITY", what, cmp.Or(id, what)))
}

// release is what a scope comes to.
func (s scope) release(opt Options) Release {
	if s.alone {
		return Release{TLP: access.Red, Alone: true}
	}
	level := cmp.Or(s.tagged, opt.TLP)
	if s.widest != "" {
		level = narrower(level, s.widest)
	}
	return Release{TLP: level, Community: s.group}
}

// marking is the TLP marking that an object carries: that of the tags, or
// where the distribution is narrower than what the submission says, of that.
func (s scope) marking(opt Options) []string {
	r := s.release(opt)
	if s.tagged == "" && r.TLP == opt.TLP {
		return nil
	}
	return []string{stix.TLPMarking(string(r.TLP))}
}

func narrower(a, b access.TLP) access.TLP {
	if a == "" || b == "" {
		return cmp.Or(a, b)
	}
	return access.Narrower(a, b)
}

// tagNames are the names of an element's tags, each once.
func tagNames(m fields) []string {
	var names []string
	for _, raw := range m.list("Tag") {
		if name := strings.TrimSpace(parse(raw).text("name")); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
