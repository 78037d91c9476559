package pattern

import "strings"

// Equality is a term "path = 'value'".
type Equality struct {
	Path  string // "domain-name:value", "file:hashes.'SHA-256'"
	Value string // as it is written, not normalised
}

// Equalities are the terms of a pattern that a lookup in a table can answer:
// = and IN with strings on the value of a domain name, an address or a URL,
// and on a file's hashes. Each of them alone makes the pattern hold. complete
// says that nothing else does: the pattern is a disjunction of such terms.
func Equalities(p Pattern) (equalities []Equality, complete bool) {
	terms, complete := Terms(p)
	for _, t := range terms {
		if t.Subset {
			complete = false
			continue
		}
		equalities = append(equalities, Equality{Path: t.Path, Value: t.Value})
	}
	return equalities, complete
}

// Term is a term "path = 'value'", or "path ISSUBSET 'prefix'".
type Term struct {
	Path   string
	Value  string
	Subset bool // the value is a prefix: every address and prefix in it is meant
}

// Terms are Equalities with ISSUBSET on an address as well.
func Terms(p Pattern) (terms []Term, complete bool) {
	if p.Root == nil {
		return nil, false
	}
	complete = true
	collectObservation(p.Root, &terms, &complete)
	return terms, complete
}

func collectObservation(o Observation, terms *[]Term, complete *bool) {
	switch o := o.(type) {
	case *Test:
		collectComparison(o.Comparison, terms, complete)
		return
	case *Joined:
		if o.Operator == Or {
			for _, operand := range o.Operands {
				collectObservation(operand, terms, complete)
			}
			return
		}
	}
	*complete = false
}

func collectComparison(c Comparison, terms *[]Term, complete *bool) {
	switch c := c.(type) {
	case *Boolean:
		if c.Operator == Or {
			for _, operand := range c.Operands {
				collectComparison(operand, terms, complete)
			}
			return
		}
	case *Compare:
		path := c.Path.String()
		subset := c.By == IsSubset && isAddress(path)
		if !c.Not && (c.By == Equal || c.By == In || subset) && lookedUp(c.Path, path) && allStrings(c.Values) {
			for _, v := range c.Values {
				*terms = append(*terms, Term{Path: path, Value: v.Text, Subset: subset})
			}
			return
		}
	}
	*complete = false
}

func allStrings(values []Constant) bool {
	for _, v := range values {
		if v.Kind != String {
			return false
		}
	}
	return true
}

func isAddress(path string) bool {
	return path == "ipv4-addr:value" || path == "ipv6-addr:value"
}

// lookedUp says whether the path is one of those that Terms knows.
func lookedUp(p Path, text string) bool {
	if text == "domain-name:value" || text == "url:value" || isAddress(text) {
		return true
	}
	return strings.HasPrefix(text, "file:hashes.") && len(p.Steps) == 2 && p.Steps[1].Kind == Key
}
