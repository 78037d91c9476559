package edge

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/mark"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// enforcer puts the hub's decisions in force and tells the hub what is. When
// the hub is away the last known ones stay in force until they expire. It
// belongs to one goroutine, run's, which the follower, the stations and the
// teller send what they have; but for what says otherwise.
type enforcer struct {
	clock    func() time.Time
	log      *slog.Logger
	memory   *memory
	partner  access.Partner
	room     *allowance
	follower *follower
	teller   *teller
	stations []*station
	results  chan outcome

	known    *decided
	stops    *stops
	bounds   *bounds                                 // what the owner lets be put in force
	setting  sync.Mutex                              // guards live: outlets ask for its Set
	live     *feed.Live                              // what of known is in force
	inForce  map[observable.Value]protect.Protection // the same, as of the last Advance
	without  map[string]refusal                      // by protection: why it is not in force
	changed  bool                                    // there is something for live to do
	anew     bool                                    // live is another one than that inForce came from
	at       stream.Mark                             // the last line of the stream that known holds
	before   map[string]struct{}                     // protections that were known when the edge last ran: looked back for then
	index    *match.Index
	added    func([]match.Indicator) // is told what is matched from now on
	done     mark.Mark[uint64]       // up to which line the hub has the receipts
	watching mark.Mark[uint64]       // 1 once telemetry is matched against what the hub decided

	showing sync.RWMutex // guards shown, which any goroutine may ask
	shown   map[string]protect.Protection
}

func newEnforcer(cfg Config, index *match.Index, kept remembered, m *memory) *enforcer {
	f := &enforcer{
		clock: cfg.Clock, log: cfg.Logger, memory: m, partner: kept.Partner, index: index, at: kept.Position,
		results: make(chan outcome), known: kept.Protections, stops: newStops(kept.Partner.ID, kept.Stops),
		inForce: map[observable.Value]protect.Protection{}, without: map[string]refusal{},
		before: map[string]struct{}{}, shown: map[string]protect.Protection{}, changed: kept.Position.N > 0,
	}
	f.bounds = newBounds(cfg.Policy, cfg.Clock)
	f.room = &allowance{base: cfg.Memory}
	f.room.hold(len(f.known.latest))
	f.follower = newFollower(cfg, kept.Position, f.room)
	f.teller = newTeller(cfg.Client, cfg.Logger)
	for _, o := range cfg.Outlets {
		f.stations = append(f.stations, newStation(o, kept, f.stops, cfg.Logger))
	}
	f.live = feed.NewLive(f.refuse)
	for _, p := range f.known.byAge() {
		f.before[p.ID] = struct{}{}
		f.live.Take(p)
	}
	return f
}

// run works until the context ends, through every absence of the hub.
func (f *enforcer) run(ctx context.Context) error {
	var others sync.WaitGroup
	defer others.Wait()
	ctx, end := context.WithCancel(ctx)
	defer end()
	others.Go(func() { f.follower.run(ctx) })
	others.Go(func() { f.teller.run(ctx) })
	for _, s := range f.stations {
		others.Go(func() { s.run(ctx, f.results) })
	}
	beat := time.NewTicker(lookAgain)
	defer beat.Stop()
	for {
		f.step(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case a := <-f.follower.arrivals:
			f.arrived(a)
		case o := <-f.results:
			o.station.applied(ctx, o)
		case t := <-f.teller.told:
			f.acknowledged(t)
		case <-beat.C:
			f.setting.Lock()
			until := f.live.Until()
			f.setting.Unlock()
			f.changed = f.changed || f.at.N > 0 && !until.IsZero() && !f.clock().Before(until)
			for _, s := range f.stations {
				s.beat(ctx)
			}
		}
	}
}

// step does what there is to do: put in force, then tell, then say that it is done.
func (f *enforcer) step(ctx context.Context) {
	if f.changed {
		f.enforce()
	}
	idle := true
	for _, s := range f.stations {
		s.dispatch(ctx, f.snapshot)
		idle = idle && s.idle()
	}
	said := f.tell(ctx)
	if idle && said && f.at.N > 0 {
		f.done.Raise(f.at.N)
	}
}

