package pattern

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// like is LIKE (section 9.6.1): % stands for any number of characters, _ for
// one, and the whole string has to fit, case and all, in normal form C (9.6.2).
type like struct {
	parts  []string // between the %
	narrow *like    // what octets are asked (9.6.3); nil if a character is none
}

func newLike(text string) *like {
	l := &like{parts: strings.Split(composed(text), "%")}
	if ascii(text) {
		l.narrow = l
	} else if _, ok := narrowed(text); ok {
		l.narrow = &like{parts: strings.Split(text, "%")}
	}
	return l
}

func (l *like) holds(v scalar) bool {
	switch {
	case v.none:
		return false
	case v.Kind == String:
		return l.fits(composed(v.Text))
	case v.Kind == Binary:
		return l.narrow != nil && l.narrow.fits(widened(v.Text))
	}
	return false
}

// fits takes each part where it first comes: should that be wrong, so is every
// later place.
func (l *like) fits(s string) bool {
	end := len(l.parts) - 1
	n, ok := starts(s, l.parts[0])
	if !ok {
		return false
	}
	s = s[n:]
	if end == 0 {
		return s == ""
	}
	for _, part := range l.parts[1:end] {
		if s, ok = beyond(s, part); !ok {
			return false
		}
	}
	return ends(s, l.parts[end])
}

// starts says how many bytes of s a part without % takes at its start.
func starts(s, part string) (int, bool) {
	if strings.IndexByte(part, '_') < 0 {
		return len(part), strings.HasPrefix(s, part)
	}
	at := 0
	for _, r := range part {
		here, size := utf8.DecodeRuneInString(s[at:])
		if size == 0 || r != '_' && r != here {
			return 0, false
		}
		at += size
	}
	return at, true
}

// ends says whether s ends with a part.
func ends(s, part string) bool {
	if strings.IndexByte(part, '_') < 0 {
		return strings.HasSuffix(s, part)
	}
	at := len(s)
	for range utf8.RuneCountInString(part) {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		if size == 0 {
			return false
		}
		at -= size
	}
	_, ok := starts(s[at:], part)
	return ok
}

// beyond is what follows the first place of a part in s.
func beyond(s, part string) (string, bool) {
	if strings.IndexByte(part, '_') < 0 {
		_, rest, ok := strings.Cut(s, part)
		return rest, ok
	}
	for at := range s {
		if n, ok := starts(s[at:], part); ok {
			return s[at+n:], true
		}
	}
	return "", false
}

// composed is a string in Unicode normal form C.
func composed(s string) string {
	if ascii(s) {
		return s
	}
	return norm.NFC.String(s)
}
