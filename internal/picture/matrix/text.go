package matrix

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// reach is how wide a label is at the most in the fonts that the pages ask for, bold
// ones too: a label that is a little further off is no harm, one that is cut off is.
func reach(text string, most int) (wide float64) {
	for _, r := range cut(text, most) {
		wide += size * advance(r)
	}
	return wide
}

// advance is a letter's, in em.
func advance(r rune) float64 {
	switch {
	case strings.ContainsRune("ijl|!.,:;'`", r):
		return 0.4
	case strings.ContainsRune(" ftr()[]-/\\\"", r):
		return 0.5
	case strings.ContainsRune("mwMW@%—…", r):
		return 1.1
	case r < 0x1100 && unicode.IsUpper(r):
		return 0.85
	case r < 0x1100:
		return 0.7
	}
	return 1.3
}

func length(text string, most int) int { return min(utf8.RuneCountInString(text), most) }

func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
