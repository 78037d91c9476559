package protect

import (
	"net/netip"
	"testing"

	"github.com/tocsin-project/tocsin/internal/warninglist"
)

// Who is refused is told what they can do instead, guard by guard.
func TestEveryRefusalHasARemedy(t *testing.T) {
	guards := append(Guards{newMustResolve(netip.Addr{}), Own{}, WarningLists{}, Popular{Ranks: &warninglist.Lists{}}, NewDeclaredAssets()}, DefaultGuards()...)
	general := remedy("")
	for _, name := range guards.Names() {
		if remedy(name) == general {
			t.Errorf("guard %s has no remedy of its own", name)
		}
	}
}

// A guard that a coordinator may overrule is one that names what partners or
// measure say; all others hold at export.
func TestFirmGuards(t *testing.T) {
	guards := append(Guards(DefaultGuards()), Popular{Ranks: &warninglist.Lists{}}, Own{}, NewDeclaredAssets(), WarningLists{})
	if got, want := len(guards.Firm()), len(DefaultGuards())+2; got != want {
		t.Errorf("%d firm guards %v, want %d", got, guards.Firm().Names(), want)
	}
	if len(guards) != len(DefaultGuards())+4 {
		t.Error("the guards themselves have changed")
	}
}
