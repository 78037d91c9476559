package edge

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Policy is the partner's own word on what a hub may have put in force here. It
// holds whatever the hub says: a hub gone bad, or taken over, cannot make this
// edge block or redirect what its owner protects, nor block without measure.
type Policy struct {
	Protected []observable.Value // with the names below and above, and what overlaps
	MaxBlocks int                // and redirections in force at once; 0: DefaultMaxBlocks
}

// DefaultMaxBlocks bounds the blocks in force: more than day one of any outbreak
// has asked for, and less than what stops a network from working.
const DefaultMaxBlocks = 100_000

// bounds is a Policy made ready: the owner's list and the guards that need none.
type bounds struct {
	guards    []protect.Guard
	maxBlocks int
	verdicts  map[asked]refusal // of what was known the last time
}

func newBounds(p Policy) bounds {
	return bounds{
		guards:    append([]protect.Guard{protect.NewAssets(p.Protected)}, protect.DefaultGuards()...),
		maxBlocks: cmp.Or(p.MaxBlocks, DefaultMaxBlocks),
	}
}

// sift parts what may be put in force from what may not, with the reasons by
// protection. Over the cap the earlier decisions stay: what floods the edge
// must not wash out what protects it. What is not in force now takes no room.
func (b *bounds) sift(known []protect.Protection, now time.Time) (allowed []protect.Protection, refused map[string]refusal) {
	slices.SortFunc(known, func(x, y protect.Protection) int {
		return cmp.Or(x.Decided.Compare(y.Decided), cmp.Compare(x.ID, y.ID))
	})
	refused = map[string]refusal{}
	verdicts := make(map[asked]refusal, len(known))
	count := 0
	for _, p := range known {
		if p.Status != protect.Active || !p.Expires.IsZero() && !now.Before(p.Expires) {
			continue
		}
		one := asked{p.Value, p.Polarity, p.Answer != ""}
		no, judged := b.verdicts[one]
		if !judged {
			no = b.judge(one)
		}
		verdicts[one] = no
		if no.reason == "" && one.hinders() {
			if count++; count > b.maxBlocks {
				no.reason = fmt.Sprintf("this edge has %d blocks in force, as many as its owner allows", b.maxBlocks)
			}
		}
		if no.reason == "" {
			allowed = append(allowed, p)
		} else {
			refused[p.ID] = no
		}
	}
	b.verdicts = verdicts
	return allowed, refused
}

// asked is what the guards judge.
type asked struct {
	observable.Value
	polarity protect.Polarity
	answered bool // a must-resolve with an address of its own
}

// hinders says that somebody who asks for the value does not get what they
// would without Tocsin: a block, or a name that is sent elsewhere.
func (a asked) hinders() bool {
	return a.polarity == protect.Block || a.polarity == protect.MustResolve && a.answered
}

// judge asks the guards. They compare values in their normal form, and so does
// what puts them in force: one that comes in another form is none.
func (b *bounds) judge(a asked) refusal {
	normal, err := observable.New(a.Type, a.Text)
	if err != nil {
		return refusal{reason: err.Error()}
	}
	if normal != a.Value {
		return refusal{reason: fmt.Sprintf("%q is not written as %s is", a.Text, normal.Text)}
	}
	if _, ok := normal.Host(); !ok && normal.Type == observable.URL {
		return refusal{reason: "it cannot be told whose the URL is"}
	}
	if !a.hinders() {
		return refusal{} // that a name resolves as it always did harms nobody
	}
	for _, g := range b.guards {
		if reason, bad := g.Check(normal); bad {
			_, owner := g.(*protect.Assets)
			return refusal{reason, owner}
		}
	}
	return refusal{}
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
