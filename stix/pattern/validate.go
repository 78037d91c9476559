package pattern

import (
	"fmt"

	"github.com/tocsin-project/tocsin/stix"
)

// Validate holds an indicator's pattern against section 9, where it is in the
// STIX patterning language: that it parses, and that its paths name types and
// properties that an object can have (sections 3.1 and 9.7). It finds nothing
// in any other object.
func Validate(o stix.Object) []stix.Finding {
	if o.Problem != nil || o.Type != "indicator" || o.PatternType != "stix" {
		return nil
	}
	section := "9"
	p, err := Parse(o.Pattern)
	if err == nil {
		section, err = "9.7", p.names()
	}
	if err == nil {
		return nil
	}
	return []stix.Finding{{ID: o.ID, Err: &stix.Error{
		Pointer: o.Pointer + "/pattern", Line: o.Line, Column: 1, Rule: stix.RulePattern, Section: section, Message: err.Error(),
	}}}
}

// names checks the names in the paths.
func (p Pattern) names() error {
	for path := range p.paths() {
		if !named(path.Type, '-') {
			return fmt.Errorf("%q is no object type: 3 to 250 lower-case letters, digits and hyphens, a letter first", path.Type)
		}
		if first := path.Steps[0].Key; !named(first, '_') {
			return fmt.Errorf("%q is no property: 3 to 250 lower-case letters, digits and underscores, a letter first", first)
		}
	}
	return nil
}

// paths goes through all paths, in the order of the text.
func (p Pattern) paths() func(yield func(Path) bool) {
	var comparison func(Comparison, func(Path) bool) bool
	comparison = func(c Comparison, yield func(Path) bool) bool {
		switch c := c.(type) {
		case *Compare:
			return yield(c.Path)
		case *Exists:
			return yield(c.Path)
		case *Boolean:
			for _, o := range c.Operands {
				if !comparison(o, yield) {
					return false
				}
			}
		}
		return true
	}
	var observation func(Observation, func(Path) bool) bool
	observation = func(o Observation, yield func(Path) bool) bool {
		switch o := o.(type) {
		case *Test:
			return comparison(o.Comparison, yield)
		case *Qualified:
			return observation(o.Of, yield)
		case *Joined:
			for _, operand := range o.Operands {
				if !observation(operand, yield) {
					return false
				}
			}
		}
		return true
	}
	return func(yield func(Path) bool) { observation(p.Root, yield) }
}

// named says whether a text can be the name of a type (words joined by
// hyphens) or of a property (by underscores).
func named(s string, joint byte) bool {
	if len(s) < 3 || len(s) > 250 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != joint {
			return false
		}
	}
	return true
}
