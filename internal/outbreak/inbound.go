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
	pool   *trend.Pool
	asked  time.Time // the minute in which it was asked last
	voices []string  // that make it rise, none of them needed; nil: it does not
	growth trend.Growth
}

// ask brings the answer up to date. It is asked while folding only, and once a
// minute of telemetry: what the pool answers depends on when it is asked.
func (f *flow) ask(at time.Time, k int) {
	if minute := at.Truncate(time.Minute); minute.After(f.asked) {
		f.asked = minute
		growth, voices, rising := f.pool.Rising(k)
		if f.growth, f.voices = growth, nil; rising {
			f.voices = voices
		}
	}
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
		ev.flow.pool.Add(a.voice, p.at, p.n)
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
			ev.flow.pool.Add(o.voice(), o.At, o.Sources)
		}
	default:
		return
	}
	ev.flow.ask(p.at, s.cfg.Partners)
}

// begin makes room for the flow of a port.
func (s *State) begin(ev *evidence) bool {
	if ev.voicesUpTo(s.cfg.Partners) < s.cfg.Partners {
		return false
	}
	if len(s.flows) >= maxFlows {
		// Counted by their pools, which know voices only: all of them are asked at
		// every report of a port that there is no room for.
		var least *evidence
		fewest := 0
		for _, other := range s.flows {
			if n := other.flow.pool.Partners(); least == nil || n < fewest || n == fewest && compareSubjects(other.about, least.about) > 0 {
				least, fewest = other, n
			}
		}
		if n := ev.voicesUpTo(fewest + 1); n < fewest || n == fewest && compareSubjects(ev.about, least.about) > 0 {
			return false
		}
		least.flow = nil
		delete(s.flows, least.about)
	}
	ev.flow = &flow{pool: trend.NewPool(trend.PoolConfig{})}
	s.flows[ev.about] = ev
	return true
}

// voicesUpTo counts those that the evidence is of, no further than it is asked.
func (e *evidence) voicesUpTo(most int) int {
	voices := tally{}
	for _, a := range e.weighing {
		if len(voices) >= most {
			break
		}
		voices.add(a.voice, 1)
	}
	return len(voices)
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
