package outbreak

import (
	"math"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// maxCount is the largest count of sightings that one finding is believed.
const maxCount = 1 << 20

// surge counts a sighting of a known indicator in the charts that the partner
// has of it: always in the value's own, and, where the indicator stands for a
// campaign, in the campaign's as well, which sums all of its indicators. So that
// a campaign becomes known can add an alarm, and takes none away: no chart
// begins anew by it.
func (s *State) surge(from access.PartnerID, r *sighting.Report, seen *sighting.Sighting, p point) {
	s.chart(Subject{Kind: Surge, Value: seen.Value}, from, r, seen, p)
	if campaign := s.campaigns.of(seen.Of); campaign != "" {
		s.bind(from, r, seen, campaign)
		s.chart(Subject{Kind: Surge, Name: campaign}, from, r, seen, p)
	}
}

// chart counts a sighting in the partner's own chart of a subject, and says so to
// the subject while the chart signals. The chart begins when the partner and the
// hub both could have seen it: bins without a sighting since then are zeros, and
// what was just heard of for the first time is no surge.
func (s *State) chart(about Subject, from access.PartnerID, r *sighting.Report, seen *sighting.Sighting, p point) {
	ev, a := s.account(about, from)
	a.place(r)
	if ev.since.IsZero() {
		ev.since = later(p.at, s.latest.Add(-s.cfg.Window))
	}
	if a.chart == nil {
		a.chart = trend.NewSurge(trend.SurgeConfig{})
		a.chart.Advance(later(ev.since, s.contributor(from).since))
	}
	if p.at.Before(ev.since) {
		return // of a time when nobody looked for it: no rate can be told
	}
	if !a.chart.Add(p.at, min(seen.Count, maxCount)) {
		return
	}
	p.first, p.alone = later(p.first, a.chart.Since()), false
	s.weigh(ev, a, p, min(seen.Hosts, maxHosts))
}

// surges is how many voices have to signal of those that see the subject: more
// than chance makes of them. A chart of counts signals by chance about every 900
// bins of ten minutes and then for some bins (D. Siegmund's approximation of the
// one-sided run length at h = 5, k = 0.5, from memory), so that of n voices about
// n/50 have signalled within an hour; five standard deviations above that are
// asked, and never fewer than of other evidence.
func (c Config) surges(ev *evidence) Config {
	voices := make(map[string]struct{}, len(ev.byPartner))
	for _, a := range ev.byPartner {
		voices[a.voice] = struct{}{}
	}
	chance := float64(len(voices)) / 50 * max(1, float64(c.Window)/float64(time.Hour))
	c.Partners = max(c.Partners, int(math.Ceil(chance+5*math.Sqrt(chance))))
	return c
}
