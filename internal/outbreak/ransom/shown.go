package ransom

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is the longest extension that a finding has, in bytes and with its
// dot. That is what a hub takes; one that is longer is cut, for the files it was
// put behind are no fewer.
const maxShown = 32

// shown is a text from outside as a finding has it: valid UTF-8 in small letters,
// of at most so many bytes. A '?' stands for what is not printable (control
// characters, what turns the direction of a text or has no width, spaces other
// than the ASCII one) and for what separates folders. A hub refuses a report with
// a name that is not so, and with it all else in the report: whoever names files
// must not be able to bring that about.
func shown(text []byte, most int) string {
	clean := strings.Map(func(r rune) rune {
		// A small letter may be longer than its capital, so that it is taken here
		// and not only by the hub.
		if r = unicode.ToLower(r); !unicode.IsPrint(r) || r == '/' || r == '\\' {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(string(text), "?"))
	if len(clean) <= most {
		return clean
	}
	for most > 0 && !utf8.RuneStart(clean[most]) {
		most--
	}
	return clean[:most]
}
