package relations

import (
	"strings"
	"unicode"

	"github.com/tocsin-project/tocsin/internal/picture/letters"
)

// Sizes of letters, in the picture's units.
const (
	nameSize  = 14.0
	labelSize = 12.0
)

// clean is a name on one line, without what cannot be seen or turns the direction of
// what follows. Only its beginning can show.
func clean(name string) string {
	const longest = 400 // bytes
	if len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "") + "…"
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Mn, unicode.Me), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, name)
	return strings.Join(strings.Fields(name), " ")
}

// word makes a kind safe as a class.
func word(kind string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r == '-' {
			return r
		}
		return -1
	}, kind)
}

// fit shortens a text to a width.
func fit(text string, room, size float64) string {
	if letters.Width(text, size) <= room {
		return text
	}
	room -= letters.Width("…", size)
	for i, r := range text {
		if room -= letters.Advance(r) * size; room < 0 {
			return strings.TrimRight(text[:i], " ") + "…"
		}
	}
	return text
}
