package pattern

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
)

// String writes the pattern on one line, with no more parentheses than it
// needs. Parse reads it back to the same tree.
func (p Pattern) String() string {
	if p.Root == nil {
		return ""
	}
	var room [512]byte
	return string(appendObservation(room[:0], p.Root))
}

// rank is how loosely an operator binds; 0 is no operator.
func rank(o Operator) int {
	switch o {
	case And:
		return 1
	case Or:
		return 2
	case FollowedBy:
		return 3
	}
	return 0
}

func appendObservation(b []byte, o Observation) []byte {
	switch o := o.(type) {
	case *Test:
		return append(appendComparison(append(b, '['), o.Comparison), ']')
	case *Joined:
		for i, operand := range o.Operands {
			if i > 0 {
				b = appendWord(b, string(o.Operator))
			}
			if inner, ok := operand.(*Joined); ok && rank(inner.Operator) >= rank(o.Operator) {
				b = append(appendObservation(append(b, '('), operand), ')')
			} else {
				b = appendObservation(b, operand)
			}
		}
	case *Qualified:
		if _, plain := o.Of.(*Test); plain {
			b = appendObservation(b, o.Of)
		} else {
			b = append(appendObservation(append(b, '('), o.Of), ')')
		}
		for _, q := range o.Qualifiers {
			b = appendQualifier(b, q)
		}
	}
	return b
}

// appendWord writes a word between blanks.
func appendWord(b []byte, word string) []byte {
	return append(append(append(b, ' '), word...), ' ')
}

func appendQualifier(b []byte, q Qualifier) []byte {
	switch q := q.(type) {
	case Repeats:
		b = strconv.AppendInt(append(b, " REPEATS "...), q.Times, 10)
		b = append(b, " TIMES"...)
	case Within:
		b = q.Seconds.appendTo(append(b, " WITHIN "...))
		b = append(b, " SECONDS"...)
	case StartStop:
		b = q.Start.appendTo(append(b, " START "...))
		b = q.Stop.appendTo(append(b, " STOP "...))
	}
	return b
}

func appendComparison(b []byte, c Comparison) []byte {
	switch c := c.(type) {
	case *Compare:
		b = c.Path.appendTo(b)
		if c.Not {
			b = append(b, " NOT"...)
		}
		b = appendWord(b, string(c.By))
		if c.By == In {
			b = append(b, '(')
		}
		for i, v := range c.Values {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = v.appendTo(b)
		}
		if c.By == In {
			b = append(b, ')')
		}
	case *Exists:
		b = c.Path.appendTo(append(b, "EXISTS "...))
	case *Boolean:
		for i, operand := range c.Operands {
			if i > 0 {
				b = appendWord(b, string(c.Operator))
			}
			if inner, ok := operand.(*Boolean); ok && rank(inner.Operator) >= rank(c.Operator) {
				b = append(appendComparison(append(b, '('), operand), ')')
			} else {
				b = appendComparison(b, operand)
			}
		}
	}
	return b
}

// String writes the path with names quoted where they have to be.
func (p Path) String() string {
	var room [128]byte
	return string(p.appendTo(room[:0]))
}

func (p *Path) appendTo(b []byte) []byte {
	b = append(append(b, p.Type...), ':')
	for i := range p.Steps {
		switch s := &p.Steps[i]; s.Kind {
		case Key:
			if i > 0 {
				b = append(b, '.')
			}
			if isName(s.Key) {
				b = append(b, s.Key...)
			} else {
				b = appendQuoted(b, s.Key)
			}
		case Index:
			b = append(strconv.AppendInt(append(b, '['), int64(s.Index), 10), ']')
		case Any:
			b = append(b, "[*]"...)
		}
	}
	return b
}

// isName says whether a property's name can stand without quotes.
func isName(s string) bool {
	if s == "" || isKeyword(s) || !letter(s[0]) {
		return false
	}
	for i := range len(s) {
		if !letter(s[i]) && !digit(s[i]) {
			return false
		}
	}
	return true
}

func appendQuoted(b []byte, s string) []byte {
	b = append(b, '\'')
	for i := range len(s) {
		if s[i] == '\\' || s[i] == '\'' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '\'')
}

// String writes the constant as it stands in a pattern.
func (c Constant) String() string { return string(c.appendTo(nil)) }

func (c *Constant) appendTo(b []byte) []byte {
	switch c.Kind {
	case Integer:
		return strconv.AppendInt(b, c.Int, 10)
	case Float:
		b = strconv.AppendFloat(b, c.Float, 'f', -1, 64)
		if c.Float == math.Trunc(c.Float) {
			b = append(b, ".0"...)
		}
		return b
	case Bool:
		return strconv.AppendBool(b, c.Bool)
	case Binary:
		b = base64.StdEncoding.AppendEncode(append(b, "b'"...), []byte(c.Text))
		return append(b, '\'')
	case Hex:
		b = hex.AppendEncode(append(b, "h'"...), []byte(c.Text))
		return append(b, '\'')
	case Timestamp:
		return append(append(append(b, "t'"...), c.Text...), '\'')
	}
	return appendQuoted(b, c.Text)
}
