package protect

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// marks are the levels at which automation decides, from the widest: a decision
// is marked as widely as the reports allow that it rests on.
var marks = []access.TLP{access.Green, access.Amber, access.AmberStrict}

// unheard is the level of what never counts for automation: a decision would
// tell of it. That is TLP:RED, and what another community than that of all
// partners shares.
const unheard = 3

// levelOf is the index in marks of what an audience allows, or unheard.
func levelOf(audience string) int {
	a, err := access.ParseAudience(audience)
	switch {
	case err != nil:
		return unheard
	case a.TLP == access.Clear:
		return 0
	case a.Community != access.DefaultCommunity:
		return unheard
	}
	if at := slices.Index(marks, a.TLP); at >= 0 {
		return at
	}
	return unheard
}

// told is the audience of a decision that is marked so; empty is green.
func told(tlp access.TLP) access.Audience {
	if tlp == "" {
		tlp = access.Green
	}
	return access.ToCommunity(tlp)
}

// audience is that of the entry of a new decision: of one that is held, the
// canary partners alone.
func (s *State) audience(p Protection) access.Audience {
	if p.Status != Canary {
		return told(p.TLP)
	}
	a := access.Audience{TLP: access.Red}
	for partner := range s.canaries {
		a.Recipients = append(a.Recipients, partner)
	}
	slices.Sort(a.Recipients)
	return a
}
