package exercise

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/epidemic"
	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// independent is how many partners a trend has to rest on, as the hub has it
// (outbreak.Config.Partners); the estimator is as the hub makes it, too.
const independent = 3

// inbound is what partners see of the worm's scans from outside: how many
// sources are new at each, by equal spans of time, added up by the hub's own
// estimator. A partner with m monitored addresses meets a given infectious host
// within a span of B seconds with probability 1 - exp(-s m B / 2^32).
type inbound struct {
	world   *World
	way     mode
	members []member
	pool    *trend.Pool
	span    float64 // seconds of one count
	scale   float64 // infectious hosts of the Internet for each that is simulated
	sweeps  []float64
	history []span // of each span so far
	sum     span   // of the present one
	sites   []watcher
	uploads calendar
	asked   float64
	needs   int // partners that the trend has to rest on
}

// span is what the worm did in one span of time.
type span struct {
	infectious float64 // hosts, on average
	ever       float64 // hosts infected by its end
	steps      float64
}

// watcher is one partner that counts.
type watcher struct {
	name      string
	rng       *rand.Rand
	monitored float64 // addresses
	meets     float64 // chance to meet one infectious host in a span
	seen      float64 // infectious hosts met so far, of those simulated
	counted   int     // spans told so far
}

func newInbound(w *World, way mode, members []member) *inbound {
	d, n := w.scenario.Defence, w.scenario.Network
	in := &inbound{
		world: w, way: way, members: members, span: d.CountSeconds, scale: 1,
		pool: trend.NewPool(trend.PoolConfig{}), uploads: newCalendar(w.step.Seconds()),
		sites: make([]watcher, len(w.sites)), sweeps: sweeps(w), needs: independent,
	}
	if v := w.scenario.Worm.Vulnerable; v > 0 && w.susceptible > 0 {
		in.scale = v * (1 - n.Patched) / float64(w.susceptible)
	}
	for i := range in.sites {
		s, m := &in.sites[i], &members[i]
		s.monitored = n.Monitored * float64(w.sites[i].Hosts)
		if !m.takesPart || s.monitored == 0 {
			continue
		}
		s.name = "partner-" + strconv.Itoa(i)
		s.rng = epidemic.Stream(w.seed, streamCounts, uint64(i))
		in.warm(s)
		s.meets = -math.Expm1(-w.scenario.Worm.ScansPerSecond * s.monitored * in.span / addresses)
		in.plan(i, 0)
	}
	return in
}

// warm is how many spans before the story the hub has been running: it knows
// what is usual by then.
const warm = 256

// warm lets a site tell what it counted before the story.
func (in *inbound) warm(s *watcher) {
	for k := range warm {
		end := float64(k-warm+1) * in.span
		if n := epidemic.Poisson(s.rng, in.background(end)*s.monitored*in.span, maxCount); n > 0 {
			in.pool.Add(s.name, in.world.scenario.Start.Add(seconds(end)-time.Millisecond), n)
		}
	}
}

// only is one of the partners with an estimator of its own.
func (in *inbound) only(i int) *inbound {
	alone := *in
	alone.pool, alone.needs = trend.NewPool(trend.PoolConfig{}), 1
	alone.uploads = newCalendar(in.world.step.Seconds())
	alone.sites = make([]watcher, len(in.sites))
	s := in.sites[i]
	// The same partner draws the same counts, the hub's warming up included.
	s.rng = epidemic.Stream(in.world.seed, streamCounts, uint64(i))
	alone.warm(&s)
	alone.sites[i] = s
	alone.plan(i, 0)
	return &alone
}

// plan notes when what a site counts after a time is at the hub.
func (in *inbound) plan(i int, told float64) {
	_, arrives := in.members[i].sends(in.way, told+in.span)
	in.uploads.add(arrives, i)
}

// after takes in a step of the world, and says whether the trend rises: it gives
// the end of the last span that this rests on, in seconds.
func (in *inbound) after(now float64) (seen float64, ok bool) {
	in.sum.infectious += float64(in.world.epidemic.Infectious())
	in.sum.steps++
	for now >= float64(len(in.history)+1)*in.span-1e-6 {
		in.sum.ever = float64(in.world.epidemic.Infected())
		in.history = append(in.history, span{infectious: in.sum.infectious / max(in.sum.steps, 1), ever: in.sum.ever})
		in.sum = span{}
	}
	due := in.uploads.take(in.world.tick)
	for _, i := range due {
		in.upload(int(i), now)
	}
	if len(due) == 0 || now < in.asked+in.span {
		return 0, false
	}
	in.asked = now
	growth, _, ok := in.pool.Rising(in.needs)
	return growth.At.Sub(in.world.scenario.Start).Seconds(), ok
}

// upload tells the hub what a site has counted since it last did.
func (in *inbound) upload(i int, now float64) {
	s := &in.sites[i]
	sent := now
	if in.way.period == 0 {
		sent -= in.members[i].up
	}
	for ; s.counted < len(in.history) && float64(s.counted+1)*in.span <= sent+1e-6; s.counted++ {
		end := float64(s.counted+1) * in.span
		if n := s.count(in, &in.history[s.counted], end); n > 0 {
			// What was counted in a span belongs into it, not to its end.
			in.pool.Add(s.name, in.world.scenario.Start.Add(seconds(end)-time.Millisecond), n)
		}
	}
	in.plan(i, float64(s.counted)*in.span)
}

// count draws the new sources that a site sees in a span which ends at a time.
func (s *watcher) count(in *inbound, h *span, end float64) int {
	unseen := h.infectious
	if h.ever > 0 {
		unseen *= max(1-s.seen/h.ever, 0)
	}
	met := float64(epidemic.Poisson(s.rng, unseen*s.meets*in.scale, maxCount))
	s.seen += met / in.scale
	return int(met) + epidemic.Poisson(s.rng, in.background(end)*s.monitored*in.span, maxCount)
}

// background is what one monitored address sees without the worm, in new sources
// a second: a level that swings over the day, and sweeps.
func (in *inbound) background(end float64) float64 {
	n := in.world.scenario.Network
	day := 2 * math.Pi * end / 86400
	rate := n.Background / 3600 * (1 + n.DaySwing*math.Sin(day))
	for _, at := range in.sweeps {
		if end > at && end <= at+3600 {
			rate += 1.0 / 3600
		}
	}
	return rate
}

// sweeps draws when somebody scans every address once within an hour, from ever
// new sources, in seconds since the start.
func sweeps(w *World) []float64 {
	r := epidemic.Stream(w.seed, streamSweeps)
	length := w.scenario.Hours * 3600
	list := make([]float64, epidemic.Poisson(r, w.scenario.Network.Sweeps*w.scenario.Hours/24, 10_000))
	for i := range list {
		list[i] = r.Float64() * length
	}
	return list
}
