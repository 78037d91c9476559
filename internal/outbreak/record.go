package outbreak

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// maxEvidence, maxAbout and maxPartners bound the reports that an outbreak names,
// what it is about and the partners that it lists, those that reported it first,
// so that its entry stays well below the ledger's limit.
const (
	maxEvidence = 256
	maxAbout    = 64
	maxPartners = 10_000
)

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
	o.TLP = narrower(o.TLP, known.TLP)
	for _, p := range known.Partners {
		o.join(p)
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

// names says that the outbreak is about the subject.
func (o *Outbreak) names(about Subject) bool {
	_, known := slices.BinarySearchFunc(o.About, about, compareSubjects)
	return known
}

// full says that it takes in no more subjects.
func (o *Outbreak) full() bool { return len(o.About) >= maxAbout }

// join adds a partner unless the list is full or has it.
func (o *Outbreak) join(p access.PartnerID) bool {
	return len(o.Partners) < maxPartners && insertSorted(&o.Partners, p)
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

// add makes the candidate part of the outbreak, unless that is full.
func (r *record) add(c candidate) {
	if !r.live.take(c.about) {
		return
	}
	for _, o := range c.run {
		r.absorb(o, time.Time{}) // a draft: when it is heard of, its entry will say
		r.live.addEvidence(o.Report)
	}
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
