package observable

import (
	"fmt"
	"strings"
)

// hashDigits is how many hexadecimal digits a type's values have.
var hashDigits = map[Type]int{MD5: 32, SHA1: 40, SHA256: 64, SHA512: 128}

// IsHash says that values of the type are a file's hashes.
func (t Type) IsHash() bool { return hashDigits[t] != 0 }

// hash returns text itself where it is normal already.
func hash(text string, digits int) (string, error) {
	if len(text) != digits {
		return "", fmt.Errorf("hash %q: %d hexadecimal digits are needed", text, digits)
	}
	if i := notHex(text); i >= 0 {
		return "", fmt.Errorf("hash %q: character %q is not hexadecimal", text, text[i])
	}
	return strings.ToLower(text), nil
}

// notHex is the place of the first byte that is no hexadecimal digit, or -1.
func notHex(text string) int {
	for i := range len(text) {
		if !isHex(text[i]) {
			return i
		}
	}
	return -1
}
