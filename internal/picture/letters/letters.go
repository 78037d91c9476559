// Package letters knows how wide a text is in a picture, at the most, before any
// browser has chosen a font.
package letters

import (
	"strings"
	"unicode"
)

// Bold is by how much letters in bold are wider.
const Bold = 1.15

// Width is what a text takes at the most in the fonts that the pages ask for, in the
// unit of the size of its letters.
func Width(text string, size float64) (sum float64) {
	for _, r := range text {
		sum += Advance(r) * size
	}
	return sum
}

// Advance is a letter's, in em: as wide as the wider of the usual fonts have it.
func Advance(r rune) float64 {
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
