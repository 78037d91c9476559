package pattern

import "fmt"

// part is a part of a pattern as the search for a match sees it: *slot, *both,
// *choice, *sequence, *within, *between or *repeat.
type part interface{ part() }

// slot asks for so many observations, each of which satisfies one of the atoms.
type slot struct {
	atom   int
	others []int // of "[..] OR [..]"
	times  int64
}

// both asks for all of its parts, by different observations.
type both struct{ of []part }

// choice asks for one of its parts.
type choice struct{ of []part }

// sequence asks for two parts, no observation of the second before one of the first.
type sequence struct{ first, second part }

// within asks for observations that are less than a span apart.
type within struct {
	of   part
	span nanos
}

// between asks for observations at or after start and before stop.
type between struct {
	of          part
	start, stop nanos
}

// repeat asks for a part so many times, by different observations.
type repeat struct {
	of    part
	times int64
}

func (*slot) part()     {}
func (*both) part()     {}
func (*choice) part()   {}
func (*sequence) part() {}
func (*within) part()   {}
func (*between) part()  {}
func (*repeat) part()   {}

const (
	// maxAtoms is how many "[...]" a program may have.
	maxAtoms = 4096
	// maxTimes stands for every larger count: no stream comes to it.
	maxTimes = 1 << 40
)

// part compiles an observation expression and collects its atoms.
func (p *Program) part(o Observation) (part, error) {
	switch o := o.(type) {
	case *Test:
		if len(p.atoms) == maxAtoms {
			return nil, fmt.Errorf("it has more than %d expressions in brackets; split it", maxAtoms)
		}
		a, err := newAtom(o.Comparison)
		p.atoms = append(p.atoms, a)
		return &slot{atom: len(p.atoms) - 1, times: 1}, err
	case *Joined:
		return p.joined(o)
	case *Qualified:
		of, err := p.part(o.Of)
		for _, q := range o.Qualifiers {
			if err == nil {
				of, err = qualify(of, q)
			}
		}
		return of, err
	}
	return nil, fmt.Errorf("an observation expression is missing")
}

func (p *Program) joined(o *Joined) (part, error) {
	var of []part
	for _, operand := range o.Operands {
		next, err := p.part(operand)
		if err != nil {
			return nil, err
		}
		of = append(of, next)
	}
	switch {
	case len(of) == 0:
		return nil, fmt.Errorf("%s joins nothing", o.Operator)
	case o.Operator == Or:
		return either(of), nil
	case o.Operator == And:
		return &both{of: of}, nil
	}
	// "a FOLLOWEDBY b FOLLOWEDBY c" says the same from the left and from the right.
	chain := of[len(of)-1]
	for i := len(of) - 2; i >= 0; i-- {
		chain = &sequence{first: of[i], second: chain}
	}
	return chain, nil
}

// either makes one slot of all the parts that ask for a single observation.
func either(of []part) part {
	var one *slot
	var rest []part
	for _, o := range of {
		s, ok := o.(*slot)
		switch {
		case !ok || s.times != 1:
			rest = append(rest, o)
		case one == nil:
			one = s
		default:
			one.others = append(append(one.others, s.atom), s.others...)
		}
	}
	switch {
	case one == nil:
		return &choice{of: rest}
	case rest == nil:
		return one
	}
	return &choice{of: append([]part{one}, rest...)}
}

// qualify puts a qualifier on a part.
func qualify(of part, q Qualifier) (part, error) {
	switch q := q.(type) {
	case Repeats:
		if q.Times < 1 {
			return nil, fmt.Errorf("REPEATS takes an integer above 0")
		}
		return repeated(of, min(q.Times, maxTimes)), nil
	case Within:
		if q.Seconds.Int <= 0 && !(q.Seconds.Float > 0) {
			return nil, fmt.Errorf("WITHIN takes a number of seconds above 0")
		}
		return &within{of: of, span: spanOf(q.Seconds)}, nil
	case StartStop:
		start, ok := instantOf(q.Start.Text)
		if !ok {
			return nil, fmt.Errorf("START: %w", errTimestamp(q.Start.Text))
		}
		stop, ok := instantOf(q.Stop.Text)
		if !ok {
			return nil, fmt.Errorf("STOP: %w", errTimestamp(q.Stop.Text))
		}
		if start.compare(stop) >= 0 {
			return &between{of: of, start: latest, stop: earliest}, nil // no time is in it
		}
		return &between{of: of, start: start.nanos(), stop: stop.nanos()}, nil
	}
	return nil, fmt.Errorf("a qualifier is missing")
}

// repeated asks a slot for more observations where it can.
func repeated(of part, times int64) part {
	switch of := of.(type) {
	case *slot:
		of.times = min(of.times, maxTimes/times) * times
		return of
	case *between:
		of.of = repeated(of.of, times)
		return of
	}
	if times == 1 {
		return of
	}
	return &repeat{of: of, times: times}
}

// needs is how many observations a part takes at least.
func needs(p part) int64 {
	n := int64(0)
	switch p := p.(type) {
	case *slot:
		return p.times
	case *both:
		for _, o := range p.of {
			n += needs(o)
		}
	case *choice:
		n = maxTimes
		for _, o := range p.of {
			n = min(n, needs(o))
		}
	case *sequence:
		n = needs(p.first) + needs(p.second)
	case *within:
		n = needs(p.of)
	case *between:
		n = needs(p.of)
	case *repeat:
		n = needs(p.of)
		n = min(n, maxTimes/p.times) * p.times
	}
	return min(n, maxTimes)
}
