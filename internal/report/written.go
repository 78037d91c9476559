package report

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// written reads a JSON text from its front to its end as the hub writes it: nothing
// between its parts, no escapes, members in the order of their type and each once at
// most. Its methods are false at anything else, and then what was read does not count.
// A text that it reads to the end is valid JSON.
type written struct {
	text []byte
	i    int
}

// isWritten says whether a text is without escapes and control characters, and UTF-8.
func isWritten(text []byte) bool {
	if bytes.IndexByte(text, '\\') >= 0 {
		return false
	}
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	rest, wide := text, uint64(0)
	for ; len(rest) >= 8; rest = rest[8:] {
		// The top bit of a byte less than 0x20, or of one after such a byte, is set.
		eight := binary.LittleEndian.Uint64(rest)
		if (eight-' '*ones)&^eight&tops != 0 {
			return false
		}
		wide |= eight & tops
	}
	for _, c := range rest {
		if c < ' ' {
			return false
		}
		wide |= uint64(c) & tops
	}
	return wide == 0 || utf8.Valid(text)
}

// is takes one character.
func (w *written) is(c byte) bool {
	if w.i < len(w.text) && w.text[w.i] == c {
		w.i++
		return true
	}
	return false
}

// string takes a string, and gives it without its quotes.
func (w *written) string() (text []byte, ok bool) {
	if !w.is('"') {
		return nil, false
	}
	n := bytes.IndexByte(w.text[w.i:], '"')
	if n < 0 {
		return nil, false
	}
	text = w.text[w.i : w.i+n : w.i+n]
	w.i += n + 1
	return text, true
}

// number takes an integer.
func (w *written) number() (n int, ok bool) {
	start := w.i
	for w.i < len(w.text) && (w.text[w.i] == '-' || '0' <= w.text[w.i] && w.text[w.i] <= '9') {
		w.i++
	}
	digits := bytes.TrimPrefix(w.text[start:w.i], []byte("-"))
	if len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.Atoi(string(w.text[start:w.i]))
	return n, err == nil
}

// object takes an object of the named members, and calls each with the place of a
// name as it comes to its value, which each takes.
func (w *written) object(names []string, each func(name int) bool) bool {
	if !w.is('{') {
		return false
	}
	if w.is('}') {
		return true
	}
	for at := 0; ; at++ {
		name, ok := w.string()
		for at < len(names) && names[at] != string(name) {
			at++
		}
		if !ok || at == len(names) || !w.is(':') || !each(at) {
			return false
		}
		if !w.is(',') {
			return w.is('}')
		}
	}
}

// array takes an array, and calls each as it comes to an element, which each takes.
func (w *written) array(each func() bool) bool {
	if !w.is('[') {
		return false
	}
	if w.is(']') {
		return true
	}
	for {
		if !each() {
			return false
		}
		if !w.is(',') {
			return w.is(']')
		}
	}
}

// skip takes any value.
func (w *written) skip() bool {
	if w.i == len(w.text) {
		return false
	}
	switch w.text[w.i] {
	case '"':
		_, ok := w.string()
		return ok
	case '{', '[':
		return w.nested()
	case 't':
		return w.word("true")
	case 'f':
		return w.word("false")
	}
	_, ok := w.number()
	return ok
}

func (w *written) word(word string) bool {
	if !bytes.HasPrefix(w.text[w.i:], []byte(word)) {
		return false
	}
	w.i += len(word)
	return true
}

// nested takes an object or array of no known members.
func (w *written) nested() bool {
	start, depth := w.i, 0
	for w.i < len(w.text) {
		switch w.text[w.i] {
		case '"':
			if _, ok := w.string(); !ok {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if w.i++; depth == 0 {
			return jsontext.Value(w.text[start:w.i]).IsValid()
		}
	}
	return false
}
