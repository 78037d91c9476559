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
	id, err := st.intern(v.Key)
	if err != nil {
		return Added{}, err
	}
	h := st.headsOf(id)
	r := Record{Audience: v.Audience, Kind: v.Kind, Flags: v.Flags}
	place := &st.runs[len(st.runs)-1]
	added := Added{First: !left(st.At, h.newest)}
	var other Number
	alone := h.newest != 0 && st.At(h.newest).Flags&Contested == 0
	if h.newest != 0 {
		if err := st.contest(h.newest, id); err != nil {
			return Added{}, err
		}
		r.id, r.Prev, r.Modified = id, h.newest, v.Modified
	}
	if added.First {
		r.Flags |= rising
	} else {
		added.Before, other = st.settle(&r)
		added.Behind = r.Flags&Behind != 0
		if added.Behind && added.Before >= place.first {
			if alone { // and it stays so
				st.alter(h.newest, func(r *Record) { r.Flags, r.chain = r.Flags&^Contested, 0 })
				st.chain.own = st.chain.own[:len(st.chain.own)-1]
			}
			return Added{Behind: true, Before: added.Before}, nil
		}
	}
	offset, err := st.lay(&r, raw, &added, other)
	if err != nil {
		return Added{}, err
	}
	if r.Prev != 0 {
		r.Flags |= Contested
		r.chain = st.chain.add(chained{r.Modified, r.Prev, id})
	}
	added.Number = Number(st.versions.add(r.pack()))
	st.files = append(st.files, stored{
		Version: v, offset: offset, length: uint32(len(raw)), seq: place.seq, added: place.added + int64(added.Number-place.first),
	})
	if added.Before != 0 && !added.Behind {
		st.alter(added.Before, func(r *Record) { r.Flags |= Behind })
	}
	if st.isLong(id) {
		st.setStanding(id, r.Modified, with(st.standing(id, r.Modified), added.Number, &r, added.Before))
	}
	h.newest = added.Number
	st.setHeads(id, h)
	if r.Flags&Relationship != 0 {
		return added, st.bind(added.Number, v)
	}
	return added, nil
}

// contest notes of a version that it shares its id with others.
func (st *Stage) contest(n Number, id uint32) error {
	r := st.At(n)
	if r.Flags&Contested != 0 {
		return nil
	}
	known, err := st.stored(n)
	if err != nil {
		return err
	}
	at := st.chain.add(chained{known.Modified, 0, id})
	st.alter(n, func(r *Record) { r.Flags, r.chain = r.Flags|Contested, at })
	return nil
}

// lay gives a version its bytes, and says where they are. One that stands behind
// another with the same bytes shares them.
func (st *Stage) lay(r *Record, raw []byte, added *Added, other Number) (offset int64, err error) {
	if other != 0 {
		same, err := st.same(other, raw)
		if err != nil {
			return 0, err
		}
		if !same {
			added.Differs = other
		}
	}
	if added.Behind {
		same, err := st.same(added.Before, raw)
		if err != nil {
			return 0, err
		}
		if same {
			before, err := st.stored(added.Before)
			return before.offset, err
		}
		added.Differs = added.Before
	}
	offset = st.s.length + int64(len(st.bytes))
	st.bytes = append(append(st.bytes, raw...), ',')
	return offset, nil
}

func (st *Stage) same(n Number, raw []byte) (bool, error) {
	known, err := st.Raw(n)
	return bytes.Equal(known, raw), err
}

// bind hangs a relationship on its ends.
func (st *Stage) bind(n Number, v Version) error {
	source, err := st.intern(v.Source)
	if err != nil {
		return err
	}
	target, err := st.intern(v.Target)
	if err != nil {
		return err
	}
	e := ends{number: n, source: source, target: target}
	h := st.headsOf(source)
	e.prevSource, h.outgoing = h.outgoing, n
	st.setHeads(source, h)
	h = st.headsOf(target)
	e.prevTarget, h.incoming = h.incoming, n
	st.setHeads(target, h)
	st.ends.add(e)
	return nil
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
