package pattern

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// scalar is a value as comparisons see it. JSON has no timestamps: a string is
// one where a timestamp is asked for.
type scalar struct {
	Constant
	none bool // null, a list, a dictionary, octets that are not written as such: like no constant
}

// scalarOf makes one of a value of JSON. octets says how a string is written.
func scalarOf(v any, octets Kind) scalar {
	switch v := v.(type) {
	case string:
		return octetsOf(v, octets)
	case bool:
		return scalar{Constant: Constant{Kind: Bool, Bool: v}}
	case int64:
		return scalar{Constant: Constant{Kind: Integer, Int: v}}
	case float64:
		return scalar{Constant: Constant{Kind: Float, Float: v}}
	}
	return scalar{none: true}
}

func octetsOf(s string, written Kind) scalar {
	var octets []byte
	var err error
	switch written {
	case Hex:
		octets, err = hex.DecodeString(s)
	case Binary:
		octets, err = base64.StdEncoding.DecodeString(s)
	default:
		return scalar{Constant: Constant{Kind: String, Text: s}}
	}
	return scalar{Constant: Constant{Kind: Binary, Text: string(octets)}, none: err != nil}
}

// constant is a constant made ready to be compared with.
type constant struct {
	Constant
	octets string  // a string's code points as octets
	narrow bool    // it has such: none is above U+00FF
	when   instant // of a timestamp
}

func newConstant(c Constant) (constant, error) {
	k := constant{Constant: c}
	switch c.Kind {
	case String:
		k.octets, k.narrow = narrowed(c.Text)
	case Hex:
		k.Kind = Binary
	case Timestamp:
		var ok bool
		if k.when, ok = instantOf(c.Text); !ok {
			return k, errTimestamp(c.Text)
		}
	}
	return k, nil
}

// order compares a value with a constant; false if they have no order, being
// of different types (section 9.6.1). Integers and floats are numbers alike.
// Strings are compared by code point and not normalised (9.6.2), octets as
// unsigned numbers; between a string and octets, each code point is an octet,
// and a string with a code point above U+00FF is like no octets (9.6.3).
func order(v scalar, c *constant) (int, bool) {
	if v.none {
		return 0, false
	}
	switch {
	case v.Kind == String && c.Kind == Timestamp:
		when, ok := instantOf(v.Text)
		return when.compare(c.when), ok
	case v.Kind == String && c.Kind == Binary:
		octets, ok := narrowed(v.Text)
		return strings.Compare(octets, c.Text), ok
	case v.Kind == Binary && c.Kind == String:
		return strings.Compare(v.Text, c.octets), c.narrow
	case v.Kind == Integer && c.Kind == Float:
		return -compareNumbers(c.Float, v.Int), true
	case v.Kind == Float && c.Kind == Integer:
		return compareNumbers(v.Float, c.Int), v.Float == v.Float
	case v.Kind != c.Kind:
		return 0, false
	}
	switch v.Kind {
	case Integer:
		return cmp.Compare(v.Int, c.Int), true
	case Float:
		return cmp.Compare(v.Float, c.Float), v.Float == v.Float
	case Bool:
		if v.Bool == c.Bool {
			return 0, true
		}
		return 1, true // only = asks: true and false have no order
	}
	return strings.Compare(v.Text, c.Text), true
}

// compareNumbers compares exactly: not every int64 is a float64.
func compareNumbers(f float64, n int64) int {
	switch {
	case f >= 1<<63:
		return 1
	case f < -1<<63:
		return -1
	}
	whole := int64(f)
	if whole != n {
		return cmp.Compare(whole, n)
	}
	return cmp.Compare(f, float64(whole))
}

// narrowed is a string whose code points are octets, as these octets.
func narrowed(s string) (string, bool) {
	if ascii(s) {
		return s, true
	}
	octets := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return "", false
		}
		octets = append(octets, byte(r))
	}
	return string(octets), true
}

// widened is a string with each octet as a code point.
func widened(octets string) string {
	if ascii(octets) {
		return octets
	}
	var b strings.Builder
	for i := range len(octets) {
		b.WriteRune(rune(octets[i]))
	}
	return b.String()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
