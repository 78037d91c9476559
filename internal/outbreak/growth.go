package outbreak

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// ahead is how far Reach looks.
const ahead = time.Hour

// follow counts hosts that are new in the outbreak's trend, and brings growth,
// reach and severity up to date once a minute of telemetry. It is done while
// folding only: what a pool answers depends on when it is asked.
func (r *record) follow(o Observation, more int) {
	if r.pool == nil {
		return
	}
	r.pool.Advance(o.At)
	r.pool.Add(o.voice(), o.At, more)
	if minute := o.At.Truncate(time.Minute); minute.After(r.asked) {
		r.asked = minute
		r.ask()
		r.weighHosts()
	}
}

// robust is how many partners must have a part in a growth that is certain: no
// two of them can make it.
const robust = 3

// ask takes growth and reach from the pool. That it grows for certain is said
// only where no two partners' counts make it so.
func (r *record) ask() {
	growth, _, rising := r.pool.Rising(robust)
	r.growth, r.reach = growthOf(growth, rising), nil
	if r.growth != nil {
		hosts, partners := r.pool.Reach(ahead)
		r.reach = &Reach{Hosts: Interval(hosts), Partners: Interval(partners), At: growth.At}
	}
}

// growthOf is nil where nothing is known.
func growthOf(t trend.Growth, certain bool) *Growth {
	if t.At.IsZero() {
		return nil
	}
	g := &Growth{Rate: Interval(t.Rate), Settled: t.Settled && certain, At: t.At}
	if certain && t.Doubling.Mid > 0 {
		doubling := Interval(t.Doubling)
		g.Doubling = &doubling
	}
	return g
}

// weighHosts brings up to date what follows from the rest.
func (r *record) weighHosts() {
	counts := make([]int, 0, len(r.sources))
	for _, n := range r.sources {
		if n > 0 {
			counts = append(counts, n)
		}
	}
	if r.live.Growth, r.live.Reach = r.growth, r.reach; r.growth == nil {
		r.live.Growth = r.inflow
	}
	r.live.Critical = critical(r.live.Sectors)
	r.live.Severity = severity(&r.live, typicalHosts(counts))
}
