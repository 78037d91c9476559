package page

import (
	"fmt"
	"strings"
)

// Visible is a text with what cannot be seen, or turns the direction of what
// follows, written out, as the page has it: for other surfaces that show what
// people will sign. It escapes nothing.
func Visible(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		if isHidden(r) {
			fmt.Fprintf(&b, "[U+%04X]", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
