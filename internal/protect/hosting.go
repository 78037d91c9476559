package protect

import (
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Hosting refuses whole addresses and names of content networks and shared
// hosting, one of which serves thousands of sites: an address that an attacker's
// site resolves to there is everybody else's as well. It knows a small core of
// providers, as they publish their ranges; it stands in for no full list.
type Hosting struct{}

// Name is "hosting".
func (Hosting) Name() string { return "hosting" }

// Check implements Guard.
func (g Hosting) Check(v observable.Value) (string, bool) { return g.judge(v, targetOf(v)) }

func (Hosting) judge(_ observable.Value, t target) (string, bool) {
	if !t.whole {
		return "", false
	}
	if at, bad := hostingRanges.meets(t.prefix); bad {
		return fmt.Sprintf("%s is of a network (%s) where one address serves thousands of sites", t.prefix, at), true
	}
	if _, shared := hostingNames[strings.TrimPrefix(t.name, "www.")]; shared {
		return fmt.Sprintf("%s is a name under which a provider serves thousands of sites", t.name), true
	}
	return "", false
}
