package pattern

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// MaxLength is the most bytes that Parse reads.
	MaxLength = 256 << 10
	// MaxDepth is how deeply parentheses may nest.
	MaxDepth = 64
)

// Parse reads a pattern. The error is a *SyntaxError.
//
// It goes beyond the grammar where the text of section 9 does: timestamps are
// on the calendar, one expression has at most one qualifier of a kind, what
// repeats does so at least once, the constants of a set are of one type, and
// what AND joins inside brackets can be the same object.
func Parse(text string) (Pattern, error) {
	p := &parser{lexer: lexer{text: text}}
	switch {
	case len(text) > MaxLength:
		return Pattern{}, p.errorf(0, "the pattern has %d bytes, at most %d are allowed; split it", len(text), MaxLength)
	case !utf8.ValidString(text):
		return Pattern{}, p.errorf(invalidAt(text), "invalid UTF-8")
	}
	if err := p.advance(); err != nil {
		return Pattern{}, err
	}
	root, err := p.joined(FollowedBy)
	if err != nil {
		return Pattern{}, err
	}
	if p.is("]") || p.is(")") {
		return Pattern{}, p.errorf(p.cur.at, "%s closes nothing", p.cur.text)
	}
	if p.cur.kind != end {
		return Pattern{}, p.expected("AND, OR, FOLLOWEDBY, a qualifier or the end")
	}
	return Pattern{Root: root}, nil
}

func invalidAt(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return len(text)
}

// parser reads by recursive descent, one function for each level of precedence.
type parser struct {
	lexer
	cur   token
	depth int
}

func (p *parser) advance() (err error) {
	p.cur, err = p.next()
	return err
}

// is says whether the current token is a sign or an (unquoted) word.
func (p *parser) is(text string) bool {
	return p.cur.text == text && (p.cur.kind == word || p.cur.kind == punctuate)
}

// take goes past the token if it is there.
func (p *parser) take(text string) (bool, error) {
	if !p.is(text) {
		return false, nil
	}
	return true, p.advance()
}

// need goes past the token or fails.
func (p *parser) need(text string) error {
	if ok, err := p.take(text); ok || err != nil {
		return err
	}
	return p.expected(text)
}

func (p *parser) expected(what string) error {
	if p.cur.kind == end {
		return p.errorf(p.cur.at, "expected %s, the pattern ends", what)
	}
	return p.errorf(p.cur.at, "expected %s, found %s", what, shorten(p.cur.text))
}

func shorten(text string) string {
	if len(text) <= 40 {
		return text
	}
	return strings.ToValidUTF8(text[:40], "") + "..."
}

// enter counts a parenthesis.
func (p *parser) enter() error {
	if p.depth++; p.depth > MaxDepth {
		return p.errorf(p.cur.at, "more than %d parentheses are nested", MaxDepth)
	}
	return p.advance()
}

// leave closes a parenthesis.
func (p *parser) leave() error {
	p.depth--
	return p.need(")")
}

// tighter is the operator that binds the operands of another.
var tighter = map[Operator]Operator{FollowedBy: Or, Or: And}

// operands reads one operand, or all of those with the operator between them.
func operands[T any](p *parser, by Operator, operand func() (T, error)) (one T, all []T, err error) {
	if one, err = operand(); err != nil {
		return one, nil, err
	}
	for {
		if more, err := p.take(string(by)); err != nil || !more {
			return one, all, err
		}
		next, err := operand()
		if err != nil {
			return one, nil, err
		}
		if all == nil {
			all = append(all, one)
		}
		all = append(all, next)
	}
}

// joined reads observation expressions with an operator or a tighter one
// between them.
func (p *parser) joined(by Operator) (Observation, error) {
	operand := func() (Observation, error) {
		if inner, ok := tighter[by]; ok {
			return p.joined(inner)
		}
		return p.qualified()
	}
	one, all, err := operands(p, by, operand)
	if err != nil || all == nil {
		return one, err
	}
	return &Joined{Operator: by, Operands: all}, nil
}

// qualified reads one observation expression with its qualifiers.
func (p *parser) qualified() (Observation, error) {
	of, err := p.observation()
	if err != nil {
		return nil, err
	}
	var all []Qualifier
	for {
		at := p.cur.at
		q, err := p.qualifier()
		if err != nil {
			return nil, err
		}
		if q == nil {
			break
		}
		for _, other := range all {
			if other.qualifier() == q.qualifier() {
				return nil, p.errorf(at, "a second %s qualifier; put the first into parentheses with its expression, or leave one out", q.qualifier())
			}
		}
		all = append(all, q)
	}
	if len(all) == 0 {
		return of, nil
	}
	return &Qualified{Of: of, Qualifiers: all}, nil
}

func (p *parser) observation() (Observation, error) {
	switch {
	case p.is("["):
		return p.test()
	case p.is("("):
		if err := p.enter(); err != nil {
			return nil, err
		}
		inner, err := p.joined(FollowedBy)
		if err != nil {
			return nil, err
		}
		return inner, p.leave()
	}
	return nil, p.expected("[ or (; a comparison stands in square brackets")
}

func (p *parser) test() (Observation, error) {
	at := p.cur.at
	if err := p.need("["); err != nil {
		return nil, err
	}
	c, err := p.boolean(Or)
	if err != nil {
		return nil, err
	}
	if err := p.need("]"); err != nil {
		return nil, err
	}
	if _, ok := rootTypes(c); !ok {
		return nil, p.errorf(at, "AND joins comparisons of different objects inside these brackets, which can never hold; use [..] AND [..], or OR")
	}
	return &Test{Comparison: c}, nil
}

// index reads the inside of "[...]" in a path.
func (p *parser) index() (Step, error) {
	if ok, err := p.take("*"); ok || err != nil {
		return Step{Kind: Any}, err
	}
	n, err := strconv.ParseInt(p.cur.text, 10, 32)
	if p.cur.kind != number || err != nil {
		return Step{}, p.expected("an index or *")
	}
	return Step{Kind: Index, Index: int(n)}, p.advance()
}
