package outbreak

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// maxEvidence and maxAbout bound the reports that an outbreak names and what it
// is about, so that its entry stays well below the ledger's limit. What belongs
// to a full outbreak does not become one of its own.
const (
	maxEvidence = 256
	maxAbout    = 64
)

// record is one outbreak: as its last entry has it, and as the evidence since
// then makes it.
type record struct {
	entry   Outbreak
	live    Outbreak
	sources map[access.PartnerID]int // each partner's largest count
	sum     int                      // of them
	heard   time.Time                // the hub's time of the last evidence

	pool   *trend.Pool // of new hosts; nil in a rehearsal
	asked  time.Time   // the minute in which the pool was asked last
	growth *Growth     // of hosts
	reach  *Reach
	inflow *Growth // of what comes from elsewhere
}

// settle takes the outbreak's latest entry. The evidence that came in
// meanwhile is not lost: entries only ever add to what is known.
func (r *record) settle(o Outbreak) {
	known := r.live
	o.Status = cmp.Or(o.Status, Open)
	if len(o.About) == 0 {
		o.About = o.plain()
	}
	r.entry, r.live = o, o.clone()
	if known.ID != "" {
		r.live.unite(known)
	}
	r.weighHosts()
}

// unite adds what another account of the outbreak, or another outbreak that goes
// on as this one, knows.
func (o *Outbreak) unite(known Outbreak) {
	o.FirstSeen = earlier(known.FirstSeen, o.FirstSeen)
	o.LastSeen = later(known.LastSeen, o.LastSeen)
	o.Sources = max(known.Sources, o.Sources)
	for _, p := range known.Partners {
		insertSorted(&o.Partners, p)
	}
	for _, s := range known.Sectors {
		insertSorted(&o.Sectors, s)
	}
	for _, c := range known.Countries {
		insertSorted(&o.Countries, c)
	}
	for _, k := range known.Kinds {
		insertSorted(&o.Kinds, k)
	}
	for _, e := range known.Evidence {
		o.addEvidence(e)
	}
	for _, about := range known.About {
		o.take(about)
	}
}

// absorb adds one observation that the hub heard of at a time of its own clock,
// and says whether the outbreak may call for a decision now.
func (r *record) absorb(o Observation, heard time.Time) bool {
	joined := insertSorted(&r.live.Partners, o.Partner)
	if joined {
		r.live.addEvidence(o.Report)
	}
	insertSorted(&r.live.Sectors, o.Sector)
	insertSorted(&r.live.Countries, o.Country)
	if o.Word || o.Alone {
		insertSorted(&r.live.Kinds, Word)
	}
	r.live.FirstSeen = earlier(r.live.FirstSeen, o.Since)
	r.live.LastSeen = later(r.live.LastSeen, o.At)
	r.heard = later(r.heard, heard)
	r.follow(o, r.count(o.Partner, o.Sources))
	return joined || r.doubled()
}

// count takes in how many hosts a partner has, and gives how many are new.
func (r *record) count(partner access.PartnerID, hosts int) int {
	more := hosts - r.sources[partner]
	if more <= 0 {
		return 0
	}
	r.sources[partner] = hosts
	r.sum += more
	r.live.Sources = max(r.live.Sources, r.sum)
	return more
}

// doubled says that the outbreak deserves another entry. Partners may name a
// suspect without a host that scans, and none is not the double of none.
func (r *record) doubled() bool {
	return r.live.Status == Open &&
		(len(r.live.Partners) >= max(1, 2*len(r.entry.Partners)) || r.live.Sources >= max(1, 2*r.entry.Sources))
}

// plain is what an outbreak is about by its port and its values alone, as
// entries once had it.
func (o *Outbreak) plain() []Subject {
	list := make([]Subject, 0, 1+len(o.Values))
	if o.Port != 0 {
		list = append(list, Subject{Kind: Scans, Port: o.Port})
	}
	for _, v := range o.Values {
		list = append(list, Subject{Kind: Suspects, Value: v})
	}
	return list
}

// take adds a subject to what the outbreak is about, and says whether it did.
func (o *Outbreak) take(about Subject) bool {
	i, known := slices.BinarySearchFunc(o.About, about, compareSubjects)
	if known || len(o.About) >= maxAbout {
		return false
	}
	o.About = slices.Insert(o.About, i, about)
	insertSorted(&o.Kinds, about.Kind)
	if about.Port != 0 {
		o.Port = about.Port
	}
	if about.Kind == Suspects {
		o.Values = append(o.Values, about.Value)
		slices.SortFunc(o.Values, compareValues)
	}
	return true
}

func (o *Outbreak) addEvidence(report string) {
	if report != "" && len(o.Evidence) < maxEvidence && !slices.Contains(o.Evidence, report) {
		o.Evidence = append(o.Evidence, report)
	}
}

// clone is a copy that shares nothing which changes.
func (o *Outbreak) clone() Outbreak {
	c := *o
	c.About, c.Values, c.Kinds = slices.Clone(o.About), slices.Clone(o.Values), slices.Clone(o.Kinds)
	c.Partners, c.Sectors, c.Countries = slices.Clone(o.Partners), slices.Clone(o.Sectors), slices.Clone(o.Countries)
	c.Evidence, c.Critical = slices.Clone(o.Evidence), slices.Clone(o.Critical)
	return c
}

// raise makes a new outbreak of the run of observations that satisfied the rule.
func (c candidate) raise() *record {
	last := c.run[len(c.run)-1]
	id := uuid.NewSHA1(namespace, []byte(c.about.String()+"\n"+string(c.run[0].Partner)+"\n"+c.run[0].Report))
	r := &record{sources: make(map[access.PartnerID]int)}
	r.live = Outbreak{ID: "outbreak--" + id.String(), Raised: last.At, Rule: c.rule.words(c.about, c.run), Status: Open, Values: []observable.Value{}}
	r.inflow = c.growth
	r.add(c)
	return r
}

// add makes the candidate part of the outbreak, unless that is full.
func (r *record) add(c candidate) {
	if !r.live.take(c.about) {
		return
	}
	for _, o := range c.run {
		r.absorb(o, r.heard)
		r.live.addEvidence(o.Report)
	}
}

// copy is a record to try out a decision on: it leaves the pool alone.
func (r *record) copy() *record {
	c := *r
	c.pool = nil
	c.live, c.sources = r.live.clone(), make(map[access.PartnerID]int, len(r.sources))
	for p, n := range r.sources {
		c.sources[p] = n
	}
	return &c
}

// namespace is that of outbreaks' ids: the UUIDv5 (RFC 9562) of the name
// "outbreak.tocsin.example" in the DNS namespace.
var namespace = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("outbreak.tocsin.example"))

// insertSorted adds a value to a sorted list unless it is empty or there.
func insertSorted[T ~string](list *[]T, v T) bool {
	i, known := slices.BinarySearch(*list, v)
	if known || v == "" {
		return false
	}
	*list = slices.Insert(*list, i, v)
	return true
}
