package shelf

import "slices"

// steps is how many earlier versions of an id are looked at to find the place
// of one more. An id for which that is not enough gets times of its own: the
// versions of an id come in the order that its owners choose, and without them
// each one could be made to cost a look at all that were before.
const steps = 64

// times is the versions of an id that stand, by their Modified, oldest first:
// of each owner one.
type times map[int64][]Number

// timesOf is the times of the versions of an id.
func timesOf(at func(Number) Record, newest Number) times {
	t := times{}
	for n := newest; n != 0; {
		r := at(n)
		if r.stands() {
			t[r.Modified] = append(t[r.Modified], n)
		}
		n = r.Prev
	}
	for _, standing := range t {
		slices.Reverse(standing)
	}
	return t
}

// with is versions of one time after a version of that time has come; before
// is the one that stood for it. The list that is given stays as it is.
func with(standing []Number, n Number, r *Record, before Number) []Number {
	if !r.stands() {
		return standing
	}
	out := make([]Number, 0, len(standing)+1)
	for _, s := range standing {
		if s != before {
			out = append(out, s)
		}
	}
	return append(out, n)
}

// place is where a record goes among the earlier ones of its id.
type place struct {
	at            func(Number) Record
	r             *Record
	owner         func(uint32) uint32
	before, other Number
}

// rises says, of a record that is not the first of its id, whether it is newer
// than all before, as it usually is: then it takes no look at the others.
func (p *place) rises() bool {
	p.r.Flags |= Contested
	last := p.at(p.r.Prev)
	if last.Flags&rising != 0 && p.r.Modified > last.Modified {
		p.r.Flags |= rising
		return true
	}
	return false
}

// walk looks at the earlier versions themselves, the last ones first. It is not
// found if that takes too many steps.
func (p *place) walk() (found bool) {
	for n, step := p.r.Prev, 0; n != 0; step++ {
		if step == steps {
			p.before, p.other, p.r.Flags = 0, 0, p.r.Flags&^Behind
			return false
		}
		k := p.at(n)
		if k.Modified == p.r.Modified && k.stands() {
			p.weigh(n, k)
		}
		if k.Flags&rising != 0 && k.Modified < p.r.Modified {
			return true
		}
		n = k.Prev
	}
	return true
}

// among looks at those that stand for the record's time.
func (p *place) among(standing []Number) {
	for _, n := range slices.Backward(standing) {
		p.weigh(n, p.at(n))
	}
}

// weigh takes a version into account that stands for the record's time.
func (p *place) weigh(n Number, k Record) {
	if p.owner(k.Audience) != p.owner(p.r.Audience) {
		p.other = n
		return
	}
	if p.before = n; k.Audience == p.r.Audience {
		p.r.Flags |= Behind
	}
}
