package feed

import "github.com/tocsin-project/tocsin/internal/protect"

// Where is what of the set keep allows: a part of a set is without contradiction
// as the whole is. Must-resolve names stay excepted from blocks although they are
// not in the part themselves.
func (s Set) Where(keep func(protect.Protection) bool) Set {
	only := func(list []*protect.Protection) (kept []*protect.Protection) {
		for _, p := range list {
			if keep(*p) {
				kept = append(kept, p)
			}
		}
		return kept
	}
	s.blocks, s.observed, s.musts = only(s.blocks), only(s.observed), only(s.musts)
	return s
}
