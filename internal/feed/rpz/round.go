package rpz

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// rounds is what a numbered view decides by: what has been since its last turn, and so
// the same whenever it began.
type rounds struct {
	beside func(func()) // has work done beside
	now    Number
	turns  int
	facts  int // in force
	since  int // changes since the last turn
}

// bump says whether the zones take this round's serial in any case.
func (r *rounds) bump() bool { return r != nil && (r.now.Turn || r.now.Renew) }

// begins says whether this is the first round at which the hot zone is what it is
// elsewhere: until then names may be recent there that changed before this view began.
func (r *rounds) begins() bool { return r != nil && r.now.Turn && r.turns == 2 }

// round is publish of a numbered view. It serves each zone once at most, so that a
// serial has one content.
func (v *view) round(u feed.Update, n Number) []feed.Left {
	v.mu.Lock()
	r := v.rounds
	r.now = n
	if n.Turn {
		r.turns++
	}
	if !v.ready {
		v.mu.Unlock()
		left := v.publishWhole(u)
		r.facts = len(v.names.base) + len(v.nets.base)
		return left
	}
	many, follow, small := v.pacedBy(len(u.Come) + len(u.Gone))
	v.mu.Unlock()
	locked := many || follow
	if locked {
		v.making.Lock() // waits for the cold zone before
	}
	cold := v.roundHot(u, n, many, follow)
	switch {
	case cold == nil && locked:
		v.making.Unlock()
	case cold == nil:
	case small:
		cold()
	default:
		r.beside(cold)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.source.leaves()
}

// pacedBy says of so many changes whether they are too many for the hot zone, and if
// not, whether the cold one follows; and whether all is small.
func (v *view) pacedBy(changes int) (many, follow, small bool) {
	r := v.rounds
	small = r.facts <= v.pace.small
	many = changes > v.pace.bulk || changes > v.pace.few && changes+r.since > v.pace.hot
	batch := len(v.names.over)+len(v.nets.over) > v.pace.batch && !r.now.At.Before(v.cooled.Add(v.pace.rest))
	return many, !many && (r.bump() || small || batch), small
}

// roundHot puts an update in force and serves the hot zone; it gives what makes the cold
// one if that has to follow.
func (v *view) roundHot(u feed.Update, n Number, many, follow bool) (cold func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	names, nets := v.take(u)
	v.rounds.count(v, names, nets)
	var gone, come []record
	if many {
		v.replaceCold(v.names.now().with(names), v.nets.now().with(nets), names, nets)
	} else {
		goneNames, comeNames := v.names.change(names)
		goneNets, comeNets := v.nets.change(nets)
		gone, come = append(goneNames, goneNets...), append(comeNames, comeNets...)
	}
	if follow && (v.rounds.bump() || len(v.names.over)+len(v.nets.over) > 0) {
		cold = v.freezeCold(n.Serial)
	}
	if n.Turn {
		v.names.turn()
		v.nets.turn()
		v.turned, v.safe, v.turn = n.At, v.turn, n.Serial
		v.rounds.since = 0
	}
	if many || n.Turn {
		goneNames, comeNames := v.names.regroup(nil)
		goneNets, comeNets := v.nets.regroup(nil)
		gone, come = slices.Concat(gone, goneNames, goneNets), slices.Concat(come, comeNames, comeNets)
	}
	v.serveHot(gone, come)
	return cold
}

// count notes what a round changes.
func (r *rounds) count(v *view, names facts[name], nets facts[block]) {
	r.since += len(names) + len(nets)
	for _, f := range names {
		r.facts += count(f.kind != nothing) - count(v.names.at(f.key).kind != nothing)
	}
	for _, f := range nets {
		r.facts += count(f.kind != nothing) - count(v.nets.at(f.key).kind != nothing)
	}
}

// freezeCold gives what makes the cold zone of what is in force now, and serves it.
// The caller has making locked, which the work unlocks.
func (v *view) freezeCold(serial uint32) func() {
	v.names.freeze()
	v.nets.freeze()
	v.names.newer = union(v.names.newer, keysOf(sorted(v.names.under)))
	v.nets.newer = union(v.nets.newer, keysOf(sorted(v.nets.under)))
	v.cooled = v.now()
	under, underNets := sorted(v.names.under), sorted(v.nets.under)
	names, nets, answers := v.names.base, v.nets.base, slices.Clip(v.source.answers)
	return func() {
		defer v.making.Unlock()
		next := v.nextCold(serial, names.with(under), nets.with(underNets), answers, keysOf(under), keysOf(underNets))
		v.mu.Lock()
		defer v.mu.Unlock()
		v.names.base, v.names.under = next.names, nil
		v.nets.base, v.nets.under = next.nets, nil
		v.cold.put(next)
	}
}

// turn has what changed before the last turn recent no more. The hot zone need not
// wait for the cold one of this turn: that of the last one says the same of it.
func (p *hotPolicy[K]) turn() {
	p.older, p.newer = p.newer, nil
	p.recent = union(p.older, keysOf(sorted(p.over)))
}
