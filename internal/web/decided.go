package web

import (
	"cmp"
	"slices"
	"sync"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// decided is the protections, sorted for the pages. It is made anew when a
// decision was made, not for each reader: who may see the same is shown the same
// lists.
type decided struct {
	mu    sync.Mutex
	known bool
	at    uint64 // how many decisions it was made after
	all   []weighed
	rules []rule               // the different answers to who is told
	seen  map[string]decisions // by which of the rules let a reader see
}

// weighed is a decision and which of the rules says who is told of it.
type weighed struct {
	*protect.Protection
	rule int
}

type rule struct {
	owner    access.PartnerID
	audience access.Audience
}

// decisions are the protections in force, must-resolve first and then the newest
// first, and the others, the newest first. They belong to several readers: they
// are not to be changed.
type decisions struct{ active, past []*protect.Protection }

// maxSeen bounds the lists that are kept; readers beyond wait for theirs to be made.
const maxSeen = 64

// decided are the protections that the reader may see, for a coordinator all.
func (p *pages) decided(r reading) decisions {
	d := &p.decisions
	d.mu.Lock()
	defer d.mu.Unlock()
	if at := p.Views.Decided(); !d.known || at != d.at {
		d.known, d.at = true, at
		d.weigh(p.Views.Protect.Listed())
	}
	visible := make([]byte, len(d.rules))
	for i, one := range d.rules {
		if protect.ShownTo(r.who, one.owner, one.audience) {
			visible[i] = 1
		}
	}
	list, known := d.seen[string(visible)]
	if !known {
		for _, one := range d.all {
			switch {
			case visible[one.rule] == 0:
			case one.Status == protect.Active || one.Status == protect.Canary:
				list.active = append(list.active, one.Protection)
			default:
				list.past = append(list.past, one.Protection)
			}
		}
		if len(d.seen) < maxSeen {
			d.seen[string(visible)] = list
		}
	}
	return list
}

// weigh takes in a list that is in the order of the ledger.
func (d *decided) weigh(list []protect.Decision) {
	d.all, d.rules, d.seen = make([]weighed, 0, len(list)), nil, map[string]decisions{}
	known := map[string]int{}
	for i := range slices.Backward(list) {
		one := &list[i]
		key := string(one.Owner) + "\x00" + one.Audience.String()
		at, ok := known[key]
		if !ok {
			at = len(d.rules)
			known[key] = at
			d.rules = append(d.rules, rule{one.Owner, one.Audience})
		}
		d.all = append(d.all, weighed{&one.Protection, at})
	}
	slices.SortStableFunc(d.all, func(a, b weighed) int { return cmp.Compare(rank(a.Protection), rank(b.Protection)) })
}

// rank puts first what must not be got wrong.
func rank(p *protect.Protection) int {
	if p.Polarity == protect.MustResolve && (p.Status == protect.Active || p.Status == protect.Canary) {
		return 0
	}
	return 1
}

// covered is a protection and at how many partners it is in force, as far as the
// reader may know.
type covered struct {
	protect.Protection
	InForce  protect.Count
	Partners int
}

// Marked is how far it may be told.
func (c covered) Marked() access.TLP { return cmp.Or(c.TLP, access.Green) }

func (p *pages) coverage(r reading, list []*protect.Protection, partners int) []covered {
	out := make([]covered, 0, len(list))
	for _, one := range list {
		out = append(out, covered{*one, p.Views.Protect.InForceFor(r.who, one.ID), partners})
	}
	return out
}
