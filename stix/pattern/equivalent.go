package pattern

// Equivalent says whether two patterns were shown to hold for the same
// observations. It is sound and not complete: true is a proof, false says that
// there is none in bounded work (the expressions grow exponentially with ORs
// under ANDs), or that the patterns differ.
//
// It knows that OR and AND may be reordered and regrouped, that each distributes
// over the other as far as section 9.5 allows (AND between observations asks for
// different ones, so that [x] AND [x] is not [x]), that what implies another
// alternative may go, that FOLLOWEDBY implies AND, that REPEATS is short for
// AND, and that qualifiers narrow. Constants count by what they mean: 1 and 1.0,
// h'00' and b'AA==', t'...00Z' and t'...00.0Z'; so do addresses and prefixes
// with a mask and without leading zeros, and the names of Windows registry keys
// and values in either case, where =, IN or their negations ask for them. These
// last go by what the values mean, and so beyond Match, whose = compares what is
// written (section 9.6.1).
func Equivalent(a, b Pattern) bool {
	if a.Root == nil || b.Root == nil {
		return a.Root == b.Root
	}
	if a.String() == b.String() {
		return true
	}
	// First with comparisons in brackets as they are: [x OR y] is small. Then
	// taken apart, as [x] OR [y].
	for _, apart := range []bool{false, true} {
		n := normalizer{apart: apart, literals: map[string]int{}, left: maxNormal}
		x, y := n.observation(a.Root), n.observation(b.Root)
		if n.left >= 0 && n.anyImplies(x, y) && n.anyImplies(y, x) && n.left >= 0 {
			return true
		}
	}
	return false
}

// maxNormal bounds the work of Equivalent: the parts of all normal forms, and
// the comparisons of parts.
const maxNormal = 1 << 18

// normalizer makes normal forms and compares them.
type normalizer struct {
	apart    bool           // [x OR y] is made [x] OR [y]
	literals map[string]int // comparisons, numbered
	left     int            // work that may still be done; below 0 nothing is sound
}

func (n *normalizer) spend(work int) bool {
	n.left -= work
	return n.left >= 0
}

// observation makes an expression a choice of terms.
func (n *normalizer) observation(o Observation) []term {
	switch o := o.(type) {
	case *Test:
		test := n.comparison(o.Comparison)
		if !n.apart {
			return []term{newTerm(term{test: test})}
		}
		var all []term
		for _, set := range test {
			all = append(all, newTerm(term{test: [][]int{set}}))
		}
		return all
	case *Qualified:
		all := n.observation(o.Of)
		for _, q := range o.Qualifiers {
			all = n.qualified(all, q)
		}
		return all
	}
	j := o.(*Joined)
	var all []term
	for i, operand := range j.Operands {
		next := n.observation(operand)
		switch {
		case i == 0:
			all = next
		case j.Operator == Or:
			all = append(all, next...)
		default:
			all = n.product(j.Operator, all, next)
		}
	}
	return unique(all)
}

// product joins each term with each other.
func (n *normalizer) product(by Operator, left, right []term) []term {
	var all []term
	for _, l := range left {
		for _, r := range right {
			t := newTerm(term{by: by, of: append(joinedBy(by, l), joinedBy(by, r)...)})
			if !n.spend(1 + len(t.key)/16) {
				return nil
			}
			all = append(all, t)
		}
	}
	return unique(all)
}

// joinedBy are the operands of a term that is joined by an operator.
func joinedBy(by Operator, t term) []term {
	if t.by == by {
		return append([]term(nil), t.of...)
	}
	return []term{t}
}

// qualified puts a qualifier on a choice of terms.
func (n *normalizer) qualified(inner []term, q Qualifier) []term {
	const few = 16
	outer := term{inner: inner}
	if len(inner) == 1 && inner[0].inner != nil && inner[0].times == 0 {
		outer = inner[0] // WITHIN and START/STOP narrow in any order
	}
	switch q := q.(type) {
	case Repeats:
		if q.Times > few {
			return []term{newTerm(term{inner: inner, times: q.Times})}
		}
		all := inner
		for range q.Times - 1 {
			all = n.product(And, all, inner)
		}
		return all
	case Within:
		if s := spanOf(q.Seconds); outer.span == 0 || s < outer.span {
			outer.span = s
		}
	case StartStop:
		start, _ := instantOf(q.Start.Text)
		stop, _ := instantOf(q.Stop.Text)
		outer.periods = append(outer.periods[:len(outer.periods):len(outer.periods)], between{start: start.nanos(), stop: stop.nanos()})
	}
	return []term{newTerm(outer)}
}
