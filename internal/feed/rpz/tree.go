package rpz

import (
	"slices"
)

// kind is what is in force for a key.
type kind uint8

const (
	nothing kind = iota
	wide         // blocked, with what is beneath it
	exact        // blocked by itself
	must         // has to resolve
)

// fact is what is in force for one key: 24 bytes for a name, of which there may
// be a million.
type fact[K key[K]] struct {
	key    K
	kind   kind
	answer uint32 // of a must-resolve name: its place in the answers, from 1; 0 for none
}

// facts are sorted by their keys, each of which is there once. They do not change.
type facts[K key[K]] []fact[K]

func (fs facts[K]) search(k K) (int, bool) {
	return slices.BinarySearchFunc(fs, k, func(f fact[K], k K) int { return f.key.compare(k) })
}

func (fs facts[K]) at(k K) fact[K] {
	if i, ok := fs.search(k); ok {
		return fs[i]
	}
	return fact[K]{key: k}
}

// beneath is the facts of a key and of what is beneath it.
func (fs facts[K]) beneath(k K) facts[K] {
	first, _ := fs.search(k)
	n, _ := slices.BinarySearchFunc(fs[first:], k, func(f fact[K], k K) int {
		if k.holds(f.key) {
			return -1
		}
		return 1
	})
	return fs[first : first+n]
}

// with is the facts after changes, which are sorted.
func (fs facts[K]) with(changes facts[K]) facts[K] {
	next := make(facts[K], 0, len(fs)+len(changes))
	for _, c := range changes {
		i, found := fs.search(c.key)
		next = append(next, fs[:i]...)
		if fs = fs[i:]; found {
			fs = fs[1:]
		}
		if c.kind != nothing {
			next = append(next, c)
		}
	}
	return append(next, fs...)
}

// tree is what is in force: the facts of the cold zone that is served, and what has
// changed since, in two layers, so that the next cold zone can be made of the
// lower one while the upper one takes further changes.
type tree[K key[K]] struct {
	base  facts[K]
	under map[K]fact[K] // what goes into the cold zone in the making
	over  map[K]fact[K] // what has changed since
	newer []K           // what has changed from the last turn until base; sorted
	older []K           // and from the turn before until the last one
	// depths are those at which a fact may be: most keys above another need not
	// be looked for.
	depths [maxDepth + 1]bool
}

func (t *tree[K]) rest(base facts[K]) {
	t.base, t.under, t.over, t.newer, t.older = base, nil, make(map[K]fact[K]), nil, nil
	for _, f := range base {
		t.depths[f.key.depth()] = true
	}
}

func (t *tree[K]) at(k K) fact[K] {
	if !t.depths[k.depth()] {
		return fact[K]{key: k}
	}
	if f, ok := t.over[k]; ok {
		return f
	}
	if f, ok := t.under[k]; ok {
		return f
	}
	return t.base.at(k)
}

// now is all that is in force, in order.
func (t *tree[K]) now() facts[K] { return t.base.with(sorted(t.under)).with(sorted(t.over)) }

func (t *tree[K]) put(f fact[K]) {
	t.over[f.key] = f
	t.depths[f.key.depth()] = true
}

// inherited says whether a key is blocked if nothing is in force for itself.
func (t *tree[K]) inherited(k K) bool { return inherited(k, t.at) }

func inherited[K key[K]](k K, at func(K) fact[K]) bool {
	for up, ok := k.above(); ok; up, ok = up.above() {
		switch at(up).kind {
		case wide:
			return true
		case must:
			return false
		}
	}
	return false
}

// sorted gives a layer's facts in order.
func sorted[K key[K]](layer map[K]fact[K]) facts[K] {
	fs := make(facts[K], 0, len(layer))
	for _, f := range layer {
		fs = append(fs, f)
	}
	slices.SortFunc(fs, func(a, b fact[K]) int { return a.key.compare(b.key) })
	return fs
}

// union merges sorted keys, each once.
func union[K key[K]](a, b []K) []K {
	all := make([]K, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch c := a[0].compare(b[0]); {
		case c < 0:
			all, a = append(all, a[0]), a[1:]
		case c > 0:
			all, b = append(all, b[0]), b[1:]
		default:
			all, a, b = append(all, a[0]), a[1:], b[1:]
		}
	}
	return append(append(all, a...), b...)
}
