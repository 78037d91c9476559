package outbreak

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// maxFlows bounds the ports whose trend is followed: with a thousand partners
// each takes about a mebibyte. The one that the fewest voices report goes first,
// so that no few of them can push out what many see, however many partners they
// speak through.
const maxFlows = 256

// flow is the trend of what comes from elsewhere on one port, over all partners.
type flow struct {
	pool     *trend.Pool
	partners int       // that the pool keeps apart, which knows voices only
	asked    time.Time // the minute in which it was asked last
	voices   []string  // that make it rise, none of them needed; nil: it does not
	growth   trend.Growth
}

// add counts what a voice saw.
func (f *flow) add(voice string, at time.Time, n int) {
	f.pool.Add(voice, at, n)
	f.partners = f.pool.Partners()
}

// ask brings the answer up to date, and says whether other voices make it. It is
// asked while folding only, and once a minute of telemetry: what the pool answers
// depends on when it is asked.
func (f *flow) ask(at time.Time, k int) (others bool) {
	minute := at.Truncate(time.Minute)
	if !minute.After(f.asked) {
		return false
	}
	before := f.voices
	f.asked = minute
	f.growth, f.voices, _ = f.pool.Rising(k)
	return !slices.Equal(before, f.voices)
}

// rise is the growth as an outbreak has it.
func (f *flow) rise() *Growth {
	if f == nil {
		return nil
	}
	return growthOf(f.growth, f.voices != nil)
}

// makes says whether the voice is one of those that make the flow rise.
func (f *flow) makes(voice string) bool { return slices.Contains(f.voices, voice) }

// pour counts what one partner saw come from elsewhere. A flow begins when as
// many voices report the port as an alarm needs, with what was kept until then.
func (s *State) pour(ev *evidence, a *account, p point) {
	switch {
	case ev.flow != nil:
		ev.flow.add(a.voice, p.at, p.n)
	case s.begin(ev):
		var all []Observation
		for _, one := range ev.weighing {
			for _, p := range one.points {
				o := one.observation(p)
				o.Sources = p.n
				all = append(all, o)
			}
		}
		slices.SortFunc(all, compareObservations)
		for _, o := range all {
			ev.flow.add(o.voice(), o.At, o.Sources)
		}
	default:
		return
	}
	if ev.flow.ask(p.at, s.cfg.Partners) {
		s.regroup(ev.outbreak)
	}
}

// begin makes room for the flow of a port.
func (s *State) begin(ev *evidence) bool {
	if len(ev.voices) < s.cfg.Partners {
		return false
	}
	if len(s.flows) >= maxFlows {
		// All of them are asked at every report of a port that there is no room for.
		var least *evidence
		fewest := 0
		for _, other := range s.flows {
			if n := other.flow.partners; least == nil || n < fewest || n == fewest && compareSubjects(other.about, least.about) > 0 {
				least, fewest = other, n
			}
		}
		if len(ev.voices) < fewest || len(ev.voices) == fewest && compareSubjects(ev.about, least.about) > 0 {
			return false
		}
		s.unfollow(least)
	}
	ev.flow = &flow{pool: trend.NewPool(trend.PoolConfig{})}
	s.flows = append(s.flows, ev)
	return true
}

// unfollow forgets the flow of a port, if it has one.
func (s *State) unfollow(ev *evidence) {
	if ev.flow == nil {
		return
	}
	ev.flow = nil
	s.regroup(ev.outbreak)
	if i := slices.Index(s.flows, ev); i >= 0 {
		s.flows = slices.Delete(s.flows, i, i+1)
	}
}

// swelling is what counts of a flow that rises: the latest word of each voice
// that makes it rise.
func (e *evidence) swelling(limit time.Time) []Observation {
	if e.flow == nil || e.flow.voices == nil {
		return nil
	}
	makes := make(map[string]bool, len(e.flow.voices))
	for _, v := range e.flow.voices {
		makes[v] = true
	}
	var list []Observation
	for _, a := range e.weighing {
		if !makes[a.voice] {
			continue
		}
		for _, p := range slices.Backward(a.points) {
			if !p.at.After(limit) {
				if p.at.After(e.after) {
					list = append(list, a.observation(p))
				}
				break
			}
		}
	}
	return list
}
