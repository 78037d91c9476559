package pattern

// maxWork is how many steps the search of a batch may take.
const maxWork = 1 << 24

// Match says whether observations, taken together, make the pattern hold, and
// which of them do: the indices of one match, in order.
//
// The search is exact, but bounded: a pattern that nests WITHIN, FOLLOWEDBY and
// REPEATS over many thousand observations may take more steps than are
// allowed, and then counts as not matched.
func (p *Program) Match(observations []Observed) (matched []int, ok bool) {
	s := searches.Get().(*search)
	defer s.free()
	s.work = maxWork
	for i := range observations {
		o := &observations[i]
		var atoms bits
		some := false
		for n, a := range p.atoms {
			if _, ok := a.Test(o); ok {
				atoms.add(n)
				some = true
			}
		}
		if some {
			next := sightOf(Seen{First: o.First, Last: o.Last, Number: o.Number, Ref: uint64(i)})
			next.atoms = atoms
			s.seen = append(s.seen, next)
		}
	}
	if !s.find(p.root) {
		return nil, false
	}
	for i, used := range s.used {
		if used > 0 {
			matched = append(matched, int(s.seen[i].name))
		}
	}
	return matched, true
}
