package contribution

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ReadInPlace reads the body of an entry of KindAccepted in one pass. Each of its
// objects, which may be any JSON value, is handed to visit as it stands in the
// body: not to be kept or changed, valid, without names that come twice. The part
// comes without them. With an error what was visited does not count.
func ReadInPlace(body []byte, visit func(object jsontext.Value)) (Part, error) {
	var part struct {
		Part
		Objects visited `json:"objects"` // instead of the part's own, which are copies
	}
	part.Objects.visit = visit
	err := json.Unmarshal(body, &part)
	return part.Part, err
}

type visited struct{ visit func(jsontext.Value) }

// UnmarshalJSONFrom reads an array of any values.
func (v *visited) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if kind := dec.PeekKind(); kind != '[' {
		_, err := dec.ReadValue()
		if err == nil && kind != 'n' {
			err = fmt.Errorf("objects are %s, not an array", kind)
		}
		return err
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != ']' {
		object, err := dec.ReadValue()
		if err != nil {
			return err
		}
		v.visit(object)
	}
	_, err := dec.ReadToken()
	return err
}

// Member is the next name and value of an object from a place within it, 1 at
// first, and the place behind them; a nil name at its end. The object is as
// ReadInPlace gives it. The name is without its quotes and, like the value, as it
// is written: escapes are the caller's to see to, who may leave such an object to
// json.Unmarshal.
func Member(object []byte, i int) (name, value []byte, next int) {
	for ; object[i] != '"'; i++ {
		if object[i] == '}' {
			return nil, nil, i
		}
	}
	start := skipText(object, i)
	name = object[i+1 : start-1 : start-1]
	for object[start] == ':' || object[start] <= ' ' {
		start++
	}
	next = skipValue(object, start)
	return name, object[start:next:next], next
}

// Element is the next value of an array from a place within it, 1 at first, and
// the place behind it; nil at its end. The array is a value that Member gave.
func Element(array []byte, i int) (value []byte, next int) {
	for array[i] == ',' || array[i] <= ' ' {
		i++
	}
	if array[i] == ']' {
		return nil, i
	}
	next = skipValue(array, i)
	return array[i:next:next], next
}

// Plain is what a text says that is written without escapes; false for any other
// value.
func Plain(value []byte) (text []byte, ok bool) {
	if value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 {
		return nil, false
	}
	return value[1 : len(value)-1], true
}

// skipValue is the place behind a value within an object or an array.
func skipValue(in []byte, i int) int {
	switch in[i] {
	case '"':
		return skipText(in, i)
	case '{', '[':
	default:
		for in[i] > ' ' && in[i] != ',' && in[i] != '}' && in[i] != ']' {
			i++
		}
		return i
	}
	for depth := 0; ; i++ {
		switch in[i] {
		case '"':
			i = skipText(in, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// skipText is the place behind a text that begins at a place.
func skipText(in []byte, i int) int {
	for i++; ; i++ {
		i += bytes.IndexByte(in[i:], '"')
		escapes := 0
		for in[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
}
