package notice

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// line makes one line of printable text that fits a title: causes quote what others
// wrote.
func line(text string) string {
	one := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	if utf8.RuneCountInString(one) <= maxTitle {
		return one
	}
	return string([]rune(one)[:maxTitle-1]) + "…"
}

// clipped is text that fits a notice: what others wrote may be longer.
func clipped(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText-len("…")], "") + "…"
}

func uniq(words []string) []string {
	sorted := slices.Clone(words)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
