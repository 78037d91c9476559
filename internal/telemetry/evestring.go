package telemetry

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// quoted reads a string after its opening quote, and returns what is between
// the quotes as it is written.
func (s *scanner) quoted() (inner []byte, escaped, ok bool) {
	text, start, at := s.text, s.at, s.at
	ascii := true
	for {
		for at+8 <= len(text) {
			if found := special(binary.LittleEndian.Uint64(text[at:])); found != 0 {
				at += bits.TrailingZeros64(found) / 8
				break
			}
			at += 8
		}
		for at < len(text) && text[at] != '"' && text[at] != '\\' && text[at] >= ' ' && text[at] < utf8.RuneSelf {
			at++
		}
		if at == len(text) {
			return nil, false, false
		}
		switch c := text[at]; {
		case c == '"':
			s.at = at + 1
			inner = text[start:at]
			return inner, escaped, ascii || utf8.Valid(inner)
		case c == '\\':
			escaped = true
			n := escapeLength(text[at:])
			if n == 0 {
				return nil, false, false
			}
			at += n
		case c >= utf8.RuneSelf:
			ascii = false
			at++
		default: // a control character
			return nil, false, false
		}
	}
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
	for i := 0; i < len(inner); i++ {
		c := inner[i]
		if c != '\\' {
			b = append(b, c)
			continue
		}
		i++
		switch inner[i] {
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
			r, _ := codePoint(inner[i-1:])
			b = utf8.AppendRune(b, r)
			i += 4
		default: // the quote, the backslash, the slash stand for themselves
			b = append(b, inner[i])
		}
	}
	return b
}
