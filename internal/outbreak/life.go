package outbreak

import (
	"maps"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// record is one outbreak: as its last entry has it, and as the evidence since
// then makes it.
type record struct {
	entry   Outbreak
	live    Outbreak
	sources map[access.PartnerID]int // each partner's largest count
	sum     int                      // of them
	told    int                      // hosts when the last entry was taken in (see hosts)
	public  public
	voices  map[string]struct{} // that said anything of it
	seen    lasting             // by the telemetry's clock
	heard   lasting             // by the hub's

	pool   *trend.Pool // of new hosts; nil in a rehearsal
	asked  time.Time   // the minute in which the pool was asked last
	growth *Growth     // of hosts
	reach  *Reach
	inflow *Growth // of what comes from elsewhere
}

func newRecord() *record {
	return &record{sources: make(map[access.PartnerID]int), voices: make(map[string]struct{}), public: newPublic()}
}

// lasting is until when an outbreak goes on. One voice alone cannot keep it open:
// what counts is the last time by which a second one had spoken as well.
type lasting struct {
	voice string    // that spoke last,
	last  time.Time // and when;
	until time.Time // the last time of any other voice
}

// note takes in that a voice spoke; enough: its word needs no other.
func (l *lasting) note(voice string, at time.Time, enough bool) {
	switch {
	case voice == l.voice:
		l.last = later(l.last, at)
	case at.Before(l.last):
		l.until = later(l.until, at)
	default:
		l.voice, l.last, l.until = voice, at, later(l.until, l.last)
	}
	if enough {
		l.until = later(l.until, at)
	}
}

// absorb adds one observation that the hub heard of at a time of its own clock,
// and says whether the outbreak may call for a decision now.
func (r *record) absorb(o Observation, heard time.Time) bool {
	joined := r.live.join(o.Partner)
	if joined {
		r.live.addEvidence(o.Report)
	}
	voice := o.voice()
	_, known := r.voices[voice]
	r.voices[voice] = struct{}{}
	r.live.TLP = narrower(r.live.TLP, o.TLP)
	insertSorted(&r.live.Sectors, o.Sector)
	insertSorted(&r.live.Countries, o.Country)
	if o.Word || o.Alone {
		insertSorted(&r.live.Kinds, Word)
	}
	r.live.FirstSeen = earlier(r.live.FirstSeen, o.Since)
	r.live.LastSeen = later(r.live.LastSeen, o.At)
	r.seen.note(voice, o.At, !known || o.Alone)
	r.heard.note(voice, heard, !known || o.Alone)
	more := r.count(o.Partner, voice, o.Sources)
	r.follow(o, more)
	// All hosts are at least those that are believed: whether these have doubled
	// is asked once for all reports, in doubled.
	return joined || !known || more > 0 && r.sum >= r.twice()
}

// count takes in how many hosts a partner has, and gives how many are new.
func (r *record) count(partner access.PartnerID, voice string, hosts int) int {
	more := hosts - r.sources[partner]
	if more <= 0 {
		return 0
	}
	r.sources[partner] = hosts
	r.sum += more
	r.public.add(partner, voice)
	r.live.Sources = max(r.live.Sources, r.sum)
	return more
}

// hosts is how many there are as far as no partner's word alone makes them.
func (r *record) hosts() int {
	counts := make([]int, 0, len(r.sources))
	for _, n := range r.sources {
		if n > 0 {
			counts = append(counts, n)
		}
	}
	return typicalHosts(counts)
}

// twice is the double of the hosts that the last entry told of. What one partner
// exaggerated then is left out: otherwise they would never double again.
func (r *record) twice() int { return max(1, 2*min(r.told, r.entry.Sources)) }

// doubled says that the outbreak deserves another entry. Partners may name a
// suspect without a host that scans, and none is not the double of none.
func (r *record) doubled() bool {
	return r.live.Status == Open &&
		(len(r.live.Partners) >= max(1, 2*len(r.entry.Partners)) || r.sum >= r.twice() && r.hosts() >= r.twice())
}

// copy is a record to try out a decision on: it leaves the pool alone.
func (r *record) copy() *record {
	c := *r
	c.pool = nil
	c.live, c.sources, c.voices, c.public = r.live.clone(), maps.Clone(r.sources), maps.Clone(r.voices), r.public.clone()
	return &c
}

// gather takes over who said what of an outbreak that goes on as this one.
func (r *record) gather(gone *record) {
	for p, n := range gone.sources {
		r.count(p, gone.public.voices[p], n)
	}
	for v := range gone.voices {
		r.voices[v] = struct{}{}
	}
	r.seen.until = later(r.seen.until, gone.seen.until)
	r.heard.until = later(r.heard.until, gone.heard.until)
}
