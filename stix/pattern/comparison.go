package pattern

import (
	"slices"
	"strings"
)

// boolean reads comparisons with an operator or a tighter one between them.
func (p *parser) boolean(by Operator) (Comparison, error) {
	operand := func() (Comparison, error) {
		if by == Or {
			return p.boolean(And)
		}
		return p.compare()
	}
	one, all, err := operands(p, by, operand)
	if err != nil || all == nil {
		return one, err
	}
	return &Boolean{Operator: by, Operands: all}, nil
}

// compare reads one comparison, or several in parentheses.
func (p *parser) compare() (Comparison, error) {
	switch {
	case p.is("("):
		if err := p.enter(); err != nil {
			return nil, err
		}
		inner, err := p.boolean(Or)
		if err != nil {
			return nil, err
		}
		return inner, p.leave()
	case p.is("EXISTS"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		path, err := p.path()
		return &Exists{Path: path}, err
	}
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	c := &Compare{Path: path}
	if c.Not, err = p.take("NOT"); err != nil {
		return nil, err
	}
	if err := p.comparator(c); err != nil {
		return nil, err
	}
	return c, p.values(c)
}

var comparators = map[string]Comparator{
	"=": Equal, "==": Equal, "!=": NotEqual, "<>": NotEqual, ">": Greater, "<": Less, ">=": GreaterOrEqual, "<=": LessOrEqual,
	"IN": In, "LIKE": Like, "MATCHES": Matches, "ISSUBSET": IsSubset, "ISSUPERSET": IsSuperset,
}

func (p *parser) comparator(c *Compare) error {
	by, ok := comparators[p.cur.text]
	if !ok || p.cur.kind != word && p.cur.kind != punctuate {
		return p.expected("a comparison operator, such as =, IN, LIKE or MATCHES")
	}
	c.By = by
	return p.advance()
}

// values reads what the path is compared with.
func (p *parser) values(c *Compare) error {
	if c.By == In {
		return p.set(c)
	}
	at := p.cur.at
	v, err := p.constant()
	if err != nil {
		return err
	}
	switch c.By {
	case Like, Matches, IsSubset, IsSuperset:
		if v.Kind != String {
			return p.errorf(at, "%s takes a string", c.By)
		}
	case Greater, Less, GreaterOrEqual, LessOrEqual:
		if v.Kind == Bool {
			return p.errorf(at, "%s takes a constant that has an order, true and false have none", c.By)
		}
	}
	c.Values = []Constant{v}
	return nil
}

// set reads "(constant, ...)". Integers and floats count as one type.
func (p *parser) set(c *Compare) error {
	if err := p.need("("); err != nil {
		return err
	}
	if ok, err := p.take(")"); ok || err != nil {
		return err
	}
	for {
		at := p.cur.at
		v, err := p.constant()
		if err != nil {
			return err
		}
		if len(c.Values) > 0 && orderKind(v.Kind) != orderKind(c.Values[0].Kind) {
			return p.errorf(at, "the constants of a set are of one type")
		}
		c.Values = append(c.Values, v)
		if ok, err := p.take(","); err != nil {
			return err
		} else if !ok {
			return p.need(")")
		}
	}
}

func orderKind(k Kind) Kind {
	if k == Float {
		return Integer
	}
	return k
}

// path reads an object path.
func (p *parser) path() (Path, error) {
	if p.cur.kind != word || isKeyword(p.cur.text) {
		return Path{}, p.expected("an object path, like file:name")
	}
	path := Path{Type: p.cur.text}
	if err := p.advance(); err != nil {
		return path, err
	}
	if err := p.need(":"); err != nil {
		return path, err
	}
	first, err := p.key()
	if err != nil {
		return path, err
	}
	path.Steps = []Step{first}
	for {
		var step Step
		switch {
		case p.is("."):
			if err := p.advance(); err != nil {
				return path, err
			}
			step, err = p.key()
		case p.is("["):
			if err := p.advance(); err != nil {
				return path, err
			}
			if step, err = p.index(); err == nil {
				err = p.need("]")
			}
		default:
			return path, nil
		}
		if err != nil {
			return path, err
		}
		path.Steps = append(path.Steps, step)
	}
}

// key reads a property's name, quoted or not.
func (p *parser) key() (Step, error) {
	name := p.cur.text
	switch {
	case p.cur.kind == quoted && name[0] == '\'':
		name = unescape(name)
	case p.cur.kind != word:
		return Step{}, p.expected("a property's name")
	case isKeyword(name) || strings.Contains(name, "-"):
		return Step{}, p.errorf(p.cur.at, "a property's name like this is quoted: '%s'", shorten(name))
	}
	return Step{Kind: Key, Key: name}, p.advance()
}

// rootTypes are the types of object that a comparison can hold for; false if
// AND asks for different ones (section 9.5).
func rootTypes(c Comparison) ([]string, bool) {
	switch c := c.(type) {
	case *Compare:
		return []string{c.Path.Type}, true
	case *Exists:
		return []string{c.Path.Type}, true
	}
	b := c.(*Boolean)
	var all []string
	for i, operand := range b.Operands {
		types, ok := rootTypes(operand)
		switch {
		case !ok:
			return nil, false
		case i == 0:
			all = types
		case b.Operator == Or:
			for _, t := range types {
				if at, ok := slices.BinarySearch(all, t); !ok {
					all = slices.Insert(all, at, t)
				}
			}
		default:
			all = slices.DeleteFunc(all, func(t string) bool {
				_, ok := slices.BinarySearch(types, t)
				return !ok
			})
		}
	}
	return all, len(all) > 0
}
