package observable

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// The limits of RFC 5321, section 4.5.3.1; a path of 256 octets has two angle
// brackets.
const (
	longestLocal   = 64
	longestMailbox = 254
)

// email writes an address with its domain as a domain is written. The local
// part is written in lower case, too: RFC 5321 (section 2.4) leaves its case to
// the receiving host and advises against relying on it, no large provider
// does, and whoever writes "Billing@" is the same sender. Quotes that are not
// needed are left out (section 4.1.2).
func email(text string) (string, error) {
	address, err := mailbox(text)
	if err != nil {
		return "", fmt.Errorf("e-mail address %q: %w", text, err)
	}
	return address, nil
}

func mailbox(text string) (string, error) {
	if err := checkWritten(text, longestMailbox); err != nil {
		return "", err
	}
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return "", errors.New("want name@domain")
	}
	local, err := localPart(text[:at])
	if err != nil {
		return "", err
	}
	host, err := mailHost(text[at+1:])
	if err != nil {
		return "", err
	}
	if local == text[:at] && host == text[at+1:] {
		return text, nil
	}
	if text = local + "@" + host; len(text) > longestMailbox {
		return "", errTooLong
	}
	return text, nil
}

// localPart is a dot-string, or a quoted string (RFC 5321, section 4.1.2),
// with the characters of RFC 6531 in either.
func localPart(text string) (string, error) {
	local := text
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		local = unquoted(text[1 : len(text)-1])
	} else if !isDotString(text) {
		return "", errors.New("the part before the @ needs quotes, or is none")
	}
	local = folded(local)
	if local == "" || len(local) > longestLocal {
		return "", fmt.Errorf("the part before the @ has 1 to %d octets", longestLocal)
	}
	if !isDotString(local) {
		local = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"`
	}
	return local, nil
}

// unquoted takes off the backslashes of quoted pairs.
func unquoted(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		out = append(out, text[i])
	}
	return string(out)
}

// atext are the characters of an atom (RFC 5322, section 3.2.3), and all that
// are not ASCII (RFC 6531, section 3.3).
var atext = func() (class [256]bool) {
	for c := range class {
		class[c] = c >= 0x80 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
	}
	for _, c := range "!#$%&'*+-/=?^_`{|}~" {
		class[c] = true
	}
	return class
}()

func isDotString(s string) bool {
	for i := range len(s) {
		if s[i] == '.' {
			if i == 0 || i == len(s)-1 || s[i-1] == '.' {
				return false
			}
		} else if !atext[s[i]] {
			return false
		}
	}
	return s != ""
}

// mailHost is a domain, or an address literal: "[192.0.2.1]",
// "[IPv6:2001:db8::1]" (RFC 5321, section 4.1.3).
func mailHost(text string) (string, error) {
	inner, bracket := strings.CutPrefix(text, "[")
	if !bracket {
		name, err := domain(text)
		if err == nil && lastLabelIsNumber(name) {
			err = errors.New("no top-level domain is a number; an address stands in brackets")
		}
		return name, err
	}
	inner, ok := strings.CutSuffix(inner, "]")
	six := hasPrefixFold(inner, "ipv6:")
	if six {
		inner = inner[len("ipv6:"):]
	}
	a, err := netip.ParseAddr(inner)
	if !ok || err != nil || a.Is6() != six || a.Zone() != "" {
		return "", errors.New("in brackets there is an address, as [192.0.2.1] or [IPv6:2001:db8::1]")
	}
	if a = a.Unmap(); a.Is4() {
		return "[" + a.String() + "]", nil
	}
	return "[ipv6:" + a.String() + "]", nil
}
