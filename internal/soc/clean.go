package soc

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cutMark ends a text that was cut.
const cutMark = "..."

// clean makes text safe to show and to send: at most so many bytes, valid
// UTF-8, and no character that ends a line, steers a terminal or changes the
// direction or the place of what follows; these stand as \u{a}. The backslash
// itself stays, so the text is for reading and not for parsing.
func clean(text string, most int) string {
	if len(text) <= most && isPlain(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		part := text[i : i+n]
		switch {
		case r == utf8.RuneError && n == 1:
			part = fmt.Sprintf(`\x{%x}`, text[i])
		case !unicode.IsPrint(r):
			part = fmt.Sprintf(`\u{%x}`, r)
		}
		if b.Len()+len(part) > most-len(cutMark) && i+n < len(text) || b.Len()+len(part) > most {
			b.WriteString(cutMark)
			break
		}
		b.WriteString(part)
		i += n
	}
	return b.String()
}

// isPlain says whether every byte is printable ASCII.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
