package edge

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Policy is the partner's own word on what a hub may have put in force here. It
// holds whatever the hub says: a hub gone bad, or taken over, cannot make this
// edge block or redirect what its owner protects, nor block without measure.
type Policy struct {
	Protected []observable.Value // with the names below and above, and what overlaps
	MaxBlocks int                // in force at once; 0: DefaultMaxBlocks
}

// DefaultMaxBlocks bounds the blocks in force: more than day one of any outbreak
// has asked for, and less than what stops a network from working.
const DefaultMaxBlocks = 100_000

// bounds is a Policy made ready: the owner's list and the guards that need none.
type bounds struct {
	guards    []protect.Guard
	maxBlocks int
}

func newBounds(p Policy) bounds {
	return bounds{
		guards:    append([]protect.Guard{protect.NewAssets(p.Protected)}, protect.DefaultGuards()...),
		maxBlocks: cmp.Or(p.MaxBlocks, DefaultMaxBlocks),
	}
}

// sift parts what may be put in force from what may not, with the reasons by
// protection. Over the cap the earlier decisions stay: what floods the edge
// must not wash out what protects it.
func (b bounds) sift(known []protect.Protection) (allowed []protect.Protection, refused map[string]refusal) {
	slices.SortFunc(known, func(x, y protect.Protection) int {
		return cmp.Or(x.Decided.Compare(y.Decided), cmp.Compare(x.ID, y.ID))
	})
	refused = map[string]refusal{}
	blocks := 0
	for _, p := range known {
		var no refusal
		switch {
		case p.Polarity == protect.Observe:
		case p.Polarity == protect.MustResolve && p.Answer == "":
			// That a name resolves as it always did harms nobody.
		default:
			no = b.speaksAgainst(p.Value)
		}
		if p.Polarity == protect.Block && no.reason == "" {
			if blocks++; blocks > b.maxBlocks {
				no.reason = fmt.Sprintf("this edge has %d blocks in force, as many as its owner allows", b.maxBlocks)
			}
		}
		if no.reason == "" {
			allowed = append(allowed, p)
		} else {
			refused[p.ID] = no
		}
	}
	return allowed, refused
}

// refusal is why something is not put in force.
type refusal struct {
	reason string // for the edge's own log
	owner  bool   // it stands on the owner's list
}

// forHub is what the hub is told: the owner's list stays here.
func (r refusal) forHub() string {
	if r.owner {
		return "this edge's owner does not allow it"
	}
	return r.reason
}

// speaksAgainst is why a value must not be blocked or redirected here; without a
// reason nothing does.
func (b bounds) speaksAgainst(v observable.Value) refusal {
	for _, g := range b.guards {
		if reason, bad := g.Check(v); bad {
			_, owner := g.(*protect.Assets)
			return refusal{reason, owner}
		}
	}
	return refusal{}
}
