package exercise

import (
	"math"

	"github.com/tocsin-project/tocsin/internal/epidemic"
)

// member is how one partner behaves in an exchange: drawn once from the seed, and
// the same under every way of sharing, so that ways differ in nothing else. The
// draws are there whether they are used or not, so that a partner which takes
// part at a share of one half does so at every higher share.
type member struct {
	takesPart bool
	detection float64 // seconds from its third infected host until it is flagged
	up, down  float64 // seconds of a push to the hub, and from it
	applied   float64 // seconds from a protection's arrival until it is in force
	alone     float64 // seconds from its own detection until its own people are done; infinite: never
	phase     float64 // of its polls, as a share of the period
}

// members draws all partners of a world. contacts is how many first contacts a
// detector needs on average to flag a scanning host.
func members(w *World, contacts float64) []member {
	d := w.scenario.Defence
	onAverage := contacts * w.scenario.Log.FlowSampling / w.scenario.Worm.ScansPerSecond
	list := make([]member, len(w.sites))
	for i := range list {
		r := epidemic.Stream(w.seed, streamMembers, uint64(i))
		m := member{takesPart: r.Float64() < d.TakingPart, phase: r.Float64()}
		m.detection = d.Detection.at(r.NormFloat64())
		if d.Detection.Median == 0 {
			m.detection = onAverage
		}
		m.up, m.down = d.Push.at(r.NormFloat64()), d.Push.at(r.NormFloat64())
		m.applied = d.Applied.at(r.NormFloat64())
		if m.alone = d.Alone.at(r.NormFloat64()); d.Alone.Median == 0 {
			m.alone = math.Inf(1)
		}
		list[i] = m
	}
	return list
}

// sends is when what a partner has at a time leaves it, and when it is at the
// hub, in seconds.
func (m *member) sends(way mode, at float64) (leaves, arrives float64) {
	if way.period == 0 {
		return at, at + m.up
	}
	leaves = m.poll(way, at)
	return leaves, leaves
}

// gets is when what the hub has at a time arrives at a partner, in seconds.
func (m *member) gets(way mode, at float64) float64 {
	if way.period == 0 {
		return at + m.down
	}
	return m.poll(way, at)
}

// poll is the partner's first poll that is not before a time.
func (m *member) poll(way mode, at float64) float64 {
	period := way.period.Seconds()
	phase := m.phase * period
	return phase + max(math.Ceil((at-phase)/period), 0)*period
}