// arrived notes what the hub has decided.
func (f *enforcer) arrived(a arrival) {
	if a.whole {
		f.relearned(a)
	} else {
		for _, p := range a.decisions {
			f.decided(p)
		}
		for _, s := range a.stops {
			f.stopped(s)
		}
	}
	f.room.hold(len(f.known.latest))
	f.at = a.at
	f.changed = f.changed || a.whole // the first answer of a hub, if only to say that nothing is in force
	f.remember(record{Decisions: a.decisions, Stops: a.stops, At: a.at, Whole: a.whole, Lost: a.forgotten})
}

func (f *enforcer) decided(p protect.Protection) {
	if f.known.take(p) {
		f.setting.Lock()
		f.live.Take(p)
		f.setting.Unlock()
		f.changed = true
	}
}

func (f *enforcer) stopped(s protect.Stop) {
	f.stops.take(s)
	f.setting.Lock()
	f.live.Reconsider()
	f.setting.Unlock()
	f.changed = true
	for _, one := range f.stations {
		one.reconsider()
	}
}

// relearned takes what was read from the beginning for what is known: what the
// hub no longer has goes out of force, and nothing before.
func (f *enforcer) relearned(a arrival) {
	f.known = newDecided()
	for _, p := range a.decisions {
		f.known.take(p)
	}
	f.stops.exchange(a.stops)
	f.bounds.forget()
	clear(f.without)
	f.setting.Lock()
	f.live = feed.NewLive(f.refuse)
	for _, p := range f.known.byAge() {
		f.live.Take(p)
	}
	f.setting.Unlock()
	f.anew = true
	for _, s := range f.stations {
		s.reconsider()
		if a.forgotten {
			s.forgotten()
		}
	}
}

// refuse is the guard of what is put in force here at all.
func (f *enforcer) refuse(p protect.Protection) string {
	no := refusal{reason: f.stops.halt(p, "")}
	if no.reason == "" {
		no = f.bounds.refuse(p)
	}
	if no.reason == "" {
		return ""
	}
	f.refused(p, no)
	return no.reason
}

// snapshot is what is in force, for an outlet that needs the whole. An outlet may ask from its own goroutine.
func (f *enforcer) snapshot() feed.Set {
	f.setting.Lock()
	defer f.setting.Unlock()
	return f.live.Set()
}

// protection is one of those in force, for any goroutine.
func (f *enforcer) protection(id string) (p protect.Protection, ok bool) {
	f.showing.RLock()
	defer f.showing.RUnlock()
	p, ok = f.shown[id]
	return p, ok
}

// remember writes down what the edge has to know after a restart.
func (f *enforcer) remember(r record) {
	if err := f.memory.note(r, f.remembered); err != nil && !f.memory.failing {
		// Without its memory the edge protects as well, and asks more after a restart.
		f.log.Error("the edge cannot remember how far it is", "error", err)
		f.memory.failing = true
	} else if err == nil {
		f.memory.failing = false
	}
}

func (f *enforcer) remembered() remembered {
	kept := remembered{Partner: f.partner, Position: f.at, Protections: f.known, Stops: f.stops.list(), Told: map[string]map[string]word{}}
	for _, s := range f.stations {
		kept.Told[s.Name()] = s.told
	}
	return kept
}

// tell has the hub told what it does not know yet, and says whether there is
// nothing left to tell.
func (f *enforcer) tell(ctx context.Context) (said bool) {
	if f.teller.busy || f.at.N == 0 {
		return !f.teller.busy
	}
	var due []news
	for _, s := range f.stations {
		due = append(due, f.unsaid(s)...)
	}
	if len(due) == 0 {
		return true
	}
	f.teller.tell(ctx, due)
	return false
}

// acknowledged notes what the hub has been told.
func (f *enforcer) acknowledged(sent []news) {
	f.teller.busy = false
	r := record{At: f.at}
	for _, n := range sent {
		w := word{n.receipt.InForce, n.receipt.Problem}
		n.station.acknowledged(n.receipt.Protection, w)
		r.Told = append(r.Told, toldWord{n.station.Name(), n.receipt.Protection, w})
	}
	f.remember(r)
}
