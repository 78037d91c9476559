package feed

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Update is what an outlet is told: how what is in force differs from the
// Update before.
type Update struct {
	// Come are in force from now on, also those of which something changed: a
	// renewed one has another Expires, one that blocked may only be observed now,
	// and of a domain other names beneath it may have to resolve. Gone are no
	// longer in force. A value is in one of them at most; both are in the order
	// of Set.
	Come, Gone []protect.Protection
	// Anew says that the outlet has to begin from Set: its first Update, or the
	// one before failed. Come and Gone mean nothing then.
	Anew bool
	// Set gives all that is in force. It takes time with its size: for outlets
	// that write whole files, and for Anew.
	Set func() Set
}

// Live is the Set of one reader, kept current decision by decision. Decisions come
// in their order.
//
//   - Which decision about a value takes the place of which, Protection.Yields
//     says.
//   - In force is what is Active or Canary and not past Expires; a zero Expires
//     never passes.
//   - A must-resolve outranks every block: the block of the name itself, of a
//     URL on it, and of an address or prefix that holds its answer are left
//     out. The block of a name above it stays, and the must-resolve names are
//     excepted from it (Set.Except).
//   - A value that is not what its type says is left out: a list has no types,
//     so that an address that came as a domain would block that address.
//
// After every Advance it is what a new Live makes of the same decisions, but costs
// what changed: some microseconds for each change, also with a million in force.
// Two things take a pass over more: a must-resolve that comes or goes looks at
// every URL that is blocked, and Reconsider at everything.
//
// Several Lives may share their protections (Share). A Live belongs to one
// goroutine; the Sets that it gives do not change.
type Live struct {
	refuse func(protect.Protection) string
	now    time.Time
	begun  bool // an Advance has been

	slots   slots
	changes changes
	again   bool // everything has to be judged anew
	guard   guard
	beneath map[string][]string // Set.Except; made anew when it changes
	urls    map[uint32]struct{} // slots of URLs
	aside   map[uint32]*aside   // what is to be said of a slot
	odd     map[string]*protect.Protection
	over    []ended // the first to end first

	lists [3]arranged // by place
	names *names      // nil until somebody has asked for names by their place in the tree
}

// maxOdd bounds the protections that cannot be used because their value is none
// of its type. They are not in force anyway: beyond, they are not listed.
const maxOdd = 1000

// NewLive has nothing in force. refuse, if not nil, is the reader's own guard:
// the reason why a protection is not put in force, or "".
func NewLive(refuse func(protect.Protection) string) *Live {
	if refuse == nil {
		refuse = func(protect.Protection) string { return "" }
	}
	return &Live{
		refuse: refuse, slots: newSlots(), changes: newChanges(), guard: newGuard(),
		urls: map[uint32]struct{}{}, aside: map[uint32]*aside{}, odd: map[string]*protect.Protection{},
	}
}

// Take notes a decision, by the rule of protect.Protection.Yields. Decisions come
// in the order of the ledger.
func (l *Live) Take(p protect.Protection) { l.Share(&p) }

// Share is Take for what others hold, too: nobody may change it from then on.
func (l *Live) Share(p *protect.Protection) {
	v, reason := normal(p)
	if reason != "" {
		l.takeOdd(p)
		return
	}
	i, known := l.slots.find(v)
	current := &protect.Protection{}
	if known {
		current = l.slots.at[i].p
	}
	if !current.Yields(*p) {
		if known && current.Polarity == protect.MustResolve {
			l.deny(i, p)
		}
		return
	}
	if !known {
		i = l.slots.add(v)
		if v.Type == observable.URL {
			l.urls[i] = struct{}{}
		}
	}
	l.touch(i)
	delete(l.aside, i)
	l.slots.decide(i, l.canonical(i, v, p))
}

// touch notes that a slot has to be judged at the next Advance.
func (l *Live) touch(i uint32) { l.changes.touch(i, &l.slots.at[i]) }

// Reconsider has every decision judged anew at the next Advance: the guard may
// have changed its mind.
func (l *Live) Reconsider() { l.again = true }

// Advance makes now the time and says what changed since the last Advance. Time
// does not go back: an earlier now counts as the one before.
func (l *Live) Advance(now time.Time) Update {
	if now.After(l.now) {
		l.now = now
	}
	for i, ended := l.slots.expire(l.now); ended; i, ended = l.slots.expire(l.now) {
		l.touch(i)
	}
	if l.again {
		for i := range l.slots.all() {
			l.touch(i)
		}
		l.again = false
	}
	l.judgeMusts()
	u := Update{Anew: !l.begun, Set: l.Set}
	for _, i := range l.changes.touched { // judging blocks touches no others
		old, next := l.judge(i)
		if l.begun {
			if next != nil && (next != old || l.slots.at[i].again) {
				u.Come = append(u.Come, *next)
			} else if next == nil && old != nil {
				u.Gone = append(u.Gone, *old)
			}
		}
		l.settle(i, old, next)
	}
	l.changes.clear()
	l.forget()
	l.begun = true
	order := by{at: epoch(l.now)}
	slices.SortFunc(u.Come, order.values)
	slices.SortFunc(u.Gone, order.values)
	return u
}

// judge says what was in force by a slot and what is now, nil for nothing.
func (l *Live) judge(i uint32) (old, next *protect.Protection) {
	s := &l.slots.at[i]
	old = l.changes.before(i, s)
	if !inForce(s.p, l.now) {
		return old, nil
	}
	reason := l.verdict(s.p)
	if reason != "" {
		l.beside(i).refused = reason
		return old, nil
	}
	if a := l.aside[i]; a != nil {
		a.refused = ""
	}
	return old, s.p
}

// settle makes what was judged the state of a slot and of the lists.
func (l *Live) settle(i uint32, old, next *protect.Protection) {
	s := &l.slots.at[i]
	if old != next {
		if old != nil {
			l.lists[place(old)].remove(old)
			l.names.remove(old)
		}
		if next != nil {
			l.lists[place(next)].add(next)
			l.names.add(next)
		}
	}
	s.shown, s.again = next != nil, false
	// What has ended is remembered, so that it does not come back under its id. A
	// must-resolve that has run out keeps its place until its end is decided:
	// nothing else takes it (protect.Protection.Yields).
	if !s.over && !inForce(s.p, l.now) && (s.p.Polarity != protect.MustResolve || !status(s.p)) {
		s.over = true
		l.over = append(l.over, ended{i, s.p})
	}
}

// ended is a slot whose decision has ended, if it still holds that one.
type ended struct {
	slot uint32
	p    *protect.Protection
}

// maxOver is how many ended decisions are remembered; the earliest to end are
// forgotten first. A renewal that a recall has overtaken is late by moments.
const maxOver = 1 << 16

func (l *Live) forget() {
	for len(l.over) > maxOver {
		first := l.over[0]
		l.over = l.over[1:]
		if l.slots.at[first.slot].p == first.p {
			delete(l.urls, first.slot)
			delete(l.aside, first.slot)
			l.slots.remove(first.slot)
		}
	}
}

// Until is when the next protection runs out, and Advance has something to do;
// zero if none does.
func (l *Live) Until() time.Time { return l.slots.until() }

// Len counts what is in force.
func (l *Live) Len() (n int) {
	for i := range l.lists {
		n += l.lists[i].count
	}
	return n
}
