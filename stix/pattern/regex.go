package pattern

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"sync"
)

const (
	// maxRegex is the most bytes of a regular expression.
	maxRegex = 4096
	// maxWeight is how large one may become when its repetitions are written out.
	maxWeight = 20000
)

// regex is MATCHES (section 9.6.1): a regular expression that fits somewhere in
// the string, in normal form C (9.6.2). The specification names PCRE; this is
// the part of it that takes time in proportion to the string.
type regex struct {
	re     *expression
	narrow *expression // what octets are asked (9.6.3); nil if a character is none
}

// expression is a regular expression that is known to be one. It is compiled
// when it is asked first: of many patterns most never are.
type expression struct {
	text     string
	once     sync.Once
	compiled *regexp.Regexp
}

// fits says whether the expression fits somewhere in s. What newExpression has
// let pass compiles: beyond the syntax nothing can be wrong with it.
func (e *expression) fits(s string) bool {
	e.once.Do(func() { e.compiled = regexp.MustCompile(e.text) })
	return e.compiled.MatchString(s)
}

func newRegex(text string) (*regex, error) {
	re, err := newExpression(composed(text))
	if err != nil {
		return nil, err
	}
	r := &regex{re: re}
	switch _, ok := narrowed(text); {
	case ok && composed(text) == text:
		r.narrow = re
	case ok:
		r.narrow, err = newExpression(text)
	}
	return r, err
}

func newExpression(text string) (*expression, error) {
	if len(text) > maxRegex {
		return nil, fmt.Errorf("the regular expression has %d bytes, at most %d are allowed", len(text), maxRegex)
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("%w; a regular expression here runs in linear time: it has no backreferences, look-arounds, atomic groups and possessive repetitions, and repeats at most 1000 times", err)
	}
	if weight(tree) > maxWeight {
		return nil, fmt.Errorf("the regular expression repeats too much; use * or + for large counts")
	}
	if fitDollar(tree) {
		text = tree.String()
		if _, err := syntax.Parse(text, syntax.Perl); err != nil {
			return nil, fmt.Errorf("%w, with $ as what may stand before a newline, too; nest less", err)
		}
	}
	return &expression{text: text}, nil
}

// fitDollar gives $ what it means in PCRE: it also fits before a newline that
// ends the string. It says whether there was a $.
func fitDollar(re *syntax.Regexp) bool {
	if re.Op == syntax.OpEndText && re.Flags&syntax.WasDollar != 0 {
		newline := &syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune{'\n'}}
		perhaps := &syntax.Regexp{Op: syntax.OpQuest, Sub: []*syntax.Regexp{newline}}
		end := &syntax.Regexp{Op: syntax.OpEndText}
		*re = syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{perhaps, end}}
		return true
	}
	found := false
	for _, sub := range re.Sub {
		found = fitDollar(sub) || found
	}
	return found
}

// weight is how many instructions an expression takes, roughly; it stops
// counting beyond maxWeight.
func weight(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		n = min(n+weight(sub), maxWeight+1)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, maxWeight+1)
}

func (r *regex) holds(v scalar) bool {
	switch {
	case v.none:
		return false
	case v.Kind == String:
		return r.re.fits(composed(v.Text))
	case v.Kind == Binary:
		return r.narrow != nil && r.narrow.fits(widened(v.Text))
	}
	return false
}
