package edge

import (
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// maxRefusalsLogged is how many refusals are told one by one.
const maxRefusalsLogged = 10

// enforce has live catch up and hands what changed to the stations and to what
// matches telemetry.
func (f *enforcer) enforce() {
	f.changed = false
	f.setting.Lock()
	u := f.live.Advance(f.clock())
	if u.Anew || f.anew {
		u, f.anew = f.compared(f.live.Set()), false
	}
	f.bounds.settle(u)
	if f.bounds.retry() {
		f.live.Reconsider()
		f.changed = true
	}
	f.setting.Unlock()
	for _, s := range f.stations {
		s.change(u, f.inForce)
	}
	added := f.match(u)
	for _, p := range u.Gone {
		delete(f.inForce, p.Value)
	}
	for _, p := range u.Come {
		f.inForce[p.Value] = p
		f.allowed(p.ID)
	}
	f.leftOut()
	f.bounds.logged = 0
	f.watching.Raise(1)
	f.added(added) // looking back takes time, which protecting has first
}

// compared turns a whole set into how it differs from what was in force.
func (f *enforcer) compared(set feed.Set) (u feed.Update) {
	still := make(map[observable.Value]struct{}, len(f.inForce))
	each(set, func(p protect.Protection) {
		still[p.Value] = struct{}{}
		if old, was := f.inForce[p.Value]; !was || old.ID != p.ID || !old.Decided.Equal(p.Decided) {
			u.Come = append(u.Come, p)
		}
	})
	for v, p := range f.inForce {
		if _, stays := still[v]; !stays {
			u.Gone = append(u.Gone, p)
		}
	}
	u.Set = func() feed.Set { return set }
	return u
}

// each calls do for every protection of a set.
func each(s feed.Set, do func(protect.Protection)) {
	for _, list := range [][]*protect.Protection{s.MustResolve(), s.Blocks(), s.Observed()} {
		for _, p := range list {
			do(*p)
		}
	}
}

// match has what is in force matched against telemetry, so that the partner's
// sightings of it reach the others, and returns what was not matched before. A
// blocked domain stands for the names below it, too, as it does in the outlets.
func (f *enforcer) match(u feed.Update) (added []match.Indicator) {
	f.showing.Lock()
	defer f.showing.Unlock()
	var gone []match.Indicator
	for _, p := range u.Gone {
		old, was := f.inForce[p.Value]
		if was {
			gone = append(gone, indicator(old))
			delete(f.shown, old.ID)
		}
	}
	var come []match.Indicator
	for _, p := range u.Come {
		old, was := f.inForce[p.Value]
		if was && indicator(old) != indicator(p) {
			gone = append(gone, indicator(old))
			delete(f.shown, old.ID)
		}
		if !was || indicator(old) != indicator(p) {
			come = append(come, indicator(p))
			if _, known := f.before[p.ID]; !known {
				added = append(added, indicator(p))
			}
		}
		f.shown[p.ID] = p
	}
	f.index.Add(come...)
	for _, i := range gone {
		f.index.Remove(i)
	}
	return added
}

func indicator(p protect.Protection) match.Indicator {
	return match.Indicator{ID: p.ID, Value: p.Value, Subdomains: p.Polarity == protect.Block && !p.Exact}
}

// refused notes why a protection is not put in force here.
func (f *enforcer) refused(p protect.Protection, no refusal) {
	if before, was := f.without[p.ID]; was && before == no {
		return
	}
	f.without[p.ID] = no
	for _, s := range f.stations {
		s.due[p.ID] = p.Value
	}
	if f.bounds.logged++; f.bounds.logged <= maxRefusalsLogged {
		f.log.Warn("the hub asks for what this edge's owner does not allow", "protection", p.ID, "reason", no.reason)
	}
}

func (f *enforcer) allowed(id string) { delete(f.without, id) }

// leftOut notes what must-resolve names outrank.
func (f *enforcer) leftOut() {
	f.setting.Lock()
	list := f.live.Left()
	f.setting.Unlock()
	for _, left := range list {
		if p := f.known.latest[left.Value]; lives(p) {
			if _, refused := f.without[p.ID]; !refused {
				f.without[p.ID] = refusal{reason: left.Reason}
				for _, s := range f.stations {
					s.due[p.ID] = p.Value
				}
			}
		}
	}
}
