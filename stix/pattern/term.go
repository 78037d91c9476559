package pattern

import (
	"fmt"
	"slices"
	"strings"
)

// term is an observation expression without OR, but for that in its parts.
// One of the groups of fields is set.
type term struct {
	test [][]int // "[...]": one of these sets of literals holds

	by Operator // And or FollowedBy
	of []term

	inner   []term // qualified: one of these
	times   int64  // REPEATS, or 0
	span    nanos  // WITHIN, or 0
	periods []between

	key string // all of this; terms with the same key are the same
}

// newTerm gives a term its key, in which the order of what may be reordered
// does not show.
func newTerm(t term) term {
	switch {
	case t.by != "":
		keys := keysOf(t.of)
		if t.by == And {
			slices.Sort(keys)
		}
		t.key = "(" + strings.Join(keys, " "+string(t.by)+" ") + ")"
	case t.inner != nil:
		keys := keysOf(t.inner)
		slices.Sort(keys)
		t.key = fmt.Sprintf("{%s %d %d", strings.Join(keys, " OR "), t.times, t.span)
		for _, p := range t.periods {
			t.key += fmt.Sprintf(" %d-%d", p.start, p.stop)
		}
		t.key += "}"
	default:
		t.key = fmt.Sprint(t.test)
	}
	return t
}

func keysOf(terms []term) []string {
	keys := make([]string, len(terms))
	for i, t := range terms {
		keys[i] = t.key
	}
	return keys
}

// unique leaves each term once.
func unique(terms []term) []term {
	known := make(map[string]bool, len(terms))
	return slices.DeleteFunc(terms, func(t term) bool {
		if known[t.key] {
			return true
		}
		known[t.key] = true
		return false
	})
}
