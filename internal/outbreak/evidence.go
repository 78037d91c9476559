package outbreak

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// maxHosts is the largest count of hosts that is believed of one partner: the
// addresses of 10.0.0.0/8.
const maxHosts = 1 << 24

// evidence is what partners said about one subject.
type evidence struct {
	about     Subject
	byPartner map[access.PartnerID]*account
	weighing  []*account // of those the ones with points
	voices    tally      // of Inbound: of those that weigh, how many accounts
	outbreak  string     // the open outbreak that it belongs to
	after     time.Time  // observations up to then belong to an outbreak that is over
	disowned  bool       // a coordinator called that one a false alarm
	since     time.Time  // when it was first heard of
	flow      *flow      // of Inbound, once partners enough report it
}

// account is one partner's part of the evidence.
type account struct {
	of              *evidence
	from            *contributor
	partner         access.PartnerID
	sector, country string
	voice           string       // see voiceOf
	weighed         string       // the voice when it weighed last
	points          []point      // sorted by time, at most one a slot
	alone           bool         // one of them was said by a designated source
	sources         int          // the largest count of hosts
	disowned        int          // what it was when a coordinator called it a false alarm
	dark            int          // of Inbound: the last count of contacts with unused addresses
	chart           *trend.Surge // of a Surge

	older, newer *account // what the same partner used before and after it
}

// observations adds what counts for a new outbreak to a list: after the last one
// ended, and not after the limit unless it is zero.
func (e *evidence) observations(list []Observation, limit time.Time) []Observation {
	for _, a := range e.weighing {
		for _, p := range a.points {
			if p.at.After(e.after) && (limit.IsZero() || !p.at.After(limit)) {
				list = append(list, a.observation(p))
			}
		}
	}
	return list
}

// waits says that there is evidence dated after the limit.
func (e *evidence) waits(limit time.Time) bool {
	for _, a := range e.weighing {
		if n := len(a.points); n > 0 && a.points[n-1].at.After(limit) {
			return true
		}
	}
	return false
}

// enough says whether the evidence can satisfy the rule at all, whatever its
// times. It is asked after every report, and hardly ever says yes.
func (e *evidence) enough(c Config) bool {
	var first *account
	voices, sectors, countries := 0, false, false
	for _, a := range e.weighing {
		if a.alone {
			return true
		}
		switch {
		case first == nil:
			first, voices = a, 1
		case a.voice != first.voice:
			voices = 2
		}
		sectors = sectors || a.sector != first.sector
		countries = countries || a.country != first.country
	}
	need := min(c.Partners, c.Agreeing)
	return voices >= min(need, 2) && (sectors || c.Sectors < 2 || countries || c.Countries < 2)
}

func (a *account) observation(p point) Observation {
	return Observation{
		Partner: a.partner, Voice: a.voice, Sector: a.sector, Country: a.country,
		Since: p.first, At: p.at, Report: p.report, Sources: a.sources,
		Print: p.print, Alone: p.alone, Word: p.word, TLP: p.tlp, seq: p.seq,
	}
}

// forget drops a partner's part.
func (e *evidence) forget(a *account) {
	delete(e.byPartner, a.partner)
	if i := slices.Index(e.weighing, a); i >= 0 {
		e.weighing = slices.Delete(e.weighing, i, i+1)
		e.voices.add(a.voice, -1)
	}
}

// disown makes what was said so far worth nothing for another alarm. What goes
// on as it did is no new evidence either: see fresh.
func (e *evidence) disown() {
	e.disowned = true
	for _, a := range e.weighing {
		a.keep(nil)
		a.alone = false
	}
	e.weighing = nil
	clear(e.voices)
	for _, a := range e.byPartner {
		a.disowned = a.sources
	}
}

// fresh says whether an observation is new evidence after a false alarm: it
// began since, or its hosts are twice as many as then.
func (e *evidence) fresh(a *account, p point, hosts int) bool {
	return !e.disowned || p.word || p.first.After(e.after) || hosts >= 2*max(a.disowned, 1)
}
