package federation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Terms say what of another hub's is taken, and for whom it is here.
type Terms struct {
	// Communities are the other hub's that are taken, and the one here that each
	// stands for.
	Communities map[string]string
	// Level is the narrowest marking that is taken: clear, green or amber. Amber is
	// for who agreed that its members are one organisation's clients with the
	// other's; what is narrower is for the organisation that was told alone, and
	// never leaves it.
	Level access.TLP
}

// Validate says what is wrong with the terms.
func (t Terms) Validate() error {
	if !slices.Contains([]access.TLP{access.Clear, access.Green, access.Amber}, t.Level) {
		return fmt.Errorf("level %q: use clear, green or amber; what is marked narrower is not for others to hand on", t.Level)
	}
	if len(t.Communities) == 0 {
		return fmt.Errorf("communities: say which of the other hub's communities are taken, and for which one here")
	}
	for there, here := range t.Communities {
		if strings.ContainsAny(there+here, " \t\n") || there == "" || here == "" {
			return fmt.Errorf("communities: %.60q = %.60q: these are names without spaces", there, here)
		}
	}
	return nil
}

// String is the same for the same terms.
func (t Terms) String() string {
	words := []string{string(t.Level)}
	for _, there := range slices.Sorted(maps.Keys(t.Communities)) {
		words = append(words, there+"="+t.Communities[there])
	}
	return strings.Join(words, " ")
}

// Here is who may be told here of what there is for an audience, as the change
// stream says it. It is not taken if taken is false: it is marked narrower than the
// terms allow, or it is for a community that they do not name. What is CLEAR is for
// everybody anyway.
func (t Terms) Here(there string) (here access.Audience, taken bool) {
	a, err := access.ParseAudience(there)
	if err != nil || !t.allows(a.TLP) {
		return access.Audience{}, false
	}
	community, named := t.Communities[a.Community]
	switch {
	case named:
	case a.TLP == access.Clear:
		community = access.DefaultCommunity
	default:
		return access.Audience{}, false
	}
	return access.Audience{TLP: a.TLP, Community: community}, true
}

// allows says whether what is marked so is taken.
func (t Terms) allows(level access.TLP) bool {
	return level != "" && access.Narrower(level, t.Level) == t.Level
}
