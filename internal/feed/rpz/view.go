package rpz

import (
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// pace is when the cold zone follows.
type pace struct {
	small int           // facts up to which it does so at every change
	batch int           // changes beyond which it does so
	age   time.Duration // between two turns: far more than a resolver needs to follow
	rest  time.Duration // between two, unless it is small: a resolver needs seconds for one
	bulk  int           // changes at once that are too many for the hot zone
	few   int           // and more than these are, if that would then be
	hot   int           // larger than this, in names and prefixes
}

// Small is up to how many facts, each one or two records, the cold zone follows
// every change. More than Bulk changes in one Publish go into it alone, and so do more
// than Few while Hot names and prefixes are recent: at every change of the hot zone
// an engine works on all of it. With 100,000 in it BIND took 300 ms instead of 10.
const (
	Small = 10_000
	Bulk  = 5000
	Few   = 100
	Hot   = 10_000
)

var usualPace = pace{small: Small, batch: 2000, age: 3 * time.Minute, rest: 30 * time.Second, bulk: Bulk, few: Few, hot: Hot}

// view is what those see who share the same rights.
type view struct {
	pace   pace
	room   int
	serial func() uint32 // the next serial, each given once
	now    func() time.Time

	making sync.Mutex // held while a cold zone is made; taken before mu

	mu     sync.Mutex // guards what follows
	ready  bool
	source *source
	names  hotPolicy[name]
	nets   hotPolicy[block]
	cooled time.Time // when the cold zone last followed
	turned time.Time // when it last took its turn: see the package comment
	turn   uint32    // its serial then
	safe   uint32    // the serial that it had at the turn before: since then all are right
	loaded *stored   // what a file held, until the first publish

	// invalidate is called before a cold zone is served that is not kept.
	invalidate func()

	rounds *rounds // of a view whose serials others give; nil if it gives its own

	open      atomic.Pointer[map[name]netip.Addr] // answers for anyone
	hot, cold zone
}

func newView(p pace, room int, serial func() uint32) *view {
	v := &view{pace: p, room: room, serial: serial, now: time.Now, invalidate: func() {}}
	v.hot.changed, v.cold.changed = make(chan struct{}), make(chan struct{})
	v.names.records, v.names.between = v.nameRecords, true
	v.nets.records = blockRecords
	v.names.rest(nil)
	v.nets.rest(nil)
	return v
}

// publish puts an update in force, and says what no zone can say. The cold zone
// is made by the caller's next freeze, or here if the update is too large.
func (v *view) publish(u feed.Update) []feed.Left {
	n := len(u.Come) + len(u.Gone)
	v.mu.Lock()
	first, many := !v.ready, v.tooMany(n)
	v.mu.Unlock()
	switch {
	case u.Anew || first:
		return v.publishWhole(u)
	case many:
		v.making.Lock()
		defer v.making.Unlock()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	names, nets := v.take(u)
	if many {
		v.replace(v.names.now().with(names), v.nets.now().with(nets), names, nets)
	} else {
		v.heat(names, nets)
	}
	return v.source.leaves()
}

// take gives the facts that an update changes.
func (v *view) take(u feed.Update) (facts[name], facts[block]) {
	c := newChanges()
	for i := range u.Gone {
		v.source.gone(&u.Gone[i], c, v.kindOf)
	}
	for i := range u.Come {
		v.source.come(&u.Come[i], c, v.kindOf)
	}
	return changed(c.names, v.names.at), changed(c.nets, v.nets.at)
}

// tooMany says whether so many changes at once are too many for the hot zone.
func (v *view) tooMany(n int) bool {
	return n > v.pace.bulk || n > v.pace.few && n+len(v.names.recent)+len(v.nets.recent) > v.pace.hot
}

func (v *view) kindOf(n name) kind { return v.names.at(n).kind }

// changed is those of the facts that are not in force already, in order.
func changed[K key[K]](c map[K]fact[K], at func(K) fact[K]) facts[K] {
	maps.DeleteFunc(c, func(k K, f fact[K]) bool { return at(k) == f })
	return sorted(c)
}

// publishWhole begins from all that is in force. What is in force already goes on
// as it is; so that what differs is known, the cold zone in the making is waited for.
func (v *view) publishWhole(u feed.Update) []feed.Left {
	v.making.Lock()
	defer v.making.Unlock()
	set := u.Set()
	s, c := newSource(v.room), newChanges()
	none := func(name) kind { return nothing }
	v.mu.Lock()
	if v.source != nil {
		s.answers, s.places = v.source.answers, v.source.places
	} else if v.loaded != nil {
		s.remember(v.loaded.answers)
	}
	v.mu.Unlock()
	for _, list := range [][]*protect.Protection{set.MustResolve(), set.Blocks()} {
		for _, p := range list {
			s.come(p, c, none)
		}
	}
	names, nets := sorted(c.names), sorted(c.nets)

	v.mu.Lock()
	defer v.mu.Unlock()
	v.source = s
	if !v.ready && v.loaded == nil {
		v.names.begin(names)
		v.nets.begin(nets)
		v.begin(nil)
		return s.leaves()
	}
	if !v.ready {
		v.names.begin(v.loaded.names)
		v.nets.begin(v.loaded.nets)
		v.names.newer, v.nets.newer = v.loaded.recentNames, v.loaded.recentNets
		v.names.recent, v.nets.recent = v.names.newer, v.nets.newer
		v.begin(v.loaded)
		v.loaded = nil
	}
	n, b := v.names.against(names), v.nets.against(nets)
	if !v.tooMany(len(n) + len(b)) {
		v.heat(n, b)
		return s.leaves()
	}
	v.replace(names, nets, n, b)
	return s.leaves()
}

// heat puts changes in force and into the hot zone.
func (v *view) heat(names facts[name], nets facts[block]) {
	if len(names)+len(nets) == 0 {
		return
	}
	gone, come := v.names.change(names)
	goneNets, comeNets := v.nets.change(nets)
	v.serveHot(append(gone, goneNets...), append(come, comeNets...))
}

// cool has the hot zone say no more of what the cold one has held for long enough.
func (v *view) cool() {
	gone, come := v.names.regroup(nil)
	goneNets, comeNets := v.nets.regroup(nil)
	v.serveHot(append(gone, goneNets...), append(come, comeNets...))
}

func (v *view) serveHot(gone, come []record) {
	slices.SortFunc(gone, record.compare)
	slices.SortFunc(come, record.compare)
	gone, come = distinct(gone, come)
	v.answer()
	if len(gone)+len(come) == 0 && v.hot.version() != nil && !v.rounds.bump() {
		return
	}
	all := append(v.names.all(), v.nets.all()...)
	next := &version{serial: v.serial(), size: len(all), rows: slices.Values(all)}
	if v.rounds.begins() {
		v.hot.put(next)
		return
	}
	v.hot.serve(next, gone, come)
}

// answer collects what anyone may be answered.
func (v *view) answer() {
	open := make(map[name]netip.Addr)
	for n, a := range v.source.named {
		if a.open && a.addr.IsValid() {
			open[n] = a.addr
		}
	}
	v.open.Store(&open)
}

// again gives the hot zone a new serial.
func (v *view) again() {
	v.mu.Lock()
	defer v.mu.Unlock()
	last := v.hot.version()
	v.hot.serve(&version{serial: v.serial(), size: last.size, rows: last.rows}, nil, nil)
}

// distinct leaves out of two sorted lists what is in both.
func distinct(old, next []record) (removed, added []record) {
	for len(old) > 0 && len(next) > 0 {
		switch c := old[0].compare(next[0]); {
		case c < 0:
			removed, old = append(removed, old[0]), old[1:]
		case c > 0:
			added, next = append(added, next[0]), next[1:]
		default:
			old, next = old[1:], next[1:]
		}
	}
	return append(removed, old...), append(added, next...)
}
