package observable

import (
	"fmt"
	"strings"
)

// Infer finds the type of a value as it stands in a plain list. The error says
// what the text comes closest to, and what is wrong with it.
func Infer(text string) (Value, error) {
	text = strings.TrimSpace(text)
	v, err := New(likelyType(text), text)
	if err == nil && v.Type == Domain && !strings.Contains(v.Text, ".") {
		err = fmt.Errorf("a name in a list needs a dot")
	}
	if err == nil && v.Type == Domain && lastLabelIsNumber(v.Text) {
		// Only its normal form shows it: full-width digits and dots.
		err = fmt.Errorf("no top-level domain is a number")
	}
	if err != nil {
		return Value{}, fmt.Errorf("%q is no domain, address, prefix, URL or hash: %w", text, err)
	}
	return v, nil
}

func likelyType(text string) Type {
	switch {
	case strings.Contains(text, "://"):
		return URL
	case strings.ContainsAny(text, ":/"):
		return IPv4
	case notHex(text) < 0:
		for t, digits := range hashDigits {
			if len(text) == digits {
				return t
			}
		}
	case lastLabelIsNumber(text):
		// No top-level domain is a number (RFC 1123, section 2.1), so this
		// is an address, or is meant to be one.
		return IPv4
	}
	return Domain
}

func lastLabelIsNumber(text string) bool {
	text = strings.TrimSuffix(text, ".")
	label := text[strings.LastIndexByte(text, '.')+1:]
	return label != "" && strings.Trim(label, "0123456789") == ""
}
