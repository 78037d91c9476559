package shelf

import "bytes"

// Added is what became of a version.
type Added struct {
	Number Number // 0: its own entry has brought it before
	// Behind says that another version stands for it: its owner sent the same
	// before, for the same audience.
	Behind bool
	// Before is the version of the same id, owner and time that stood until
	// now; 0: there is none.
	Before Number
	// Differs is a version of the same id and time with other bytes: of
	// another owner, or the one that it stands behind; 0: there is none.
	Differs Number
	First   bool // of its id, but for what is erased
}

// Begin says which entry the versions come from that are added next, and the
// time of the first of them, microseconds since 1970: the others follow by
// steps of one.
func (st *Stage) Begin(seq uint64, added int64) {
	st.runs = append(st.runs, run{seq: seq, added: added, first: Number(st.versions.base.n + len(st.versions.own) + 1)})
}

// Add adds a version. Of an owner's versions with the same id and time the
// last one stands, unless it is for the same audience as the one that stood:
// then it changes nothing.
func (st *Stage) Add(v Version, raw []byte) (Added, error) {
	id := st.intern(v.Key)
	h := st.headsOf(id)
	r := Record{Modified: v.Modified, length: uint32(len(raw)), Audience: v.Audience, id: id, Prev: h.newest, Kind: v.Kind, Flags: v.Flags}
	place := &st.runs[len(st.runs)-1]
	added := Added{First: !left(st.At, h.newest)}
	var other Number
	if added.First {
		r.Flags |= rising
	} else {
		added.Before, other = st.settle(&r)
		added.Behind = r.Flags&Behind != 0
		if added.Behind && added.Before >= place.first {
			return Added{Behind: true, Before: added.Before}, nil
		}
	}
	if err := st.lay(&r, raw, &added, other); err != nil {
		return Added{}, err
	}
	number := st.versions.add(r)
	added.Number = Number(number)
	if r.Flags&Relationship != 0 {
		st.bind(added.Number, v)
	}
	if added.Before != 0 && !added.Behind {
		st.alter(added.Before, func(r *Record) { r.Flags |= Behind })
	}
	if r.Prev != 0 && st.At(r.Prev).Flags&Contested == 0 {
		st.alter(r.Prev, func(r *Record) { r.Flags |= Contested })
	}
	if st.isLong(id) {
		st.setStanding(id, r.Modified, with(st.standing(id, r.Modified), added.Number, &r, added.Before))
	}
	h = st.headsOf(id)
	h.newest = added.Number
	st.setHeads(id, h)
	st.files = append(st.files, stored{
		Version: v, offset: r.offset, length: r.length, seq: place.seq, added: place.added + int64(added.Number-place.first),
	})
	return added, nil
}

// lay gives a version its bytes. One that stands behind another with the same
// bytes shares them.
func (st *Stage) lay(r *Record, raw []byte, added *Added, other Number) error {
	if other != 0 {
		same, err := st.same(other, raw)
		if err != nil {
			return err
		}
		if !same {
			added.Differs = other
		}
	}
	if added.Behind {
		same, err := st.same(added.Before, raw)
		if err != nil {
			return err
		}
		if same {
			r.offset = st.At(added.Before).offset
			return nil
		}
		added.Differs = added.Before
	}
	r.offset = st.s.length + int64(len(st.bytes))
	st.bytes = append(append(st.bytes, raw...), ',')
	return nil
}

func (st *Stage) same(n Number, raw []byte) (bool, error) {
	known, err := st.Raw(n)
	return bytes.Equal(known, raw), err
}

// bind hangs a relationship on its ends.
func (st *Stage) bind(n Number, v Version) {
	e := ends{source: st.intern(v.Source), target: st.intern(v.Target)}
	h := st.headsOf(e.source)
	e.prevSource, h.outgoing = h.outgoing, n
	st.setHeads(e.source, h)
	h = st.headsOf(e.target)
	e.prevTarget, h.incoming = h.incoming, n
	st.setHeads(e.target, h)
	index := st.ends.add(e)
	st.alter(n, func(r *Record) { r.ends = index })
}

// settle finds the place of a record, which is not the first of its id, among
// the earlier ones, and sets its flags.
func (st *Stage) settle(r *Record) (before, other Number) {
	p := place{at: st.At, r: r, owner: st.s.owner}
	if p.rises() || !st.isLong(r.id) && p.walk() {
		return p.before, p.other
	}
	if !st.isLong(r.id) {
		st.lengthen(r.id)
	}
	p.among(st.standing(r.id, r.Modified))
	return p.before, p.other
}
