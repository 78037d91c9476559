package edge

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// station is an Outlet with what is on its way there, what is in force there,
// and what the hub knows of it. All but run belongs to the enforcer's goroutine:
// a slow outlet holds up no other, nor the reading of what the hub decides.
type station struct {
	Placed
	stops *stops // shared with the enforcer
	log   *slog.Logger
	jobs  chan job

	busy    bool // an update is under way
	resting bool // it failed, and is tried again at the next beat
	anew    bool // the next update begins anew
	waiting bool // there is something to tell it
	come    map[observable.Value]protect.Protection
	gone    map[observable.Value]protect.Protection
	wanted  map[observable.Value]protect.Protection // what the enforcer has in force, shared
	pause   time.Time                               // a large file is not written again before
	beats   int

	carries map[observable.Value]string // protections by id, as of the last Apply that succeeded
	problem string                      // why Apply has failed since; "" if it has not
	told    map[string]word             // what the hub has acknowledged, by protection
	due     map[string]observable.Value // protections whose word may differ from what was told
	orphans []string                    // told to be in force and ended while the edge was away: gone once it was applied anew
}

// job is an update to apply, or only to look whether the last one still holds.
type job struct {
	update feed.Update
	look   bool
}

func (j job) do(ctx context.Context, o Outlet) error {
	if !j.look {
		return o.Apply(ctx, j.update)
	}
	if w, ok := o.(Watched); ok {
		return w.Check(ctx)
	}
	return nil
}

// outcome is how a job went.
type outcome struct {
	station *station
	job
	err  error
	took time.Duration
}

func newStation(o Placed, kept remembered, now *stops, log *slog.Logger) *station {
	s := &station{
		Placed: o, stops: now, log: log, jobs: make(chan job),
		anew: true, carries: map[observable.Value]string{}, told: map[string]word{}, due: map[string]observable.Value{},
		come: map[observable.Value]protect.Protection{}, gone: map[observable.Value]protect.Protection{},
	}
	maps.Copy(s.told, kept.Told[o.Name()])
	known := map[string]struct{}{}
	for _, p := range kept.Protections.byAge() {
		known[p.ID] = struct{}{}
		if s.told[p.ID].InForce {
			s.carries[p.Value] = p.ID
		}
	}
	for id, w := range s.told {
		if _, still := known[id]; w.InForce && !still {
			s.orphans = append(s.orphans, id)
		}
	}
	return s
}

// run applies one update after the other.
func (s *station) run(ctx context.Context, results chan<- outcome) {
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-s.jobs:
			began := time.Now()
			o := outcome{station: s, job: j, err: j.do(ctx, s.Outlet)}
			o.took = time.Since(began)
			select {
			case results <- o:
			case <-ctx.Done():
			}
		}
	}
}

// refuses is why a protection in force elsewhere on this edge is not here.
func (s *station) refuses(p protect.Protection) string {
	if reason := s.Policy.refuses(p); reason != "" {
		return reason
	}
	return s.stops.halt(p, s.Name())
}

// carry says whether the outlet is to be given a protection that is in force on
// this edge.
func (s *station) carry(p protect.Protection) bool { return s.able(p) && s.refuses(p) == "" }

// able says whether the outlet's engine knows what to do with it.
func (s *station) able(p protect.Protection) bool {
	selective, some := s.Outlet.(Selective)
	return !some || selective.Refuses(p) == ""
}

// restAfter is the least time that an outlet which writes whole files takes for
// it to be spared: it then rests three times as long.
const restAfter = 100 * time.Millisecond

// applied notes how an update went.
func (s *station) applied(ctx context.Context, o outcome) {
	s.busy = false
	if o.err != nil {
		s.anew, s.waiting = true, true
		if ctx.Err() != nil {
			return // it was not the outlet that failed
		}
		if o.look { // what is in force again in a moment is no news for the hub
			s.log.Warn("what was in force is put in force again", "outlet", s.Name(), "reason", o.err)
			return
		}
		if s.resting = true; s.problem == "" {
			s.log.Error("protections could not be put in force, will be tried again", "outlet", s.Name(), "error", o.err)
			s.problem = printable(o.err.Error())
			s.allDue()
		}
		return
	}
	if o.look {
		return
	}
	if _, whole := s.Outlet.(Whole); whole && o.took > restAfter {
		s.pause = time.Now().Add(3 * o.took)
	}
	if s.problem != "" {
		s.log.Info("protections are in force again", "outlet", s.Name())
		s.problem = ""
		s.allDue()
	}
	if o.update.Anew {
		s.allDue()
		for _, id := range s.orphans {
			s.due[id] = observable.Value{}
		}
		s.orphans = nil
		clear(s.carries)
		each(o.update.Set(), func(p protect.Protection) { s.carries[p.Value] = p.ID })
		s.allDue()
		return
	}
	for _, p := range o.update.Gone {
		s.replaced(p.Value, "")
	}
	for _, p := range o.update.Come {
		s.replaced(p.Value, p.ID)
	}
}

func (s *station) replaced(v observable.Value, id string) {
	if old, carried := s.carries[v]; carried {
		s.due[old] = v
	}
	if id == "" {
		delete(s.carries, v)
		return
	}
	s.carries[v] = id
	s.due[id] = v
}

func (s *station) allDue() {
	for v, id := range s.carries {
		s.due[id] = v
	}
	for v, p := range s.wanted {
		s.due[p.ID] = v
	}
}

// forgotten notes that the hub has lost what it was told.
func (s *station) forgotten() {
	clear(s.told)
	s.allDue()
}

func (s *station) acknowledged(id string, w word) {
	if w.said() {
		s.told[id] = w
	} else {
		delete(s.told, id)
	}
}
