package telemetry

import (
	"bytes"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// restOfString goes on in a string that begins at start, from a byte that is
// special, to the closing quote, or returns -1.
func (s *scanner) restOfString(start, at int) (end int, escaped bool) {
	text, ascii := s.text, true
	for {
		switch c := text[at]; {
		case c == '"':
			if !ascii && !utf8.Valid(text[start:at]) {
				return -1, false
			}
			return at, escaped
		case c == '\\':
			escaped = true
			n := escapeLength(text[at:])
			if n == 0 {
				return -1, false
			}
			at += n
		case c >= utf8.RuneSelf:
			ascii = false
			at++
		case c < ' ': // the line's end, or what has to be escaped
			return -1, false
		}
		found := special(eight(text, at))
		for found == 0 {
			at += 8
			found = special(eight(text, at))
		}
		at += bits.TrailingZeros64(found) / 8
	}
}

// eight are the bytes from a place on. It is in every loop, and the bounds are
// seen to by the line feed at the line's end and the room after it.
func eight(text []byte, at int) uint64 {
	return *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(text)), at)) //nolint:gosec // see above
}

// one is the byte at a place, as eight are those from it on.
func one(text []byte, at int) byte {
	return *(*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(text)), at)) //nolint:gosec // see above
}

// special has the high bit of the first byte set that is a quote, a backslash,
// a control character or not ASCII. Only the lowest bit set is exact: a
// subtraction can borrow from the bytes above.
func special(w uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote := w ^ ones*'"'
	slash := w ^ ones*'\\'
	return ((quote - ones) | (slash - ones) | (w - ones*' ') | w) & highs
}

// escapeLength is the length of the escape at the beginning of text, 0 for one
// that is wrong or half of a surrogate pair.
func escapeLength(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if r, ok := codePoint(text); ok && (r < 0xd800 || r > 0xdfff) {
			return 6
		}
	}
	return 0
}

// codePoint reads "\uXXXX".
func codePoint(text []byte) (r rune, ok bool) {
	if len(text) < 6 {
		return 0, false
	}
	for _, c := range text[2:6] {
		switch l := c | 0x20; {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case l >= 'a' && l <= 'f':
			r = r<<4 | rune(l-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// appendUnescaped undoes the escapes of a string that quoted has checked.
func appendUnescaped(b, inner []byte) []byte {
	for {
		i := bytes.IndexByte(inner, '\\')
		if i < 0 {
			return append(b, inner...)
		}
		b = append(b, inner[:i]...)
		c := inner[i+1]
		rest := inner[i+2:]
		switch c {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, _ := codePoint(inner[i:])
			b = utf8.AppendRune(b, r)
			rest = rest[4:]
		default: // the quote, the backslash, the slash stand for themselves
			b = append(b, c)
		}
		inner = rest
	}
}
