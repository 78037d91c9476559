package patternset

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// slack is how many bytes may be read past the end of a folded text.
const slack = 8

// appendFolded appends the text in the form in which substrings are looked for:
// in Unicode's form C, as LIKE and MATCHES compare (STIX 2.1, section 9.6.1), and
// with the case folded, so that one index serves (?i), too. The form of a
// text's part is a part of the text's form, since every character folds alone.
// Bytes that are no UTF-8 fold to U+FFFD, as which regular expressions see them.
func appendFolded(b []byte, text string) []byte {
	start := len(b)
	for i := range len(text) {
		c := text[i]
		if c >= utf8.RuneSelf {
			return appendFoldedUnicode(b[:start], text)
		}
		b = append(b, lower[c])
	}
	return b
}

// lower is the fold of ASCII.
var lower = func() (t [utf8.RuneSelf]byte) {
	for i := range t {
		t[i] = byte(i)
		if i >= 'A' && i <= 'Z' {
			t[i] |= 0x20
		}
	}
	return t
}()

func appendFoldedUnicode(b []byte, text string) []byte {
	if !norm.NFC.IsNormalString(text) {
		text = norm.NFC.String(text)
	}
	for _, r := range text {
		b = utf8.AppendRune(b, foldRune(r))
	}
	return b
}

// foldRune is the same for all characters that (?i) takes for one another: the
// smallest of them, in lower case if that is ASCII. So K, k and the sign of the
// kelvin are all k.
func foldRune(r rune) rune {
	smallest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		smallest = min(smallest, next)
	}
	if smallest < utf8.RuneSelf {
		return rune(lower[smallest])
	}
	return smallest
}
