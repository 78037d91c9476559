package access

import "slices"

// Within says whether a tells nobody whom b does not, whoever owns what carries
// them, and at no wider level, which also says how far those who are told may
// pass it on: what was told to b may be tightened to a. It goes by what is
// always so and not by who is a member today: every partner, and nobody else but
// guests and the hub's administrator, belongs to the default community.
// Directory.Narrows knows the members.
func (a Audience) Within(b Audience) bool {
	from, to := slices.Index(levels, a.TLP), slices.Index(levels, b.TLP)
	red := slices.Index(levels, Red)
	recipients := named(a.Recipients)
	alone := from < 0 || a.TLP == Red && len(recipients) == 0 // its owner's, whom every level tells
	switch {
	case a.TLP == "":
		return true // nobody's
	case b.TLP == "":
		return false
	case alone || b.TLP == Clear:
		return true
	case to < 0 || a.TLP == Clear:
		return false
	case to == red:
		return a.TLP == Red && !slices.ContainsFunc(recipients, func(r PartnerID) bool { return !slices.Contains(b.Recipients, r) })
	case b.Community == DefaultCommunity: // all partners
		return from >= to
	}
	return from < red && a.Community == b.Community && from >= to
}

// named are the recipients that are somebody.
func named(recipients []PartnerID) []PartnerID {
	return slices.DeleteFunc(slices.Clone(recipients), func(r PartnerID) bool { return r == "" })
}
