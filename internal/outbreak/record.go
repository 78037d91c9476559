package outbreak

import (
	"cmp"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
)

// maxEvidence bounds the reports that an outbreak names, so that its entry
// stays well below the ledger's limit.
const maxEvidence = 256

// record is one outbreak: as its last entry has it, and as the evidence since
// then makes it.
type record struct {
	entry   Outbreak
	live    Outbreak
	sources map[access.PartnerID]int // each partner's largest count
}

// settle takes the outbreak's latest entry. The evidence that came in
// meanwhile is not lost: entries only ever add to what is known.
func (r *record) settle(o Outbreak) {
	known := r.live
	r.entry, r.live = o, o.clone()
	if known.ID == "" {
		return
	}
	r.live.FirstSeen = earlier(known.FirstSeen, o.FirstSeen)
	r.live.LastSeen = later(known.LastSeen, o.LastSeen)
	r.live.Sources = max(known.Sources, o.Sources)
	for _, p := range known.Partners {
		insertSorted(&r.live.Partners, p)
	}
	for _, s := range known.Sectors {
		insertSorted(&r.live.Sectors, s)
	}
	for _, c := range known.Countries {
		insertSorted(&r.live.Countries, c)
	}
	for _, e := range known.Evidence {
		r.live.addEvidence(e)
	}
}

// absorb adds one observation.
func (r *record) absorb(o Observation) {
	if insertSorted(&r.live.Partners, o.Partner) {
		r.live.addEvidence(o.Report)
	}
	insertSorted(&r.live.Sectors, o.Sector)
	insertSorted(&r.live.Countries, o.Country)
	r.live.FirstSeen = earlier(r.live.FirstSeen, o.Since)
	r.live.LastSeen = later(r.live.LastSeen, o.At)
	r.sources[o.Partner] = max(r.sources[o.Partner], o.Sources)
	sum := 0
	for _, n := range r.sources {
		sum += n
	}
	r.live.Sources = max(r.live.Sources, sum)
}

// doubled says that the outbreak deserves another entry. Partners may name a
// suspect without a host that scans: none is not the double of none.
func (r *record) doubled() bool {
	return len(r.live.Partners) >= 2*len(r.entry.Partners) || r.live.Sources >= max(1, 2*r.entry.Sources)
}

// subjects are what the outbreak is about.
func (o Outbreak) subjects() []subject {
	list := make([]subject, 0, 1+len(o.Values))
	if o.Port != 0 {
		list = append(list, subject{port: o.Port})
	}
	for _, v := range o.Values {
		list = append(list, subject{value: v})
	}
	return list
}

// take adds a subject to what the outbreak is about.
func (o *Outbreak) take(about subject) {
	if about.port != 0 {
		o.Port = about.port
	} else if !slices.Contains(o.Values, about.value) {
		o.Values = append(o.Values, about.value)
		slices.SortFunc(o.Values, compareValues)
	}
}

func (o *Outbreak) addEvidence(report string) {
	if report != "" && len(o.Evidence) < maxEvidence && !slices.Contains(o.Evidence, report) {
		o.Evidence = append(o.Evidence, report)
	}
}

func (o Outbreak) clone() Outbreak {
	o.Values, o.Partners = slices.Clone(o.Values), slices.Clone(o.Partners)
	o.Sectors, o.Countries = slices.Clone(o.Sectors), slices.Clone(o.Countries)
	o.Evidence = slices.Clone(o.Evidence)
	return o
}

// raise makes a new outbreak of the run of observations that satisfied the rule.
func (c Config) raise(about subject, run []Observation) *record {
	last := run[len(run)-1]
	id := uuid.NewSHA1(namespace, []byte(about.String()+"\n"+string(run[0].Partner)+"\n"+run[0].Report))
	r := &record{sources: make(map[access.PartnerID]int)}
	r.live = Outbreak{ID: "outbreak--" + id.String(), Raised: last.At, Rule: c.of(about).words(about, run)}
	r.live.take(about)
	for _, o := range run {
		r.absorb(o)
	}
	return r
}

// namespace is that of outbreaks' ids: the UUIDv5 (RFC 9562) of the name
// "outbreak.tocsin.example" in the DNS namespace.
var namespace = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("outbreak.tocsin.example"))

// overlap says whether the greater part of the run's partners, at least half,
// are among the outbreak's.
func (o Outbreak) overlap(run []Observation) bool {
	partners := make(map[access.PartnerID]bool)
	for _, seen := range run {
		_, partners[seen.Partner] = slices.BinarySearch(o.Partners, seen.Partner)
	}
	shared := 0
	for in := range maps.Values(partners) {
		if in {
			shared++
		}
	}
	return 2*shared >= len(partners)
}

func compareOutbreaks(a, b Outbreak) int {
	return cmp.Or(a.Raised.Compare(b.Raised), cmp.Compare(a.ID, b.ID))
}

// insertSorted adds a value to a sorted list unless it is empty or there.
func insertSorted[T ~string](list *[]T, v T) bool {
	i, known := slices.BinarySearch(*list, v)
	if known || v == "" {
		return false
	}
	*list = slices.Insert(*list, i, v)
	return true
}
