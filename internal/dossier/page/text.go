package page

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// markup is HTML that is safe to write: only this file makes it of text.
type markup string

// escaped is a text as HTML shows it. What cannot be seen, or turns the
// direction of what follows, is written out, so that no text can look like
// another one.
func escaped(text string) markup {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var b strings.Builder
	b.Grow(len(text) + len(text)/16)
	for _, r := range text {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&#34;")
		case r == '\'':
			b.WriteString("&#39;")
		case isHidden(r):
			fmt.Fprintf(&b, "[U+%04X]", r)
		default:
			b.WriteRune(r)
		}
	}
	return markup(b.String())
}

// isHidden lists the controls of C0 and C1 (but the line end), the soft hyphen,
// the marks and overrides of the bidirectional algorithm (Unicode Standard
// Annex 9), invisible operators, the byte order mark, annotation marks and tags.
func isHidden(r rune) bool {
	switch {
	case r == '\n':
		return false
	case r < 0x20, r >= 0x7F && r <= 0x9F, r == 0xAD, r == 0x61C, r == 0x180E, r == 0x200B, r == 0x200E, r == 0x200F,
		r >= 0x2028 && r <= 0x202E, r >= 0x2060 && r <= 0x206F, r == 0xFEFF, r >= 0xFFF9 && r <= 0xFFFB, r >= 0xE0000 && r <= 0xE007F:
		return true
	}
	return false
}

// prose is a text from outside, in a direction of its own.
func prose(text string) markup { return "<bdi>" + escaped(text) + "</bdi>" }

func number(n int) markup { return markup(strconv.Itoa(n)) }

func number64(n int64) markup { return markup(strconv.FormatInt(n, 10)) }

func code(text string) markup { return "<code>" + escaped(text) + "</code>" }

func codes(texts []string) markup { return joined(texts, ", ", code) }

// joined is each of the things as HTML, with sep between them.
func joined[T any](things []T, sep markup, each func(T) markup) markup {
	var b strings.Builder
	for i, thing := range things {
		if i > 0 {
			b.WriteString(string(sep))
		}
		b.WriteString(string(each(thing)))
	}
	return markup(b.String())
}

func when(at time.Time) markup {
	at = at.UTC()
	return markup(`<time datetime="` + at.Format("2006-01-02T15:04:05.000000Z") + `">` + at.Format("2006-01-02 15:04:05") + ` UTC</time>`)
}

func record(n int) markup { return `<a href="#r` + number(n) + `">record ` + number(n) + `</a>` }

// webAddress is what may become a link.
var webAddress = regexp.MustCompile(`^https?://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+$`)

func source(text string) markup {
	if webAddress.MatchString(text) {
		return `<a href="` + escaped(text) + `" rel="noreferrer">` + prose(text) + `</a>`
	}
	return prose(text)
}

// words cuts a policy's text into its words and what stands between them.
var words = regexp.MustCompile(`[A-Za-z0-9-]+|[^A-Za-z0-9-]+`)

// rule is a policy's text with names for partners' ids. No group can be called
// what could be a partner's id (quorum.Parse).
func rule(policy string, members map[access.PartnerID]string) markup {
	return joined(words.FindAllString(policy, -1), "", func(part string) markup {
		if name, member := members[access.PartnerID(part)]; member {
			return prose(name)
		}
		return escaped(part)
	})
}
