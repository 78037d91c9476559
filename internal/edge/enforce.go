package edge

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/mark"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// enforcer follows the hub's decisions, puts them in force and tells the hub
// what is. When the hub is away the last known ones stay in force until they
// expire. It belongs to one goroutine, but for done.
type enforcer struct {
	client  *client.Client
	index   *match.Index
	clock   func() time.Time
	log     *slog.Logger
	away    away
	memory  memory
	partner access.Partner
	before  map[string]struct{} // protections that were known when the edge last ran: looked back for then

	outlets   []*outlet
	known     map[observable.Value]protect.Protection // decided and not ended
	forgetful bool                                    // its memory could not be saved the last time
	changed   bool                                    // known is not what was last put in force
	set       feed.Set                                // what was
	bounds    bounds                                  // what the owner lets be put in force
	refused   map[string]refusal                      // by protection: why the owner does not
	matched   map[string]match.Indicator              // of the set, by protection
	added     func([]match.Indicator)                 // is told what is matched from now on
	shown     atomic.Pointer[map[string]protect.Protection]

	at         stream.Mark       // the last line of the stream that known holds
	unreadable bool              // the last stream ended at once, with a line that cannot be right
	done       mark.Mark[uint64] // up to which line the hub has the receipts
	watching   mark.Mark[uint64] // 1 once telemetry is matched against what the hub decided
}

// outlet is an Outlet, what is in force there, and what the hub knows of it.
type outlet struct {
	Outlet
	carries map[string]struct{} // protections, as of the last Apply that succeeded
	problem string              // why Apply has failed since; "" if it has not
	told    map[string]word     // what the hub has acknowledged, by protection
}

// word is what an outlet has to say about a protection.
type word struct {
	InForce bool   `json:"in_force"`
	Problem string `json:"problem,omitempty"`
}

func newEnforcer(cfg Config, index *match.Index, kept remembered) *enforcer {
	f := &enforcer{
		client: cfg.Client, index: index, clock: cfg.Clock, log: cfg.Logger, memory: memory{cfg.StateDir}, partner: kept.Partner,
		known: map[observable.Value]protect.Protection{}, matched: map[string]match.Indicator{}, at: kept.Position,
		bounds: newBounds(cfg.Policy), before: map[string]struct{}{},
		away: away{log: cfg.Logger, stays: "protections stay in force"},
	}
	for _, p := range kept.Protections {
		f.known[p.Value] = p
		f.before[p.ID] = struct{}{}
	}
	for _, o := range cfg.Outlets {
		one := &outlet{Outlet: o, carries: map[string]struct{}{}, told: map[string]word{}}
		maps.Copy(one.told, kept.Told[o.Name()])
		for id, w := range one.told {
			if w.InForce {
				one.carries[id] = struct{}{}
			}
		}
		f.outlets = append(f.outlets, one)
	}
	return f
}

// due says whether something has expired, or an outlet has to be tried again.
func (f *enforcer) due() bool {
	until := f.set.Until()
	return !until.IsZero() && !f.clock().Before(until) ||
		slices.ContainsFunc(f.outlets, func(o *outlet) bool { return o.problem != "" })
}

// settle puts in force what has changed, then tells the hub, then remembers.
// What the hub could not be told is told the next time.
func (f *enforcer) settle(ctx context.Context) error {
	if f.changed {
		f.enforce(ctx)
	}
	err := f.confirm(ctx)
	kept := remembered{Partner: f.partner, Position: f.at, Protections: slices.Collect(maps.Values(f.known)), Told: map[string]map[string]word{}}
	for _, o := range f.outlets {
		kept.Told[o.Name()] = o.told
	}
	failed := f.memory.save(kept)
	if failed != nil {
		// Without its memory the edge protects as well, and asks more after a restart.
		if !f.forgetful {
			f.log.Error("the edge cannot remember how far it is", "error", failed)
		}
	}
	f.forgetful = failed != nil
	if err == nil {
		f.done.Raise(f.at.N)
	}
	return err
}

// enforce makes what is known and has not expired the state of every outlet.
func (f *enforcer) enforce(ctx context.Context) {
	allowed, refused := f.bounds.sift(slices.Collect(maps.Values(f.known)), f.clock())
	fresh := 0
	for id, no := range refused {
		if _, before := f.refused[id]; before {
			continue
		}
		if fresh++; fresh <= maxRefusalsLogged {
			f.log.Warn("the hub asks for what this edge's owner does not allow", "protection", id, "reason", no.reason)
		}
	}
	if fresh > maxRefusalsLogged {
		f.log.Warn("the hub asks for more that this edge's owner does not allow", "protections", fresh-maxRefusalsLogged)
	}
	f.refused = refused
	f.set = feed.Effective(allowed, f.clock())
	f.changed = false
	added := f.watch()
	f.watching.Raise(1)
	for _, o := range f.outlets {
		err := o.Apply(ctx, f.set)
		switch {
		case err == nil:
			if o.problem != "" {
				f.log.Info("protections are in force again", "outlet", o.Name())
			}
			o.problem, o.carries = "", carried(f.set)
		case ctx.Err() != nil:
			f.changed = true // it was not the outlet that failed
		default:
			if o.problem == "" {
				f.log.Error("protections could not be put in force, will be tried again", "outlet", o.Name(), "error", err)
			}
			o.problem = printable(err.Error())
		}
	}
	f.added(added) // looking back takes time, which protecting has first
}

// maxRefusalsLogged is how many refusals are told one by one.
const maxRefusalsLogged = 10

// each calls do for every protection of a set.
func each(s feed.Set, do func(protect.Protection)) {
	for _, list := range [][]protect.Protection{s.MustResolve(), s.Blocks(), s.Observed()} {
		for _, p := range list {
			do(p)
		}
	}
}

func carried(s feed.Set) map[string]struct{} {
	ids := map[string]struct{}{}
	each(s, func(p protect.Protection) { ids[p.ID] = struct{}{} })
	return ids
}

// watch has the set matched against telemetry, so that the partner's sightings
// of it reach the others, and returns what was not matched before. A blocked
// domain stands for the names below it, too, as it does in the outlets.
func (f *enforcer) watch() (added []match.Indicator) {
	next, shown := map[string]match.Indicator{}, map[string]protect.Protection{}
	each(f.set, func(p protect.Protection) {
		next[p.ID] = match.Indicator{ID: p.ID, Value: p.Value, Subdomains: p.Polarity == protect.Block}
		shown[p.ID] = p
	})
	f.shown.Store(&shown)
	for id, i := range next {
		if f.matched[id] != i {
			added = append(added, i)
		}
	}
	f.index.Add(added...)
	for id, i := range f.matched {
		if next[id] != i {
			f.index.Remove(i)
		}
	}
	f.matched = next
	return slices.DeleteFunc(added, func(i match.Indicator) bool {
		_, before := f.before[i.ID]
		return before
	})
}

// protection is one of those in force, for any goroutine.
func (f *enforcer) protection(id string) (p protect.Protection, ok bool) {
	if shown := f.shown.Load(); shown != nil {
		p, ok = (*shown)[id]
	}
	return p, ok
}
