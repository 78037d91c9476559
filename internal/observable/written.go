package observable

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// checkWritten says what is wrong with a name that a system keeps as text, and
// that is to stand on one line of a log.
func checkWritten(text string, longest int) error {
	switch {
	case text == "":
		return errors.New("it is empty")
	case len(text) > longest && utf8.RuneCountInString(text) > longest:
		return errTooLong
	}
	ascii := true
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == 0x7f {
			return errors.New("a control character is no part of a name")
		} else if c >= utf8.RuneSelf {
			ascii = false
		}
	}
	if !ascii && !utf8.ValidString(text) {
		return errors.New("it is not UTF-8; convert the text first")
	}
	return nil
}

var errTooLong = errors.New("it is longer than any system lets it be")

// folded writes text, which is composed (NFC), in lower case, as a file system
// that ignores case compares it. It returns text itself where it is so already.
//
// Windows compares by a table of simple upper-case mappings; Unicode's simple
// lower-case mappings differ from it for a few letters of old scripts.
func folded(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return norm.NFC.String(strings.ToLower(text))
}

// hasPrefixFold ignores the case of ASCII letters; prefix is in lower case.
func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && equalFoldASCII(text[:len(prefix)], prefix)
}

func equalFoldASCII(text, lower string) bool {
	if len(text) != len(lower) {
		return false
	}
	for i := range len(text) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
