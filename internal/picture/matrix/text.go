package matrix

import (
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/internal/picture/letters"
)

// reach is how wide a label is at the most, a bold one too: a label that is a little
// further off is no harm, one that is cut off is.
func reach(text string, most int) float64 { return letters.Width(cut(text, most), size*letters.Bold) }

func length(text string, most int) int { return min(utf8.RuneCountInString(text), most) }

func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}
