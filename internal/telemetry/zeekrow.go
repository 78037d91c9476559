package telemetry

import (
	"bytes"
	"fmt"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// row takes a tab-separated line into the record.
func (z *ZeekReader) row(line []byte) *lineError {
	h, r := &z.header, &z.record
	if len(h.fields) == 0 {
		return &lineError{0, "no #fields line says what the columns are"}
	}
	line = bytes.TrimSuffix(line, []byte("\r"))
	r.reset()
	escaped := bytes.IndexByte(line, '\\') >= 0
	column, start, notASCII := 0, 0, uint64(0)
	separators := ones * uint64(h.separator)
	for at := 0; at < len(line); at += 8 {
		w := eight(line, at) // what follows the line is not looked at
		found := equal(w, separators)
		if left := len(line) - at; left < 8 {
			found &= 1<<(8*left) - 1
			w &= 1<<(8*left) - 1
		}
		notASCII |= w
		for ; found != 0; found &= found - 1 {
			end := at + bits.TrailingZeros64(found)/8
			if column < len(h.fields) && h.fields[column] != none {
				f, text := h.fields[column], view(line[start:end])
				if direct[f] && !escaped && len(text) > len(h.unset) && len(text) != len(h.empty) {
					r.keepText(f, text)
				} else {
					z.cell(f, text, escaped)
				}
			}
			column, start = column+1, end+1
		}
	}
	if column != len(h.fields)-1 {
		return &lineError{0, fmt.Sprintf("%d columns, where the header has %d", column+1, len(h.fields))}
	}
	if notASCII&highs != 0 && !utf8.Valid(line) {
		return &lineError{0, "the line is not UTF-8"}
	}
	if h.fields[column] != none {
		z.cell(h.fields[column], view(line[start:]), escaped)
	}
	return nil
}

// direct are the fields whose text is kept as it is.
var direct = func() (list [fieldCount]bool) {
	for f, m := range members {
		list[f] = m.in == inZeek && (m.want == wantText || m.want == wantTime) && !m.list && plainly[f] == asNothing
	}
	return list
}()

// equal has the high bit of each byte set that is the same in both.
func equal(w, other uint64) uint64 {
	w ^= other
	return ^(w&^highs + (highs - ones) | w) & highs
}

// cell takes one column's text.
func (z *ZeekReader) cell(f field, text string, escaped bool) {
	h, r := &z.header, &z.record
	if text == h.unset || text == h.empty || text == "" {
		return
	}
	m := &members[f]
	switch {
	case m.want == wantPort || m.want == wantCount:
		r.putDigits(f, text)
	case m.want == wantBool:
		switch text {
		case "T":
			r.put(f, isTrue, "")
		case "F":
			r.put(f, isFalse, "")
		default:
			r.wrongType(f)
		}
	case m.list:
		for more := true; more; {
			var element string
			element, text, more = strings.Cut(text, h.set)
			if element != h.unset {
				r.putText(f, z.plain(element, escaped))
			}
		}
	default:
		r.putText(f, z.plain(text, escaped))
	}
}

// plain undoes the escapes, unless what they stand for is no text.
func (z *ZeekReader) plain(text string, escaped bool) string {
	if !escaped || strings.IndexByte(text, '\\') < 0 {
		return text
	}
	plain := z.record.keep(func(b []byte) []byte { return appendUnescapedZeek(b, text) })
	if !utf8.ValidString(plain) {
		return text
	}
	return plain
}
