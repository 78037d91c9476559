package pattern

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
)

// maxInteger is the largest integer that every implementation can represent
// (section 2.10).
const maxInteger = 1<<53 - 1

// constant reads one constant.
func (p *parser) constant() (Constant, error) {
	t := p.cur
	var c Constant
	var err error
	switch {
	case t.kind == number:
		c, err = p.numeral(t)
	case t.kind == quoted:
		c, err = p.text(t)
	case p.is("true"), p.is("false"):
		c = Constant{Kind: Bool, Bool: t.text == "true"}
	default:
		return c, p.expected("a constant; strings stand in apostrophes")
	}
	if err != nil {
		return c, err
	}
	return c, p.advance()
}

var (
	integerForm = regexp.MustCompile(`^[+-]?(0|[1-9][0-9]*)$`)
	floatForm   = regexp.MustCompile(`^[+-]?[0-9]*\.[0-9]+$`)
)

func (p *parser) numeral(t token) (Constant, error) {
	switch {
	case integerForm.MatchString(t.text):
		n, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil || n > maxInteger || n < -maxInteger {
			return Constant{}, p.errorf(t.at, "integer %s is out of range, which is ±(2^53 - 1)", shorten(t.text))
		}
		return Constant{Kind: Integer, Int: n}, nil
	case floatForm.MatchString(t.text):
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return Constant{}, p.errorf(t.at, "number %s is beyond the range of a double", shorten(t.text))
		}
		return Constant{Kind: Float, Float: f + 0}, nil // + 0 makes -0 the 0 that it equals
	}
	return Constant{}, p.errorf(t.at, "%s is no number; write it like 42 or 4.2", shorten(t.text))
}

func (p *parser) text(t token) (Constant, error) {
	inside := strings.TrimSuffix(t.text[strings.IndexByte(t.text, '\'')+1:], "'")
	switch t.text[0] {
	case 't':
		if _, ok := instantOf(inside); !ok {
			return Constant{}, p.errorf(t.at, "%s is no timestamp; write it like t'2017-05-12T07:43:00Z'", shorten(t.text))
		}
		return Constant{Kind: Timestamp, Text: inside}, nil
	case 'h':
		octets, err := hex.DecodeString(inside)
		if err != nil {
			return Constant{}, p.errorf(t.at, "%s is not hexadecimal; write two digits an octet", shorten(t.text))
		}
		return Constant{Kind: Hex, Text: string(octets)}, nil
	case 'b':
		octets, err := base64.StdEncoding.DecodeString(inside)
		if err != nil {
			return Constant{}, p.errorf(t.at, "%s is not base64 (RFC 4648)", shorten(t.text))
		}
		return Constant{Kind: Binary, Text: string(octets)}, nil
	}
	return Constant{Kind: String, Text: unescape(t.text)}, nil
}

// unescape is what a quoted string says.
func unescape(text string) string {
	inside := text[1 : len(text)-1]
	if strings.IndexByte(inside, '\\') < 0 {
		return inside
	}
	var b strings.Builder
	for i := 0; i < len(inside); i++ {
		if inside[i] == '\\' {
			i++ // the lexer has seen to it that something follows
		}
		b.WriteByte(inside[i])
	}
	return b.String()
}
