package rpz

import (
	"net/netip"
	"slices"
	"time"
)

// begin is at rest with facts that the cold zone holds.
func (p *hotPolicy[K]) begin(base facts[K]) {
	p.rest(base)
	p.recent, p.groups, p.musts = nil, nil, nil
	for _, f := range base {
		if f.kind == must {
			p.musts = append(p.musts, f.key)
		}
	}
}

// against is what makes of the facts in force others, in order.
func (p *hotPolicy[K]) against(next facts[K]) (fs facts[K]) {
	now := p.now()
	for len(now) > 0 || len(next) > 0 {
		var c int
		switch {
		case len(now) == 0:
			c = 1
		case len(next) == 0:
			c = -1
		default:
			c = now[0].key.compare(next[0].key)
		}
		switch {
		case c < 0:
			fs, now = append(fs, fact[K]{key: now[0].key}), now[1:]
		case c > 0:
			fs, next = append(fs, next[0]), next[1:]
		default:
			if now[0] != next[0] {
				fs = append(fs, next[0])
			}
			now, next = now[1:], next[1:]
		}
	}
	return fs
}

// replace is at rest with other facts; what was recent stays so, until the turn at
// which it would have ended anyway.
func (p *hotPolicy[K]) replace(base facts[K]) {
	older, newer, groups := p.older, union(p.newer, keysOf(sorted(p.over))), p.groups
	p.begin(base)
	p.older, p.newer, p.recent, p.groups, p.stale = older, newer, union(older, newer), groups, true
}

// begin serves the first zones: the cold one as a file held it, or anew. The
// caller holds mu, as for all that follows.
func (v *view) begin(held *stored) {
	v.ready = true
	v.cooled, v.turned = v.now(), v.now()
	var serial uint32
	if held != nil {
		serial = held.serial
	} else {
		v.invalidate()
		serial = v.serial()
	}
	v.safe, v.turn = serial, serial
	cold := v.coldVersion(serial, v.names.base, v.nets.base, slices.Clip(v.source.answers))
	if held != nil {
		cold.history = held.history
	}
	v.cold.put(cold)
	v.cool()
}

// replace is a change that is too large for the hot zone: the cold one has it
// at once. What was recent stays so.
func (v *view) replace(names facts[name], nets facts[block], laterNames facts[name], laterNets facts[block]) {
	v.replaceCold(names, nets, laterNames, laterNets)
	v.cool()
}

func (v *view) replaceCold(names facts[name], nets facts[block], laterNames facts[name], laterNets facts[block]) {
	changedNames := union(keysOf(sorted(v.names.over)), keysOf(laterNames))
	changedNets := union(keysOf(sorted(v.nets.over)), keysOf(laterNets))
	v.names.replace(names)
	v.nets.replace(nets)
	v.cooled = v.now()
	v.invalidate()
	next := v.nextCold(v.serial(), names, nets, slices.Clip(v.source.answers), changedNames, changedNets)
	v.cold.put(next)
	v.safe, v.turn = next.serial, next.serial
}

// due says whether the cold zone has to follow now, or else when.
func (v *view) due() (now bool, at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	waiting := len(v.names.over) + len(v.nets.over)
	recent := len(v.names.recent) + len(v.nets.recent)
	switch {
	case !v.ready || recent == 0:
		return false, time.Time{}
	case v.small() && waiting > 0:
		return true, time.Time{}
	}
	at = v.turned.Add(v.pace.age)
	if waiting > v.pace.batch {
		at = v.cooled.Add(v.pace.rest)
	}
	return !v.now().Before(at), at
}

func (v *view) small() bool { return len(v.names.base)+len(v.nets.base) <= v.pace.small }

// follow has the cold zone follow: what has changed is frozen, the zone is made of it
// and kept, and then served. Only the beginning and the end hold up others.
func (v *view) follow(keep func(*stored)) {
	v.making.Lock()
	defer v.making.Unlock()
	v.mu.Lock()
	v.names.freeze()
	v.nets.freeze()
	under, underNets := sorted(v.names.under), sorted(v.nets.under)
	names, nets := v.names.base, v.nets.base
	answers := slices.Clip(v.source.answers)
	serial := v.serial()
	turn := !v.now().Before(v.turned.Add(v.pace.age))
	recentNames, recentNets := v.names.next(turn), v.nets.next(turn)
	v.mu.Unlock()

	next := v.nextCold(serial, names.with(under), nets.with(underNets), answers, keysOf(under), keysOf(underNets))
	names, nets = next.names, next.nets
	keep(&stored{
		serial: serial, answers: answers, names: names, nets: nets,
		recentNames: recentNames, recentNets: recentNets, history: next.history[len(next.history)-1:],
	})

	v.mu.Lock()
	defer v.mu.Unlock()
	v.names.settle(names, turn)
	v.nets.settle(nets, turn)
	v.cooled = v.now()
	v.cold.put(next)
	if turn {
		v.turned, v.safe, v.turn = v.cooled, v.turn, serial
		v.cool()
	}
}

// nextCold is the cold zone after the present one, of which some keys have changed.
func (v *view) nextCold(serial uint32, names facts[name], nets facts[block], answers []netip.Addr, changedNames []name, changedNets []block) *version {
	last := v.cold.version()
	next := v.coldVersion(serial, names, nets, answers)
	gone, come := v.coldChange(last, next, changedNames, changedNets)
	next.follow(last, gone, come)
	return next
}

func (t *tree[K]) freeze() { t.under, t.over = t.over, make(map[K]fact[K]) }

// coldChange gives the records that go from the cold zone and come to it.
func (v *view) coldChange(old, next *version, changedNames []name, changedNets []block) (gone, come []record) {
	goneNames, comeNames := difference(old.names, next.names, changedNames, true)
	goneNets, comeNets := difference(old.nets, next.nets, changedNets, false)
	gone = append(old.nameRecords(goneNames), netRecords(goneNets)...)
	come = append(next.nameRecords(comeNames), netRecords(comeNets)...)
	slices.SortFunc(gone, record.compare)
	slices.SortFunc(come, record.compare)
	return distinct(gone, come)
}

// coldVersion is the cold zone of some facts; its records are made when asked for.
func (v *view) coldVersion(serial uint32, names facts[name], nets facts[block], answers []netip.Addr) *version {
	next := &version{serial: serial, size: len(names) + len(nets), names: names, nets: nets, answers: answers, room: v.room}
	next.rows = next.written
	return next
}

// written gives the records that say a cold version's facts.
func (v *version) written(yield func(record) bool) {
	more := true
	emit := func(rs []record) {
		for _, r := range rs {
			more = more && yield(r)
		}
	}
	names := newWriter(around[name]{}, true, func(r row[name]) { emit(namesOf(r, v.answers, v.room)) })
	for _, f := range v.names {
		if names.write(f, false); !more {
			return
		}
	}
	nets := newWriter(around[block]{}, false, func(r row[block]) { emit(blockRecords(r)) })
	for _, f := range v.nets {
		if nets.write(f, false); !more {
			return
		}
	}
}

func (v *version) nameRecords(rows []row[name]) (records []record) {
	for _, r := range rows {
		records = append(records, namesOf(r, v.answers, v.room)...)
	}
	return records
}

func netRecords(rows []row[block]) (records []record) {
	for _, r := range rows {
		records = append(records, blockRecords(r)...)
	}
	return records
}
