package relations

import (
	"strings"
	"unicode"
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
	if width(text, size) <= room {
		return text
	}
	room -= width("…", size)
	for i, r := range text {
		if room -= advance(r) * size; room < 0 {
			return strings.TrimRight(text[:i], " ") + "…"
		}
	}
	return text
}

// width is what a text takes at the most in the fonts that the pages ask for.
func width(text string, size float64) (sum float64) {
	for _, r := range text {
		sum += advance(r) * size
	}
	return sum
}

// advance is a letter's, in em: as wide as the wider of the usual fonts have it.
func advance(r rune) float64 {
	switch {
	case strings.ContainsRune("ijl|!.,:;'`", r):
		return 0.34
	case strings.ContainsRune(" ftr()[]-/\\\"", r):
		return 0.46
	case strings.ContainsRune("mwMW@%—", r):
		return 1.02
	case r == '…':
		return 1
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return 0.645
	case r < 0x1100 && !unicode.IsUpper(r):
		return 0.75
	case r < 0x1100:
		return 0.80
	}
	return 1.3
}
