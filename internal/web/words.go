package web

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	casepage "github.com/tocsin-project/tocsin/internal/dossier/page"
)

// plural is a count with its noun: "1 partner", "2 partners".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + one + "s"
}

// number writes a count with thin spaces between thousands, for reading.
func number(n int) string {
	digits := strconv.Itoa(n)
	if n < 10_000 {
		return digits
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteRune(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// partLength is how many characters of a value stand together: a SHA-256
// breaks into lines of 16 or 32 that two people can compare over the phone.
const partLength = 16

// parts cuts a long value where a line may break; joined they are the value.
func parts(value string) []string {
	if len(value) <= 2*partLength {
		return []string{value}
	}
	var list []string
	runes := []rune(value)
	for len(runes) > partLength {
		list = append(list, string(runes[:partLength]))
		runes = runes[partLength:]
	}
	return append(list, string(runes))
}

// lasted says a duration as people do.
func lasted(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d < 0:
		return "0 s"
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min " + strconv.Itoa(int(d.Seconds())%60) + " s"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + " h " + strconv.Itoa(int(d.Minutes())%60) + " min"
	}
	return plural(int(d.Hours()/24), "day")
}

// Descriptions of ATT&CK hold Markdown links and marks of citations, which the
// pages show as plain text.
var (
	markdownLink = regexp.MustCompile(`\[([^\[\]]*)\]\(https?://[^()\s]*\)`)
	citation     = regexp.MustCompile(`\(Citation: [^()]*\)`)
)

// readable is a description without its marks.
func readable(text string) string {
	return citation.ReplaceAllString(markdownLink.ReplaceAllString(text, "$1"), "")
}

// shorten ends a text that is longer than so many characters.
func shorten(text string, length int) string {
	if len(text) <= length {
		return text
	}
	runes := []rune(text)
	if len(runes) <= length {
		return text
	}
	return string(runes[:length-1]) + "…"
}

// brief is a name for a line: not long, and nothing in it that cannot be seen.
func brief(name string) string { return casepage.Visible(shorten(name, maxTitle)) }
