package deliver

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxReason = 200 // bytes of what is repeated of another machine's error

// clean is text in one line of at most so many bytes: what is not printable is a space.
func clean(text string, most int) string {
	return cut(strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)), " "), most)
}

// lines is text without control characters, but with its lines.
func lines(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == ' ' || unicode.IsPrint(r):
			return r
		case r == '\t' || r == '\r' || unicode.IsSpace(r):
			return ' '
		}
		return -1 // control characters, and those that turn the direction of writing
	}, text)
}

// cut is text of at most so many bytes, marked where it ends early.
func cut(text string, most int) string {
	const mark = " ..."
	if len(text) <= most {
		return text
	}
	end := max(most-len(mark), 0)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + mark
}
