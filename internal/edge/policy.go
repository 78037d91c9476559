package edge

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
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

// OutletPolicy is what the owner lets one outlet put in force. What has to
// resolve always may: it outranks every block.
type OutletPolicy struct {
	Reach         feed.Reach // before whom the outlet puts what it holds; "" is feed.Internal
	DryRun        bool       // put nothing in force, say what would be
	MinConfidence int        // of blocks, when they were decided, 1 to 100
	People        bool       // only what people decided, nothing of the rule's
}

// refuses is why the outlet is not to be given a protection, or "".
func (o OutletPolicy) refuses(p protect.Protection) string {
	switch sure, reach := cmp.Or(p.Confidence, 100), cmp.Or(o.Reach, feed.Internal); {
	case !reach.Admits(cmp.Or(p.TLP, access.Green)):
		return fmt.Sprintf("it is marked TLP:%s, which is not for those whom this outlet serves (%s)", strings.ToUpper(string(p.TLP)), reach)
	case o.DryRun:
		return "dry run: it would be in force"
	case p.Polarity == protect.MustResolve:
		return ""
	case sure < o.MinConfidence:
		return fmt.Sprintf("its confidence is %d, and this outlet's owner asks for %d", sure, o.MinConfidence)
	case o.People && p.By == access.Hub:
		return "this outlet's owner lets people decide, and it was the rule"
	}
	return ""
}

// bounds is a Policy made ready: the owner's list, the guards that need none,
// and how much room there is.
type bounds struct {
	guards    protect.Guards // the owner's list is the first
	clock     func() time.Time
	maxBlocks int
	taken     map[observable.Value]struct{} // what hinders and was let pass
	over      int                           // that was refused for want of room
	logged    int                           // refusals since the last round
}

func newBounds(p Policy, clock func() time.Time) *bounds {
	return &bounds{
		guards: append([]protect.Guard{protect.NewAssets(p.Protected)}, protect.DefaultGuards()...), clock: clock,
		maxBlocks: cmp.Or(p.MaxBlocks, DefaultMaxBlocks), taken: map[observable.Value]struct{}{},
	}
}

// refuse says why a protection is not put in force here. Over the cap the
// earlier decisions stay: what floods the edge must not wash out what protects
// it. What is not in force now takes no room.
func (b *bounds) refuse(p protect.Protection) refusal {
	if !lives(p) || !p.Expires.IsZero() && !b.clock().Before(p.Expires) {
		return refusal{}
	}
	no := b.judge(p)
	if no.reason != "" || !hinders(p) {
		return no
	}
	// A kill switch is let through however full it is: without it the block of a
	// name above it would have no exception.
	if _, already := b.taken[p.Value]; already || p.Polarity == protect.MustResolve {
		return refusal{}
	}
	if len(b.taken) >= b.maxBlocks {
		b.over++
		return refusal{reason: fmt.Sprintf("this edge has %d blocks in force, as many as its owner allows", b.maxBlocks)}
	}
	b.taken[p.Value] = struct{}{}
	return refusal{}
}

// settle gives back the room of what is no longer in force, or hinders no more.
func (b *bounds) settle(u feed.Update) {
	for _, p := range u.Gone {
		delete(b.taken, p.Value)
	}
	for _, p := range u.Come {
		if !hinders(p) {
			delete(b.taken, p.Value)
		}
	}
}

// retry says whether there is room now for what was refused for want of it.
func (b *bounds) retry() bool {
	again := b.over > 0 && len(b.taken) < b.maxBlocks
	if again {
		b.over = 0
	}
	return again
}

// forget begins anew.
func (b *bounds) forget() {
	clear(b.taken)
	b.over = 0
}

// hinders says that somebody who asks for the value does not get what they
// would without Tocsin: a block, or a name that is sent elsewhere.
func hinders(p protect.Protection) bool {
	return p.Polarity == protect.Block || p.Polarity == protect.MustResolve && p.Answer != ""
}

// judge asks the guards. They compare values in their normal form, and so does
// what puts them in force: one that comes in another form is none.
func (b *bounds) judge(p protect.Protection) refusal {
	normal, err := observable.New(p.Type, p.Text)
	if err != nil {
		return refusal{reason: err.Error()}
	}
	if normal != p.Value {
		return refusal{reason: fmt.Sprintf("%q is not written as %s is", p.Text, normal.Text)}
	}
	if _, ok := normal.Host(); !ok && normal.Type == observable.URL {
		return refusal{reason: "it cannot be told whose the URL is"}
	}
	if !hinders(p) {
		return refusal{} // that a name resolves as it always did harms nobody
	}
	guard, reason := b.guards.Verdict(normal)
	return refusal{reason, guard == b.guards[0].Name()}
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
