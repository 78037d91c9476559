package pattern

import (
	"fmt"
	"slices"
)

// Program is a compiled pattern, ready to be asked of observations. It does not
// change: many goroutines may use it at once.
type Program struct {
	atoms []*Atom
	root  part
}

// Compile makes a program of a pattern. What cannot be asked in bounded time is
// an error: a MATCHES with a backreference or a look-around, a path of more
// than 64 steps, a pattern of more than 4096 atoms; so is a constant that means
// nothing, like ISSUBSET of what is no prefix.
func Compile(p Pattern) (*Program, error) {
	if p.Root == nil {
		return nil, fmt.Errorf("compile pattern: there is none; make one with Parse")
	}
	program := &Program{}
	root, err := program.part(p.Root)
	if err != nil {
		return nil, fmt.Errorf("compile pattern: %w", err)
	}
	program.root = root
	return program, nil
}

// Atoms are the pattern's observation expressions, one for each "[...]", in
// order of appearance.
func (p *Program) Atoms() []*Atom { return p.atoms }

// Alone says whether an observation that satisfies the atom is all that the
// pattern asks for: nothing has to be remembered for such an atom.
func (p *Program) Alone(atom int) bool { return alone(p.root, atom) }

func alone(p part, atom int) bool {
	switch p := p.(type) {
	case *slot:
		return p.atom == atom && p.times == 1
	case *choice:
		for _, o := range p.of {
			if alone(o, atom) {
				return true
			}
		}
	case *within: // one observation is no distance from itself
		return alone(p.of, atom)
	}
	return false
}

// Atom is one observation expression "[...]" without its qualifiers.
type Atom struct {
	comparison Comparison
	condition  condition
	types      []string // of the objects that it can hold for
}

// Comparison is what stands between the brackets.
func (a *Atom) Comparison() Comparison { return a.comparison }

// Witness tells a person what made an atom hold: the path and the value, as
// seen, of the first comparison that asks for something to be there. Both are
// empty where none does ("!=", NOT).
type Witness struct{ Path, Value string }

func newAtom(c Comparison) (*Atom, error) {
	a := &Atom{comparison: c}
	var err error
	if a.condition, err = newCondition(c); err != nil {
		return nil, err
	}
	var ok bool
	if a.types, ok = rootTypes(c); !ok {
		return nil, fmt.Errorf("AND joins comparisons of different objects inside [..]; use [..] AND [..]")
	}
	return a, nil
}

// Test says whether one observation satisfies the comparison expression: all
// of it holds for one object of the observation, and those that the object
// refers to (section 9.5).
//
// An observation may come from anywhere: Test looks at no more than 65,536
// values of it; what lies beyond counts as not there.
func (a *Atom) Test(o *Observed) (Witness, bool) {
	t := tester{observed: o, left: maxValues}
	for _, object := range o.Objects {
		kind, _ := object["type"].(string)
		if !slices.Contains(a.types, kind) {
			continue
		}
		if p, ok := t.holds(&a.condition, object, kind); ok {
			return p.witness(), true
		}
	}
	return Witness{}, false
}
