package pattern

import (
	"fmt"
	"strconv"
	"strings"
)

// maxSteps is how many steps a path may have to be asked of observations.
const maxSteps = 64

// condition is a comparison expression made ready: a comparison, or several
// that are joined.
type condition struct {
	leaf *leaf
	by   Operator
	of   []condition
}

// leaf is one comparison.
type leaf struct {
	about    string // the type of object
	name     string // the path as it is written
	steps    []stride
	branches bool   // some step is [*]
	octets   Kind   // Hex or Binary if the property is written that way, else String
	not      bool   // the answer is turned round
	wants    bool   // it asks for something to be there: worth a witness
	test     tested // nil: EXISTS
}

// tested compares one value.
type tested interface{ holds(v scalar) bool }

// stride is a step, with what its name says.
type stride struct {
	Step
	refers bool // the property is a reference, or a list of them (section 2.9)
}

func newCondition(c Comparison) (condition, error) {
	switch c := c.(type) {
	case *Boolean:
		if len(c.Operands) == 0 {
			return condition{}, fmt.Errorf("%s joins nothing", c.Operator)
		}
		b := condition{by: c.Operator, of: make([]condition, len(c.Operands))}
		for i, operand := range c.Operands {
			var err error
			if b.of[i], err = newCondition(operand); err != nil {
				return b, err
			}
		}
		return b, nil
	case *Exists:
		l, err := newLeaf(&c.Path)
		l.wants = true
		return condition{leaf: l}, err
	case *Compare:
		l, err := newLeaf(&c.Path)
		if err == nil {
			l.not = c.Not != (c.By == NotEqual)
			l.wants = !l.not
			l.test, err = newTest(c)
		}
		if err != nil {
			return condition{}, fmt.Errorf("%s %s: %w", c.Path, c.By, err)
		}
		return condition{leaf: l}, nil
	}
	return condition{}, fmt.Errorf("a comparison is missing")
}

func newLeaf(p *Path) (*leaf, error) {
	l := &leaf{about: p.Type, name: p.String(), steps: make([]stride, len(p.Steps))}
	if len(p.Steps) == 0 || len(p.Steps) > maxSteps {
		return l, fmt.Errorf("a path has 1 to %d steps, this one %d", maxSteps, len(p.Steps))
	}
	for i, s := range p.Steps {
		l.steps[i] = stride{Step: s, refers: strings.HasSuffix(s.Key, "_ref") || strings.HasSuffix(s.Key, "_refs")}
		switch s.Kind {
		case Key:
			l.octets = writtenAs(s.Key)
		case Any:
			l.branches = true
		}
	}
	return l, nil
}

// writtenAs is how a property's value is written, by the end of its name
// (sections 2.1, 2.8 and 9.6.4).
func writtenAs(name string) Kind {
	switch {
	case strings.HasSuffix(name, "_hex"):
		return Hex
	case strings.HasSuffix(name, "_bin"):
		return Binary
	}
	return String
}

// newTest makes ready what a value is compared with.
func newTest(c *Compare) (tested, error) {
	if c.By == In {
		return newSet(c.Values)
	}
	if len(c.Values) != 1 {
		return nil, fmt.Errorf("it takes one constant, there are %d", len(c.Values))
	}
	v := c.Values[0]
	switch c.By {
	case Like, Matches, IsSubset, IsSuperset:
		if v.Kind != String {
			return nil, fmt.Errorf("it takes a string, not %s", v)
		}
	}
	switch c.By {
	case Like:
		return newLike(v.Text), nil
	case Matches:
		return newRegex(v.Text)
	case IsSubset, IsSuperset:
		return newSubnet(v.Text, c.By == IsSuperset)
	}
	k, err := newConstant(v)
	return ordered{by: c.By, constant: k}, err
}

// text is the value as a witness shows it.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return ""
}
