package pattern

import (
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
)

// String writes the pattern on one line, with no more parentheses than it
// needs. Parse reads it back to the same tree.
func (p Pattern) String() string {
	var b strings.Builder
	if p.Root != nil {
		writeObservation(&b, p.Root)
	}
	return b.String()
}

// rank is how loosely an operator binds.
var rank = map[Operator]int{And: 1, Or: 2, FollowedBy: 3}

func writeObservation(b *strings.Builder, o Observation) {
	switch o := o.(type) {
	case *Test:
		b.WriteByte('[')
		writeComparison(b, o.Comparison)
		b.WriteByte(']')
	case *Joined:
		for i, operand := range o.Operands {
			if i > 0 {
				b.WriteString(" " + string(o.Operator) + " ")
			}
			inner, ok := operand.(*Joined)
			enclose(b, ok && rank[inner.Operator] >= rank[o.Operator], func() { writeObservation(b, operand) })
		}
	case *Qualified:
		_, plain := o.Of.(*Test)
		enclose(b, !plain, func() { writeObservation(b, o.Of) })
		for _, q := range o.Qualifiers {
			writeQualifier(b, q)
		}
	}
}

func writeQualifier(b *strings.Builder, q Qualifier) {
	switch q := q.(type) {
	case Repeats:
		b.WriteString(" REPEATS " + strconv.FormatInt(q.Times, 10) + " TIMES")
	case Within:
		b.WriteString(" WITHIN " + q.Seconds.String() + " SECONDS")
	case StartStop:
		b.WriteString(" START " + q.Start.String() + " STOP " + q.Stop.String())
	}
}

func writeComparison(b *strings.Builder, c Comparison) {
	switch c := c.(type) {
	case *Compare:
		b.WriteString(c.Path.String())
		if c.Not {
			b.WriteString(" NOT")
		}
		b.WriteString(" " + string(c.By) + " ")
		enclose(b, c.By == In, func() {
			for i, v := range c.Values {
				if i > 0 {
					b.WriteString(", ")
				}
				b.WriteString(v.String())
			}
		})
	case *Exists:
		b.WriteString("EXISTS " + c.Path.String())
	case *Boolean:
		for i, operand := range c.Operands {
			if i > 0 {
				b.WriteString(" " + string(c.Operator) + " ")
			}
			inner, ok := operand.(*Boolean)
			enclose(b, ok && rank[inner.Operator] >= rank[c.Operator], func() { writeComparison(b, operand) })
		}
	}
}

func enclose(b *strings.Builder, parentheses bool, write func()) {
	if parentheses {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	write()
}

// String writes the path with names quoted where they have to be.
func (p Path) String() string {
	var b strings.Builder
	b.WriteString(p.Type + ":")
	for i, s := range p.Steps {
		switch s.Kind {
		case Key:
			if i > 0 {
				b.WriteByte('.')
			}
			if isName(s.Key) {
				b.WriteString(s.Key)
			} else {
				b.WriteString(quote(s.Key))
			}
		case Index:
			b.WriteString("[" + strconv.Itoa(s.Index) + "]")
		case Any:
			b.WriteString("[*]")
		}
	}
	return b.String()
}

// isName says whether a property's name can stand without quotes.
func isName(s string) bool {
	if s == "" || keywords[s] || !letter(s[0]) {
		return false
	}
	for i := range len(s) {
		if !letter(s[i]) && !digit(s[i]) {
			return false
		}
	}
	return true
}

var escaper = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

func quote(s string) string { return "'" + escaper.Replace(s) + "'" }

// String writes the constant as it stands in a pattern.
func (c Constant) String() string {
	switch c.Kind {
	case Integer:
		return strconv.FormatInt(c.Int, 10)
	case Float:
		s := strconv.FormatFloat(c.Float, 'f', -1, 64)
		if c.Float == math.Trunc(c.Float) {
			s += ".0"
		}
		return s
	case Bool:
		return strconv.FormatBool(c.Bool)
	case Binary:
		return "b'" + base64.StdEncoding.EncodeToString([]byte(c.Text)) + "'"
	case Hex:
		return "h'" + hex.EncodeToString([]byte(c.Text)) + "'"
	case Timestamp:
		return "t'" + c.Text + "'"
	}
	return quote(c.Text)
}
