package hub

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// roundKinds are those of the entries that rounds are made of.
var roundKinds = []ledger.Kind{
	kindNumbered, protect.KindDecided, protect.KindStopped,
	access.KindPartnerChanged, access.KindPartnerLeft, access.KindCommunityJoined, access.KindCommunityLeft,
	access.KindClientListed, access.KindClientUnlisted,
}

// round is what was published under one number. It does not change.
type round struct {
	number
	steps   []step
	stops   protect.Stops // from then on
	stopped bool          // they are others than before
	moved   bool          // some keys lead to other views: all zones are renewed
}

// rounds are what a cluster has published, as the ledger says. Those since the turn
// before the last are kept: whatever is made for readers is made of the state then, and
// of each round since, so that it is the same on every node, whenever it is made. They
// belong to the goroutine of the outlets.
type rounds struct {
	numbering
	floor   number // what this node published last when it was a hub by itself
	last    number // the zero one: there is none yet
	list    []*round
	pending []ledger.Entry // after the last number
	decided uint64         // decisions that were published
	read    ledger.Seq
	asked   ledger.Seq // a number that this node has appended and not come to yet
	stops   protect.Stops
	over    [2]map[value]string                            // what ended since the last turn, and before it: ids
	clients map[access.PartnerID]map[access.PartnerID]bool // of whom each partner has listed them
}

func newRounds(n numbering) *rounds {
	return &rounds{numbering: n, over: [2]map[value]string{{}, {}}, clients: map[access.PartnerID]map[access.PartnerID]bool{}}
}

// refold reads what was published up to the head of the ledger.
func (o *outlets) refold(ctx context.Context) error {
	for e, err := range o.hub.Views.Ledger.Read(ctx, 0, roundKinds...) {
		if err != nil {
			return fmt.Errorf("read what was published: %w", err)
		}
		if err := o.come(e); err != nil {
			return err
		}
	}
	return nil
}

// come takes the next entry: a number closes the round of those that wait.
func (o *outlets) come(e ledger.Entry) (err error) {
	r := o.rounds
	if e.Seq <= r.read {
		return nil
	}
	r.read = e.Seq
	if e.Kind != kindNumbered {
		r.pending = append(r.pending, e)
		return nil
	}
	closed := &round{}
	if err := ledger.Fold(e, func(_ ledger.Entry, n number) { closed.number = n }); err != nil {
		return fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	if !closed.after(r.last) {
		return nil
	}
	if closed.At.Before(r.last.At) {
		closed.At = r.last.At
	}
	// Before there is any, a key leads nowhere: nothing moves at the first.
	movers := movers{outlets: o, at: closed.Zones, first: r.last.Serial == 0}
	r.last = closed.number
	for _, e := range r.pending {
		if err := o.include(closed, e, &movers); err != nil {
			return err
		}
	}
	r.pending = nil
	closed.stops, closed.moved = r.stops, movers.some
	r.keep(closed)
	o.adopt(r.stops)
	for _, c := range o.list() {
		if err := o.publishRound(c, closed); err != nil {
			return err
		}
	}
	o.published.Raise(r.decided + 1)
	return nil
}

// include takes one entry into a round.
func (o *outlets) include(closed *round, e ledger.Entry, m *movers) error {
	r := o.rounds
	switch e.Kind {
	case protect.KindDecided:
		r.decided++
		next, err := o.decision(e)
		if err != nil {
			return err
		}
		if r.late(next) {
			return nil
		}
		if s, ok := o.settle(next); ok {
			if next.ended() {
				r.over[0][next.Value] = next.ID
			}
			closed.steps = append(closed.steps, s)
			m.moved(o.singled(next)...)
		}
	case protect.KindStopped:
		return ledger.Fold(e, func(_ ledger.Entry, stop protect.Stop) {
			r.stops, closed.stopped = r.stops.With(stop), true
			m.moved(stop.Partner)
		})
	default:
		return r.membership(e, m)
	}
	return nil
}

// late says whether a decision puts in force again what has ended: a renewal that a
// recall has overtaken.
func (r *rounds) late(next *standing) bool {
	return !next.ended() && next.ID != "" && (r.over[0][next.Value] == next.ID || r.over[1][next.Value] == next.ID)
}

// membership notes whose keys may lead elsewhere because of who belongs to whom.
func (r *rounds) membership(e ledger.Entry, m *movers) error {
	return ledger.Fold(e, func(e ledger.Entry, body access.Listing) {
		switch e.Kind {
		case access.KindClientListed:
			if r.clients[body.Partner] == nil {
				r.clients[body.Partner] = map[access.PartnerID]bool{}
			}
			r.clients[body.Partner][body.Client] = true
		case access.KindClientUnlisted:
			delete(r.clients[body.Partner], body.Client)
		case access.KindPartnerLeft:
			m.moved(slices.Collect(maps.Keys(r.clients[body.Partner]))...)
			delete(r.clients, body.Partner)
		}
		m.moved(body.Partner, body.Client)
	})
}

// keep notes a round, and forgets what was before the turn before the last.
func (r *rounds) keep(closed *round) {
	if closed.Turn {
		last := len(r.list) - 1
		for last > 0 && !r.list[last].Turn {
			last--
		}
		r.list = slices.Clone(r.list[max(last, 0):])
		r.over = [2]map[value]string{{}, r.over[0]}
	}
	r.list = append(r.list, closed)
}

// unsettled says whether something has been published since the turn before the last:
// one more turn has the hot zones forget it.
func (r *rounds) unsettled() bool {
	return slices.ContainsFunc(r.list[1:], func(one *round) bool { return len(one.steps) > 0 })
}

// turned is when the last turn was.
func (r *rounds) turned() number {
	for _, one := range slices.Backward(r.list) {
		if one.Turn {
			return one.number
		}
	}
	return number{}
}

// begun is what was in force at the first of the rounds that are kept.
func (o *outlets) begun() []*standing {
	before := map[value]*standing{}
	for _, one := range slices.Backward(o.rounds.list[1:]) {
		for _, s := range slices.Backward(one.steps) {
			before[s.next.Value] = s.old
		}
	}
	all := make([]*standing, 0, len(o.all))
	for v, s := range o.all {
		if _, other := before[v]; !other {
			all = append(all, s)
		}
	}
	for _, s := range before {
		if s != nil {
			all = append(all, s)
		}
	}
	return all
}

// zoneNumber is a round's number as the DNS primary has it.
func (r *round) zoneNumber() rpz.Number {
	return rpz.Number{Serial: r.Zones, At: r.At, Turn: r.Turn, Renew: r.moved}
}

// movers notes whose transfer keys come to lead to other views, and at which serial:
// who holds an earlier one has it from another view.
type movers struct {
	*outlets
	at    uint32
	first bool
	some  bool
}

func (m *movers) moved(partners ...access.PartnerID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range partners {
		if p == "" || p == access.Hub || m.first {
			continue
		}
		m.some = true
		m.since[p] = m.at
	}
}
