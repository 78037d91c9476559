package stix

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// cursor walks over the items of an object or an array in a text that package
// jsontext has found well formed before: it only looks for where things end,
// which is several times as fast. In any other text it finds something, or
// nothing, but always comes to an end.
type cursor struct {
	text []byte
	i    int  // where the next item begins
	at   span // of the last value
}

// span is a part of a text.
type span struct{ start, end int }

// over is a cursor before the first item of an object or an array; of any
// other value it finds none.
func over(value []byte) cursor {
	i := skipBlanks(value, 0)
	if i >= len(value) || value[i] != '{' && value[i] != '[' {
		return cursor{text: value, i: len(value)}
	}
	return cursor{text: value, i: skipBlanks(value, i+1)}
}

// member is the next member of an object: its name with quotation marks, and
// its value. Both share the text's memory.
func (c *cursor) member() (name, value []byte, ok bool) {
	if c.i >= len(c.text) || c.text[c.i] != '"' {
		return nil, nil, false
	}
	end := c.i + 1 + stringLength(c.text[c.i+1:])
	name = c.text[c.i:end]
	start := skipBlanks(c.text, skipBlanks(c.text, end)+1) // past the colon
	end = valueEnd(c.text, start)
	if start >= end || len(name) < 2 {
		return nil, nil, false
	}
	c.at = span{start, end}
	c.next(end)
	return name, c.text[start:end], true
}

// element is the next element of an array.
func (c *cursor) element() (value []byte, ok bool) {
	start, end := c.i, valueEnd(c.text, c.i)
	if start >= end || c.text[start] == ']' {
		return nil, false
	}
	c.at = span{start, end}
	c.next(end)
	return c.text[start:end], true
}

// next goes past the comma.
func (c *cursor) next(end int) {
	c.i = skipBlanks(c.text, end)
	if c.i < len(c.text) && c.text[c.i] == ',' {
		c.i = skipBlanks(c.text, c.i+1)
	} else {
		c.i = len(c.text)
	}
}

// members calls each for every member of an object, with the name as it says.
func members(object []byte, each func(name string, value []byte)) {
	for c := over(object); ; {
		name, value, ok := c.member()
		if !ok {
			return
		}
		each(string(plain(name)), value)
	}
}

// elements is members for an array.
func elements(array []byte, each func(i int, value []byte)) {
	c := over(array)
	for n := 0; ; n++ {
		value, ok := c.element()
		if !ok {
			return
		}
		each(n, value)
	}
}

// plain is what a quoted string says.
func plain(quoted []byte) []byte {
	if len(quoted) < 2 {
		return nil
	}
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	text, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return quoted // it has been checked: this cannot be
	}
	return text
}

func skipBlanks(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// valueEnd is where the value that begins at i ends.
func valueEnd(text []byte, i int) int {
	if i >= len(text) {
		return i
	}
	switch text[i] {
	case '"':
		return i + 1 + stringLength(text[i+1:])
	case '{', '[':
		return nestedEnd(text, i)
	}
	for ; i < len(text); i++ {
		switch text[i] {
		case ',', ']', '}', ' ', '\n', '\t', '\r':
			return i
		}
	}
	return i
}

// nestedEnd is valueEnd of an object or an array.
func nestedEnd(text []byte, i int) int {
	for depth := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += stringLength(text[i+1:])
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}
