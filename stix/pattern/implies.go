package pattern

import "slices"

// anyImplies says whether each of some terms implies one of others.
func (n *normalizer) anyImplies(these, those []term) bool {
	return !slices.ContainsFunc(these, func(x term) bool {
		return !slices.ContainsFunc(those, func(y term) bool { return n.implies(&x, &y) })
	})
}

// implies says whether observations that make x hold, or some of them, are
// known to make y hold.
func (n *normalizer) implies(x, y *term) bool {
	if !n.spend(1) {
		return false
	}
	switch {
	case x.key == y.key:
		return true
	case x.test != nil:
		return y.test != nil && n.setsImply(x.test, y.test)
	case x.by != "":
		if y.by == FollowedBy && x.by == FollowedBy && n.embeds(x.of, y.of) || y.by == And && n.covers(x.of, y.of) {
			return true
		}
		// One of the operands alone may do it.
		return slices.ContainsFunc(x.of, func(o term) bool { return n.implies(&o, y) })
	}
	if y.inner != nil && narrows(x, y) && n.anyImplies(x.inner, y.inner) {
		return true
	}
	return n.anyImplies(x.inner, []term{*y})
}

// narrows says whether the qualifiers of x ask for no less than those of y.
func narrows(x, y *term) bool {
	if x.times < y.times || (x.times == 0) != (y.times == 0) {
		return false
	}
	if y.span != 0 && (x.span == 0 || x.span > y.span) {
		return false
	}
	return !slices.ContainsFunc(y.periods, func(p between) bool {
		return !slices.ContainsFunc(x.periods, func(o between) bool { return o.start >= p.start && o.stop <= p.stop })
	})
}

// embeds says whether the operands of a FOLLOWEDBY imply, in order, all those
// of another.
func (n *normalizer) embeds(xs, ys []term) bool {
	at := 0
	for i := range xs {
		if at < len(ys) && n.implies(&xs[i], &ys[at]) {
			at++
		}
	}
	return at == len(ys)
}

// covers says whether each of ys is implied by one of xs, each by another:
// they are bound to different observations.
func (n *normalizer) covers(xs, ys []term) bool {
	if len(ys) > len(xs) {
		return false
	}
	taken := make([]int, len(xs)) // by which of ys, from 1
	var find func(y int, asked []bool) bool
	find = func(y int, asked []bool) bool {
		for x := range xs {
			if asked[x] || !n.implies(&xs[x], &ys[y]) {
				continue
			}
			asked[x] = true
			if taken[x] == 0 || find(taken[x]-1, asked) {
				taken[x] = y + 1
				return true
			}
		}
		return false
	}
	for y := range ys {
		if !find(y, make([]bool, len(xs))) {
			return false
		}
	}
	return true
}

// setsImply says whether each set of literals has all of one of the others.
func (n *normalizer) setsImply(xs, ys [][]int) bool {
	for _, x := range xs {
		some := slices.ContainsFunc(ys, func(y []int) bool {
			return n.spend(1+len(x)/8) && subset(y, x)
		})
		if !some {
			return false
		}
	}
	return true
}

// subset says whether all of a are in b; both are sorted.
func subset(a, b []int) bool {
	for _, v := range a {
		for len(b) > 0 && b[0] < v {
			b = b[1:]
		}
		if len(b) == 0 || b[0] != v {
			return false
		}
	}
	return true
}
