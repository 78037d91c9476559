package feed

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// The lists of a Set, by polarity.
const (
	placeBlocks = iota
	placeObserved
	placeMusts
)

func place(p *protect.Protection) int {
	switch p.Polarity {
	case protect.Observe:
		return placeObserved
	case protect.MustResolve:
		return placeMusts
	}
	return placeBlocks
}

// epoch is the moment by which lists are ordered: confidence decays all the time,
// and lists that were put in another order at every change could not be kept.
func epoch(now time.Time) time.Time { return now.Truncate(time.Hour) }

// by is the order of every list: engines with a limit keep its beginning, hence
// the most confident first, then the latest decision, then by value.
type by struct{ at time.Time }

// rank is how sure the hub is at the moment of the order.
func (o by) rank(p *protect.Protection) int { return p.ConfidenceAt(o.at) }

func (o by) compare(a, b *protect.Protection) int {
	if c := cmp.Compare(o.rank(b), o.rank(a)); c != 0 {
		return c
	}
	if c := b.Decided.Compare(a.Decided); c != 0 {
		return c
	}
	return compareValues(a.Value, b.Value)
}

func (o by) values(a, b protect.Protection) int { return o.compare(&a, &b) }

func compareValues(a, b observable.Value) int {
	return cmp.Or(strings.Compare(string(a.Type), string(b.Type)), strings.Compare(a.Text, b.Text))
}

// sort puts a list into the order, asking for each confidence once.
func (o by) sort(list []*protect.Protection) {
	type entry struct {
		sec        int64
		rank, nsec int32
		p          *protect.Protection
	}
	entries := make([]entry, len(list))
	for i, p := range list {
		entries[i] = entry{p.Decided.Unix(), int32(o.rank(p)), int32(p.Decided.Nanosecond()), p}
	}
	order := func(a, b entry) int {
		if c := cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(b.sec, a.sec), cmp.Compare(b.nsec, a.nsec)); c != 0 {
			return c
		}
		return compareValues(a.p.Value, b.p.Value)
	}
	if slices.IsSortedFunc(entries, order) { // as from one hour to the next it often is
		return
	}
	slices.SortFunc(entries, order)
	for i, e := range entries {
		list[i] = e.p
	}
}

// arranged is one list of a Set in its order, and what has changed since it was
// last asked for.
type arranged struct {
	sorted  []*protect.Protection // shared with Sets: never changed, only replaced
	at      time.Time             // the epoch of its order
	pending map[*protect.Protection]bool
	stale   bool // so much has changed that it is made anew
	count   int
}

func (a *arranged) add(p *protect.Protection) { a.count++; a.change(p, true) }

func (a *arranged) remove(p *protect.Protection) { a.count--; a.change(p, false) }

func (a *arranged) change(p *protect.Protection, come bool) {
	if a.stale {
		return
	}
	if other, there := a.pending[p]; there && other != come {
		delete(a.pending, p)
		return
	}
	if a.pending == nil {
		a.pending = map[*protect.Protection]bool{}
	}
	a.pending[p] = come
	const few = 4096
	if len(a.pending) > few+len(a.sorted)/4 {
		a.stale, a.pending = true, nil
	}
}

// list is the list as it is now. anew gives what is in it, in any order.
func (a *arranged) list(at time.Time, anew func() []*protect.Protection) []*protect.Protection {
	order := by{at}
	if a.stale {
		a.sorted = anew()
		order.sort(a.sorted)
	} else if !at.Equal(a.at) {
		a.sorted = slices.Clone(a.sorted)
		by{a.at}.merge(a)
		order.sort(a.sorted)
	} else {
		order.merge(a)
	}
	a.stale, a.pending, a.at = false, nil, at
	return a.sorted
}

// merge copies the list once, but for what has changed.
func (o by) merge(a *arranged) {
	if len(a.pending) == 0 {
		return
	}
	changed := make([]*protect.Protection, 0, len(a.pending))
	for p := range a.pending {
		changed = append(changed, p)
	}
	slices.SortFunc(changed, func(x, y *protect.Protection) int {
		if c := o.compare(x, y); c != 0 || a.pending[x] == a.pending[y] {
			return c
		}
		if a.pending[x] { // one that takes an equal's place comes after it
			return 1
		}
		return -1
	})
	next, rest := make([]*protect.Protection, 0, a.count), a.sorted
	for _, p := range changed {
		at, _ := slices.BinarySearchFunc(rest, p, o.compare)
		next = append(next, rest[:at]...)
		rest = rest[at:]
		if a.pending[p] {
			next = append(next, p)
		} else {
			rest = rest[1:]
		}
	}
	a.sorted = append(next, rest...)
}

// Set is what was in force at the last Advance. The first costs a sort of
// everything, and so does the first of another hour if confidence has decayed
// to another order; any other a copy of the lists that have changed (8 bytes a
// protection).
func (l *Live) Set() Set {
	s := Set{left: l.Left(), beneath: l.beneath, until: l.Until()}
	at := epoch(l.now)
	for i, to := range map[int]*[]*protect.Protection{placeBlocks: &s.blocks, placeObserved: &s.observed, placeMusts: &s.musts} {
		*to = l.lists[i].list(at, func() []*protect.Protection { return l.shown(i) })
	}
	return s
}

// shown collects what is in force and belongs into a list.
func (l *Live) shown(list int) []*protect.Protection {
	all := make([]*protect.Protection, 0, l.lists[list].count)
	for _, s := range l.slots.all() {
		if s.shown && place(s.p) == list {
			all = append(all, s.p)
		}
	}
	return all
}
