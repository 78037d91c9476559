package observable

import (
	"fmt"
	"strings"

	"golang.org/x/net/idna"
)

// names maps an internationalised name as browsers do (UTS 46, not
// transitional), but leaves alone what host names may not have and DNS names
// may, such as the underscore.
var names = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(false))

// The classes of a name's bytes.
const (
	forbidden = iota
	plain
	upper
)

var nameClass = func() (class [256]byte) {
	for c := '!'; c < 0x7f; c++ {
		class[c] = plain
	}
	for _, c := range "/:@\"'()<>,;\\[]{}|^`?#&=%+!*$~" {
		class[c] = forbidden
	}
	for c := 'A'; c <= 'Z'; c++ {
		class[c] = upper
	}
	return class
}()

// domain returns text itself where it is normal already.
func domain(text string) (string, error) {
	name := text
	if !isASCII(name) {
		var err error
		if name, err = toASCII(name); err != nil {
			return "", fmt.Errorf("domain %q: %w", text, err)
		}
	}
	name = strings.TrimSuffix(name, ".")
	if name == "" || len(name) > 253 {
		return "", fmt.Errorf("domain %q: a name has 1 to 253 characters", text)
	}
	label, lower := 0, true
	for i := range len(name) {
		c := name[i]
		if c == '.' {
			if i == label || i-label > 63 {
				return "", fmt.Errorf("domain %q: a label has 1 to 63 characters", text)
			}
			label = i + 1
			continue
		}
		switch nameClass[c] {
		case forbidden:
			return "", fmt.Errorf("domain %q: character %q is not allowed", text, c)
		case upper:
			lower = false
		}
	}
	if n := len(name) - label; n == 0 || n > 63 {
		return "", fmt.Errorf("domain %q: a label has 1 to 63 characters", text)
	}
	if !lower {
		name = strings.ToLower(name)
	}
	return name, nil
}

// toASCII maps the labels that are not ASCII and leaves the others alone, as
// they stand in the DNS whatever IDNA thinks of their hyphens.
func toASCII(name string) (string, error) {
	// The dots of other scripts (RFC 3490, section 3.1).
	name = strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(name)
	labels := strings.Split(name, ".")
	for i, label := range labels {
		if isASCII(label) {
			continue
		}
		mapped, err := names.ToASCII(strings.ToLower(label))
		if err != nil {
			return "", err
		}
		labels[i] = mapped
	}
	return strings.Join(labels, "."), nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
