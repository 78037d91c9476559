package stix

import (
	"fmt"
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Canonical writes a JSON text in the canonical form of RFC 8785. It fails on
// a number beyond the range of a double, which RFC 8785 cannot express. raw
// stays as it is.
func Canonical(raw []byte) (jsontext.Value, error) {
	v := jsontext.Value(raw).Clone()
	// The decoder would take 1e999 for the largest double.
	if err := checkNumbers(v); err != nil {
		return nil, err
	}
	if err := v.Canonicalize(); err != nil {
		return nil, syntaxError(err, raw)
	}
	return v, nil
}

func checkNumbers(v jsontext.Value) error {
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '"':
			i += stringLength(v[i+1:])
		case c == '-' || digit(c):
			n := numberLength(v[i:])
			f, err := strconv.ParseFloat(string(v[i:i+n]), 64)
			if err != nil && math.IsInf(f, 0) {
				line, column := position(v, int64(i))
				return &Error{
					Line: line, Column: column, Offset: int64(i), Rule: RuleRange, Section: "2.6",
					Message: fmt.Sprintf("number %.30s is beyond the range of a double; write it as a string", v[i:i+n]),
				}
			}
			i += n - 1
		}
	}
	return nil
}

func numberLength(rest []byte) int {
	for i, c := range rest {
		if !digit(c) && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			return i
		}
	}
	return len(rest)
}
