package rpz

import "slices"

// hotPolicy is one kind of keys in the hot zone: see the package comment. A
// group is a recent key with no other above it and everything beneath it, or
// one must-resolve name; groups do not touch each other, so that a change costs
// what is in its group.
type hotPolicy[K key[K]] struct {
	tree[K]
	recent  []K // sorted
	musts   []K // sorted
	groups  []group[K]
	stale   bool // every group has to be made anew
	between bool
	records func(row[K]) []record
}

type group[K key[K]] struct {
	root    K
	recents int
	records []record
}

// change puts facts, which are sorted, in force.
func (p *hotPolicy[K]) change(fs facts[K]) (removed, added []record) {
	touched := make([]K, len(fs))
	for i, f := range fs {
		p.put(f)
		touched[i] = f.key
		at, known := slices.BinarySearchFunc(p.musts, f.key, K.compare)
		switch {
		case f.kind == must && !known:
			p.musts = slices.Insert(p.musts, at, f.key)
		case f.kind != must && known:
			p.musts = slices.Delete(p.musts, at, at+1)
		}
	}
	p.recent = union(p.recent, touched)
	return p.regroup(touched)
}

// regroup makes the groups anew that hold a touched key or have lost one, and
// gives the records that went and came.
func (p *hotPolicy[K]) regroup(touched []K) (removed, added []record) {
	old := p.groups
	next := make([]group[K], 0, len(old)+len(touched))
	recent, musts := p.recent, p.musts
	for len(recent) > 0 || len(musts) > 0 {
		var g group[K]
		alone := len(recent) == 0 || len(musts) > 0 && musts[0].compare(recent[0]) < 0
		if alone {
			g.root, musts = musts[0], musts[1:]
		} else {
			g.root = recent[0]
			for g.recents < len(recent) && g.root.holds(recent[g.recents]) {
				g.recents++
			}
			for len(musts) > 0 && g.root.holds(musts[0]) {
				musts = musts[1:]
			}
		}
		for len(old) > 0 && old[0].root.compare(g.root) < 0 {
			removed, old = append(removed, old[0].records...), old[1:]
		}
		dirty := false
		for !alone && len(touched) > 0 && (g.root.holds(touched[0]) || touched[0].compare(g.root) < 0) {
			dirty, touched = dirty || g.root.holds(touched[0]), touched[1:]
		}
		known := len(old) > 0 && old[0].root == g.root
		if known && !dirty && !p.stale && old[0].recents == g.recents {
			next, old = append(next, old[0]), old[1:]
		} else {
			if known {
				removed, old = append(removed, old[0].records...), old[1:]
			}
			g.records = p.write(g.root, recent[:g.recents])
			added = append(added, g.records...)
			next = append(next, g)
		}
		recent = recent[g.recents:]
	}
	for _, gone := range old {
		removed = append(removed, gone.records...)
	}
	p.groups, p.stale = next, false
	return removed, added
}

// write gives a group's records; recent, if there are any, begin with the root.
func (p *hotPolicy[K]) write(root K, recent []K) (records []record) {
	w := newWriter(around[K]{blocked: p.inherited(root)}, p.between, func(r row[K]) { records = append(records, p.records(r)...) })
	if len(recent) == 0 {
		w.write(p.at(root), false)
		return records
	}
	old := p.base.beneath(root)
	for len(recent) > 0 || len(old) > 0 {
		if len(recent) == 0 || len(old) > 0 && old[0].key.compare(recent[0]) < 0 {
			w.write(old[0], false)
			old = old[1:]
			continue
		}
		w.write(p.at(recent[0]), true)
		if len(old) > 0 && old[0].key == recent[0] {
			old = old[1:]
		}
		recent = recent[1:]
	}
	return records
}

// all is the groups' records.
func (p *hotPolicy[K]) all() (records []record) {
	n := 0
	for _, g := range p.groups {
		n += len(g.records)
	}
	records = make([]record, 0, n)
	for _, g := range p.groups {
		records = append(records, g.records...)
	}
	return records
}

// settle has the new cold zone's facts as the base. With a turn, what had changed
// before the last one is no longer recent.
func (p *hotPolicy[K]) settle(base facts[K], turn bool) {
	p.newer = union(p.newer, keysOf(sorted(p.under)))
	if turn {
		p.older, p.newer = p.newer, nil
	}
	p.base, p.under = base, nil
	p.recent = union(union(p.older, p.newer), keysOf(sorted(p.over)))
}

// next is what will be recent in the cold zone in the making.
func (p *hotPolicy[K]) next(turn bool) []K {
	newer := union(p.newer, keysOf(sorted(p.under)))
	if turn {
		return newer
	}
	return union(p.older, newer)
}

func keysOf[K key[K]](fs facts[K]) []K {
	keys := make([]K, len(fs))
	for i, f := range fs {
		keys[i] = f.key
	}
	return keys
}
