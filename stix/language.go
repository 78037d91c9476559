package stix

import (
	"bytes"
	_ "embed" // the list of character sets
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// isLanguage says whether a text is a valid language tag of RFC 5646, section
// 2.2.9: well formed, and of registered subtags.
func isLanguage(text []byte) bool {
	if string(text) == "en" {
		return true
	}
	if len(text) > 100 || bytes.IndexByte(text, '_') >= 0 {
		return false
	}
	_, err := language.Parse(string(text))
	return err == nil
}

// isCountry says whether a text is a country's two letters of ISO 3166-1,
// which are written in either case.
func isCountry(text []byte) bool {
	if len(text) != 2 {
		return false
	}
	r, err := language.ParseRegion(string(text))
	// The library also knows codes that were withdrawn, or never assigned.
	return err == nil && r.IsCountry() && r.Canonicalize() == r
}

//go:embed charsets.txt
var charsetNames string

// charsets are the character sets that IANA has registered, each by its
// preferred MIME name or else its name, in lower case: names are compared
// without regard to case (RFC 2978, section 2.3).
var charsets = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for _, name := range strings.Fields(charsetNames) {
		all[strings.ToLower(name)] = true
	}
	return all
})

func isCharset(text []byte) bool { return charsets()[strings.ToLower(string(text))] }
